// The definition of bulk operations: one scalar after the other, in integers.
#include <bit>

#include "formats/bulk.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/detail/operations.hpp"
#include "halfway/formats/math.hpp"
#include "halfway/formats/ulp.hpp"

namespace halfway {

namespace {

using namespace detail;  // NOLINT(google-build-using-namespace): this is its definition

std::uint64_t exponent_as_number(const Codes& f, const Unpacked& x, Context& context) {
  if (x.kind != Kind::finite) return round_number(f, {x.kind, false, 0, 0}, context);
  if (x.significand == 0) {
    context.events |= event_divided_by_zero;
    return infinity(f, true, context);
  }
  const int n = logb(x, context);
  return round_number(f, {Kind::finite, n < 0, 0, static_cast<std::uint64_t>(n < 0 ? -n : n)}, context);
}

/// Of the format that x comes from: its unit stands in the exponent.
std::uint64_t last_place(const Codes& f, const Unpacked& x, Context& context) {
  if (x.kind != Kind::finite) return round_number(f, {x.kind, false, 0, 0}, context);
  return round_number(f, {Kind::finite, false, x.exponent, 1}, context);
}

/// x·2^y for a y that is no integer is invalid.
std::uint64_t scale(const Codes& f, const Unpacked& x, const Unpacked& y, Context& context) {
  if (x.kind == Kind::nan || y.kind == Kind::nan) return propagate_nan(f, context);
  Context exactly{};
  int n = y.negative ? -8192 : 8192;
  if (y.kind == Kind::finite) {
    n = to_integer<int>(y, exactly);
    if ((exactly.events & event_inexact) != 0) return invalid(f, context);
  } else if (y.negative ? x.kind == Kind::infinity : x.is_zero()) {
    return invalid(f, context);
  } else if (x.kind == Kind::finite && x.significand != 0) {
    return y.negative ? zero(f, x.negative, context) : infinity(f, x.negative, context);
  }
  return scalb(f, x, n, context);
}

std::uint64_t compute_number(Operation operation, const Codes& f, const Unpacked& x, const Unpacked& y,
                             const Unpacked& z, Context& context) {
  using W = std::uint64_t;
  switch (operation) {
    case Operation::square_root: return square_root<W>(f, x, context);
    case Operation::round_to_integral: return round_to_integral(f, x, context);
    case Operation::logb: return exponent_as_number(f, x, context);
    case Operation::ulp: return last_place(f, x, context);
    case Operation::add: return add<W>(f, x, y, context);
    case Operation::subtract: return subtract<W>(f, x, y, context);
    case Operation::multiply: return multiply<W>(f, x, y, context);
    case Operation::divide: return divide<W>(f, x, y, context);
    case Operation::remainder: return remainder(f, x, y, context);
    case Operation::scalb: return scale(f, x, y, context);
    case Operation::fma: return fma<W>(f, x, y, z, context);
    default: return round_number(f, x, context);
  }
}

std::uint64_t choose_code(Operation operation, const Codes& f, std::uint64_t a, std::uint64_t b) {
  switch (operation) {
    case Operation::abs: return magnitude(f, a);
    case Operation::negate: return negate(f, a);
    case Operation::copysign: return (a & f.sign) == (b & f.sign) ? a : negate(f, a);
    case Operation::minimum: return choose(f, {}, a, b);
    case Operation::maximum: return choose(f, {.maximum = true}, a, b);
    case Operation::minimum_number: return choose(f, {.number = true}, a, b);
    case Operation::maximum_number: return choose(f, {.maximum = true, .number = true}, a, b);
    case Operation::next_up: return next_up(f, a);
    default: return next_down(f, a);
  }
}

Unpacked integer_operand(const IntegerType& type, std::uint64_t bits) {
  const int unused = 64 - type.bits;
  const bool negative = type.is_signed && (bits >> (type.bits - 1) & 1) != 0;
  const std::uint64_t value = bits << unused >> unused;
  return {Kind::finite, negative, 0, negative ? (std::uint64_t{0} - value) << unused >> unused : value};
}

void store_integer(const Array& result, std::int64_t i, const Unpacked& x, Context& context) {
  const auto put = [&](auto zero) {
    using Int = decltype(zero);
    static_cast<Int*>(result.data)[i * result.stride] = to_integer<Int>(x, context);
  };
  const bool is_signed = result.integers.is_signed;
  switch (result.integers.bits) {
    case 8: return is_signed ? put(std::int8_t{}) : put(std::uint8_t{});
    case 16: return is_signed ? put(std::int16_t{}) : put(std::uint16_t{});
    case 32: return is_signed ? put(std::int32_t{}) : put(std::uint32_t{});
    default: return is_signed ? put(std::int64_t{}) : put(std::uint64_t{});
  }
}

void store(const Array& result, const Codes& f, std::int64_t i, std::uint64_t code) {
  const std::int64_t at = i * result.stride;
  Context exact;
  if (result.held == Held::as_float32) {
    static_cast<std::uint32_t*>(result.data)[at] =
        static_cast<std::uint32_t>(convert_code(codes_of<binary32>, f, code, exact));
    return;
  }
  if (result.held == Held::as_float64) {
    static_cast<std::uint64_t*>(result.data)[at] = convert_code(codes_of<binary64>, f, code, exact);
    return;
  }
  switch (result.format.storage_bytes()) {
    case 1: static_cast<std::uint8_t*>(result.data)[at] = static_cast<std::uint8_t>(code); break;
    case 2: static_cast<std::uint16_t*>(result.data)[at] = static_cast<std::uint16_t>(code); break;
    case 4: static_cast<std::uint32_t*>(result.data)[at] = static_cast<std::uint32_t>(code); break;
    default: static_cast<std::uint64_t*>(result.data)[at] = code;
  }
}

}  // namespace

void detail::evaluate_range_ref(const BulkPlan& plan, std::int64_t begin, std::int64_t end, EventCounts& events) {
  const Codes f[3] = {Codes(plan.operands[0].format), Codes(plan.operands[1].format), Codes(plan.operands[2].format)};
  for (std::int64_t i = begin; i < end; ++i) {
    std::uint64_t codes[3] = {};
    for (int k = 0; k < plan.operand_count; ++k) codes[k] = load_code(plan.operands[static_cast<std::size_t>(k)], i);
    if (is_choice(plan.operation)) {
      const std::uint64_t all = f[0].sign | f[0].magnitude;
      ++events.results;
      store(plan.result, f[0], i, choose_code(plan.operation, f[0], codes[0] & all, codes[1] & all));
      continue;
    }
    Context context{.how = plan.round.how};
    if (is_stochastic(context.how.rounding))
      context.random =
          plan.random != nullptr ? plan.random[i] : random_bits_of(context.how, static_cast<std::uint64_t>(i));
    if (takes_one_format(plan.operation)) {
      const std::uint64_t all = f[0].sign | f[0].magnitude, x = codes[0] & all, y = codes[1] & all;
      store(plan.result, f[0], i,
            plan.operation == Operation::pow ? pow_code(f[0], x, y, context) : atan2_code(f[0], x, y, context));
      events += counted(context);
      continue;
    }
    Unpacked operands[3] = {};
    for (int k = 0; k < plan.operand_count; ++k) {
      const IntegerType& integers = plan.operands[static_cast<std::size_t>(k)].integers;
      operands[k] = integers.bits != 0 ? integer_operand(integers, codes[k])
                                       : unpack(f[k], codes[k] & (f[k].sign | f[k].magnitude), context);
    }
    if (plan.result.integers.bits != 0) {
      store_integer(plan.result, i, operands[0], context);
      events += counted(context);
      continue;
    }
    store(plan.result, plan.round.codes, i,
          compute_number(plan.operation, plan.round.codes, operands[0], operands[1], operands[2], context));
    events += counted(context);
  }
}

void evaluate_ref(Operation operation, std::span<const ConstArray> operands, const Array& result, const Arithmetic& how,
                  EventCounts* events, std::span<const std::uint32_t> random) {
  const BulkPlan plan = plan_bulk(operation, operands, result, how, random);
  EventCounts counts;
  evaluate_range_ref(plan, 0, result.size, counts);
  if (events != nullptr) *events += counts;
}

namespace {

/// x and y as codes of float64, which holds every number of the other formats.
std::partial_ordering compare_codes(const ConstArray& x, const ConstArray& y, std::int64_t i) {
  Context exact;
  const auto widened = [&](const ConstArray& array) {
    const Codes f(array.format);
    return convert_code(codes_of<binary64>, f, load_code(array, i) & (f.sign | f.magnitude), exact);
  };
  return compare(codes_of<binary64>, widened(x), widened(y));
}

bool holds(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::equal: return order == 0;
    case Comparison::not_equal: return order != 0;
    case Comparison::less: return order < 0;
    case Comparison::less_equal: return order <= 0;
    case Comparison::greater: return order > 0;
    case Comparison::greater_equal: return order >= 0;
    default: return order == std::partial_ordering::unordered;
  }
}

}  // namespace

void detail::compare_range_ref(Comparison comparison, const ConstArray& x, const ConstArray& y, std::int64_t begin,
                               std::int64_t end, std::uint8_t* out) {
  const Codes f(x.format);
  const std::uint64_t all = f.sign | f.magnitude;
  for (std::int64_t i = begin; i < end; ++i)
    out[i] = comparison == Comparison::total_order
                 ? total_place(f, load_code(x, i) & all) <= total_place(f, load_code(y, i) & all)
                 : holds(comparison, compare_codes(x, y, i));
}

void compare_ref(Comparison comparison, const ConstArray& x, const ConstArray& y, std::span<std::uint8_t> out) {
  check_comparison(comparison, x, y, out);
  compare_range_ref(comparison, x, y, 0, static_cast<std::int64_t>(out.size()), out.data());
}

}  // namespace halfway
