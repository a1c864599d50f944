// Checks, plans and events of bulk operations.
#include "formats/bulk.hpp"

#include <string>

#include "halfway/errors.hpp"
#include "halfway/formats/detail/operations.hpp"

namespace halfway::detail {

namespace {

/// What the scalar core makes of one such result.
template <class Make>
Special special(const Arithmetic& how, Make make) {
  Context context{how};
  const std::uint64_t code = make(context);
  return {code, counted(context)};
}

std::string describe(const FloatFormat& f) {
  return std::string(name(f)) + " (precision " + std::to_string(f.precision) + ", " + std::to_string(f.exponent_bits) +
         " exponent bits, bias " + std::to_string(f.bias) + ")";
}

void require_format(std::string_view caller, const FloatFormat& f, bool binary64_too) {
  if (!is_supported(f) || (f == binary64 && !binary64_too))
    throw ValueError(caller, "the format " + describe(f) +
                                 (f == binary64 ? " is for conversions alone; use formats of up to 24 bits' precision"
                                                : " is not supported; see is_supported() in float_format.hpp"));
}

void require_integers(std::string_view caller, const IntegerType& type, bool converts) {
  if (type.bits == 0) return;
  const bool known = type.bits == 8 || type.bits == 16 || type.bits == 32 || type.bits == 64;
  if (!known || !converts)
    throw ValueError(caller, "an array of integers of " + std::to_string(type.bits) + " bits, which " +
                                 (known ? "are for conversions alone; convert them first" : "must be 8, 16, 32 or 64"));
}

void require_held(std::string_view caller, const Array& result) {
  if (result.held != Held::as_float32 || result.integers.bits != 0) return;
  const FloatFormat& f = result.format;
  if (f.precision > 24 || f.emax() > 127 || f.emin() - f.fraction_bits() < -149)
    throw ValueError(caller, "float32 does not hold every number of the format " + describe(f) +
                                 "; hold them as codes or as float64");
}

}  // namespace

void RoundPlan::work_out_specials() {
  for (const bool is_negative : {false, true}) {
    infinity[is_negative] = special(how, [&](Context& c) { return detail::infinity(codes, is_negative, c); });
    overflow[is_negative] = special(how, [&](Context& c) { return detail::overflow(codes, is_negative, c); });
    zero[is_negative] = special(how, [&](Context& c) { return detail::zero(codes, is_negative, c); });
  }
  negative = special(how, [&](Context& c) { return round_pack(codes, true, 0, u128{1}, c); });
}

BulkPlan plan_bulk(Operation operation, std::span<const ConstArray> operands, const Array& result,
                   const Arithmetic& how, std::span<const std::uint32_t> random) {
  const std::string_view caller = name(operation);
  const auto count = static_cast<std::size_t>(operands_of(operation));
  if (operands.size() != count)
    throw ValueError(caller, "got " + std::to_string(operands.size()) + " operands; it takes " + std::to_string(count));
  const bool converts = operation == Operation::convert;
  require_integers(caller, result.integers, converts);
  for (const ConstArray& operand : operands) {
    require_integers(caller, operand.integers, converts);
    if (operand.integers.bits == 0) require_format(caller, operand.format, converts);
    if (operand.size != result.size)
      throw ShapeError(caller, "an operand has " + std::to_string(operand.size) + " elements and the result " +
                                   std::to_string(result.size) + ", which differ; pass arrays of equal size");
  }
  if (result.integers.bits == 0) require_format(caller, result.format, converts);
  require_held(caller, result);
  if (takes_one_format(operation)) {
    for (const ConstArray& operand : operands)
      if (!(operand.format == result.format))
        throw ValueError(caller, std::string("an operand has the format ") + describe(operand.format) +
                                     " and the result " + describe(result.format) +
                                     "; use one format, or convert first");
  }
  if (how.random_bits < 0 || how.random_bits > 32)
    throw ValueError(caller, "random_bits is " + std::to_string(how.random_bits) + "; use 0 to 32");
  if (!random.empty()) {
    if (random.size() != static_cast<std::size_t>(result.size))
      throw ShapeError(caller, "there are " + std::to_string(random.size()) + " random integers for " +
                                   std::to_string(result.size) + " elements; bring one for each");
    for (const std::uint32_t each : random)
      if (std::uint64_t{each} >> how.random_bits != 0)
        throw ValueError(caller, "a random integer is " + std::to_string(each) + ", which is not below 2^" +
                                     std::to_string(how.random_bits) + "; random_bits says how many bits they have");
  }
  BulkPlan plan{operation,    {}, static_cast<int>(count), result, RoundPlan(result.format, how, RoundPlan::Later()),
                random.data()};
  for (std::size_t i = 0; i < 3; ++i) plan.operands[i] = operands[i < count ? i : 0];
  return plan;
}

void check_comparison(Comparison comparison, const ConstArray& x, const ConstArray& y,
                      std::span<const std::uint8_t> out) {
  constexpr std::string_view caller = "compare";
  if (comparison == Comparison::total_order && !(x.format == y.format))
    throw ValueError(
        caller, "total_order of the formats " + describe(x.format) + " and " + describe(y.format) + "; use one format");
  require_integers(caller, x.integers, false);
  require_integers(caller, y.integers, false);
  for (const ConstArray* operand : {&x, &y}) {
    require_format(caller, operand->format, true);
    if (operand->size != static_cast<std::int64_t>(out.size()))
      throw ShapeError(caller, "an operand has " + std::to_string(operand->size) + " elements and the result " +
                                   std::to_string(out.size()) + ", which differ; pass arrays of equal size");
  }
}

EventCounts events_of(const CaseCounts& cases, const RoundPlan& plan, std::int64_t results) {
  EventCounts events;
  const auto add_times = [&](EventCounts one, std::int64_t n) {
    one.invalid *= n, one.divided_by_zero *= n, one.overflow *= n, one.underflow *= n, one.inexact *= n, one.nan *= n;
    events += one;
  };
  add_times(plan.infinity[0].events, cases.infinities);
  add_times(plan.overflow[0].events, cases.overflows[0]);
  add_times(plan.overflow[1].events, cases.overflows[1]);
  const bool has_nan = plan.codes.format.has_nan();
  events.invalid += has_nan ? cases.invalid : cases.nans;
  events.nan += has_nan ? cases.invalid : 0;
  events.divided_by_zero += cases.divided_by_zero;
  events.underflow += cases.underflows;
  events.inexact += cases.inexact;
  events.flushed += cases.flushed;
  events.results = results;
  return events;
}

}  // namespace halfway::detail
