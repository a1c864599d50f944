// Bulk operations: the lanes equal the definition, bits and events, for every target, format, rounding and option.
#include <doctest/doctest.h>

#include <random>
#include <string>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "formats_convert.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/bulk.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

namespace {

constexpr Rounding roundings[] = {Rounding::ties_to_even,      Rounding::ties_to_away,    Rounding::toward_zero,
                                  Rounding::toward_positive,   Rounding::toward_negative, Rounding::to_odd,
                                  Rounding::stochastic,        Rounding::stochastic_odd,  Rounding::stochastic_fast,
                                  Rounding::stochastic_fastest};

/// Formats of every kind: those with names, and some that have none.
std::vector<FloatFormat> all_formats() {
  std::vector<FloatFormat> formats;
  for (const NamedFormat& each : named_formats) formats.push_back(each.format);
  for (const FloatFormat custom :
       {FloatFormat{14, 8, 127}, FloatFormat{15, 8, 127}, FloatFormat{3, 3, 3, Specials::p3109},
        FloatFormat{4, 5, 15, Specials::p3109, false}, FloatFormat{5, 4, 7, Specials::none, false},
        FloatFormat{9, 6, -20}, FloatFormat{6, 5, 300}, FloatFormat{1, 5, 15, Specials::none},
        FloatFormat{2, 1, 0, Specials::none}, FloatFormat{24, 8, 200}})
    formats.push_back(custom);
  return formats;
}

std::string describe(const FloatFormat& f) {
  return std::string(name(f)) + " p" + std::to_string(f.precision) + " e" + std::to_string(f.exponent_bits) + " b" +
         std::to_string(f.bias);
}

/// Codes of a format in an array of its storage: all sorts of exponents, and all special ones.
std::vector<std::uint64_t> some_codes(const FloatFormat& f, std::size_t count, unsigned seed, const FloatFormat& near) {
  std::mt19937_64 random(seed);
  const detail::Codes codes(f), target(near);
  std::vector<std::uint64_t> made(count);
  const std::uint64_t all = codes.sign | codes.magnitude;
  for (std::size_t i = 0; i < count; ++i) {
    switch (random() % 8) {
      case 0: made[i] = random() & all; break;
      case 1: {  // special codes and their neighbours
        const std::uint64_t special[] = {0, codes.min_normal, codes.max_finite, codes.infinity, codes.nan, codes.sign};
        made[i] = (special[random() % 6] + random() % 3 - 1) & all;
        break;
      }
      default: {  // a number near the other format's: few bits more, so that ties and exact results abound
        detail::Context exact{{.rounding = random() % 2 == 0 ? Rounding::ties_to_even : Rounding::toward_zero}};
        const int exponent =
            target.emin - target.precision - 3 +
            static_cast<int>(random() % static_cast<unsigned>(target.emax - target.emin + target.precision + 6));
        const std::uint64_t significand =
            (random() | std::uint64_t{1} << 63) >> (63 - random() % static_cast<unsigned>(target.precision + 4));
        made[i] =
            detail::round_number(codes, {detail::Kind::finite, random() % 2 == 0, exponent - 8, significand}, exact);
      }
    }
  }
  return made;
}

/// An array that owns its bytes, every second element of which is used if `stride` is 2.
struct Owned {
  Owned(const FloatFormat& f, const std::vector<std::uint64_t>& codes, std::int64_t stride)
      : format(f),
        size(static_cast<std::int64_t>(codes.size())),
        step(stride),
        bytes(codes.size() * static_cast<std::size_t>(f.storage_bytes() * static_cast<int>(stride)), std::uint8_t{0}) {
    const auto width = static_cast<std::size_t>(f.storage_bytes());
    for (std::size_t i = 0; i < codes.size(); ++i)
      std::memcpy(&bytes[i * width * static_cast<std::size_t>(stride)], &codes[i], width);
  }
  ConstArray view() const { return {bytes.data(), format, size, step}; }
  FloatFormat format;
  std::int64_t size, step;
  std::vector<std::uint8_t> bytes;
};

struct Outcome {
  std::vector<std::uint8_t> bytes;
  EventCounts events;
};

Outcome run(bool reference, Operation operation, const std::vector<ConstArray>& operands, const FloatFormat& to,
            Held held, std::int64_t stride, const Arithmetic& how, bool counting) {
  const std::size_t width = held == Held::as_float64   ? 8
                            : held == Held::as_float32 ? 4
                                                       : static_cast<std::size_t>(to.storage_bytes());
  Outcome made{
      std::vector<std::uint8_t>(static_cast<std::size_t>(operands[0].size * stride) * width, std::uint8_t{0x5A}), {}};
  const Array result{made.bytes.data(), to, operands[0].size, stride, held};
  (reference ? evaluate_ref : evaluate)(operation, operands, result, how, counting ? &made.events : nullptr, {});
  return made;
}

/// A case that every target must get right.
void check(Operation operation, const std::vector<ConstArray>& operands, const FloatFormat& to, const Arithmetic& how,
           Held held = Held::as_codes, std::int64_t stride = 1) {
  const ExecutionGuard guard;
  const Outcome expected = run(true, operation, operands, to, held, stride, how, true);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    for (const bool counting : {false, true}) {
      const Outcome actual = run(false, operation, operands, to, held, stride, how, counting);
      std::size_t wrong = actual.bytes.size();
      for (std::size_t i = 0; i < actual.bytes.size() && wrong == actual.bytes.size(); ++i)
        if (actual.bytes[i] != expected.bytes[i]) wrong = i;
      const bool same_events = !counting || actual.events == expected.events;
      if (wrong == actual.bytes.size() && same_events) continue;
      std::string what = target + " " + std::string(name(operation)) + " of " + describe(operands[0].format) + " to " +
                         describe(to) + " " + std::string(name(how.rounding));
      if (how.inputs == Subnormals::flush) what += " flush inputs";
      if (how.results == Subnormals::flush) what += " flush results";
      if (how.overflow == Overflow::saturate) what += " saturate";
      what += " r=" + std::to_string(how.random_bits) + (counting ? " counting" : "") + ": byte " +
              std::to_string(wrong) + " of " + std::to_string(actual.bytes.size()) + "; events";
      const EventCounts &e = expected.events, &a = actual.events;
      const std::int64_t pairs[][2] = {
          {a.results, e.results},   {a.invalid, e.invalid},     {a.divided_by_zero, e.divided_by_zero},
          {a.overflow, e.overflow}, {a.underflow, e.underflow}, {a.inexact, e.inexact},
          {a.nan, e.nan},           {a.flushed, e.flushed}};
      for (const auto& pair : pairs) what += " " + std::to_string(pair[0]) + "/" + std::to_string(pair[1]);
      FAIL_CHECK(what);
    }
  }
}

/// Every direction with every other option at its turn.
std::vector<Arithmetic> arithmetics(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Arithmetic> made;
  for (const Rounding rounding : roundings) {
    for (int i = 0; i < 2; ++i) {
      const auto flip = [&] { return random() % 2 == 0; };
      constexpr int bits[] = {0, 1, 5, 11, 16, 17, 24, 32};
      made.push_back({rounding, flip() ? Subnormals::keep : Subnormals::flush,
                      flip() ? Subnormals::keep : Subnormals::flush, flip() ? Overflow::infinity : Overflow::saturate,
                      bits[random() % 8], random(), random()});
    }
  }
  return made;
}

}  // namespace

TEST_CASE("conversions between all formats") {
  unsigned seed = 1;
  for (const FloatFormat& from : all_formats()) {
    for (const FloatFormat& to : all_formats()) {
      const Owned x(from, some_codes(from, 700, ++seed, to), 1);
      const auto all = arithmetics(seed);
      for (std::size_t i = seed % 3; i < all.size(); i += 3) check(Operation::convert, {x.view()}, to, all[i]);
    }
  }
}

TEST_CASE("conversions from float32 in every direction and with every option") {
  unsigned seed = 100;
  for (const FloatFormat& to :
       {binary16, bfloat, tensor_float, e4m3fn, e5m2, e2m1fn, e8m0fnu, e4m3fnuz, FloatFormat{14, 8, 127}}) {
    const Owned x(binary32, some_codes(binary32, 1100, ++seed, to), 1);
    for (const Rounding rounding : roundings)
      for (const Subnormals inputs : {Subnormals::keep, Subnormals::flush})
        for (const Subnormals results : {Subnormals::keep, Subnormals::flush})
          for (const Overflow overflow : {Overflow::infinity, Overflow::saturate})
            for (const int bits : {3, 13, 16})
              if (bits == 16 || is_stochastic(rounding))
                check(Operation::convert, {x.view()}, to, {rounding, inputs, results, overflow, bits, 7, 9});
  }
}

TEST_CASE("arithmetic in every direction") {
  unsigned seed = 1000;
  for (const FloatFormat& f : all_formats()) {
    if (f == binary64) continue;
    const Owned x(f, some_codes(f, 600, ++seed, f), 1), y(f, some_codes(f, 600, ++seed, f), 1),
        z(f, some_codes(f, 600, ++seed, f), 1);
    for (const Operation operation : {Operation::add, Operation::subtract, Operation::multiply, Operation::divide})
      for (const Arithmetic& how : arithmetics(++seed)) check(operation, {x.view(), y.view()}, f, how);
    for (const Arithmetic& how : arithmetics(++seed)) {
      check(Operation::square_root, {x.view()}, f, how);
      check(Operation::fma, {x.view(), y.view(), z.view()}, f, how);
    }
  }
}

TEST_CASE("the rest of the operations, and operands of other formats") {
  unsigned seed = 5000;
  for (const FloatFormat& f : all_formats()) {
    if (f == binary64) continue;
    const Owned x(f, some_codes(f, 300, ++seed, f), 1), y(f, some_codes(f, 300, ++seed, f), 1);
    for (const OperationInfo& info : operation_table) {
      const Operation operation = *find_operation(info.name);
      const std::vector<ConstArray> operands = info.operands == 1   ? std::vector{x.view()}
                                               : info.operands == 2 ? std::vector{x.view(), y.view()}
                                                                    : std::vector{x.view(), y.view(), x.view()};
      for (const Arithmetic& how : arithmetics(++seed)) check(operation, operands, f, how);
    }
  }
  const Owned half(binary16, some_codes(binary16, 600, 1, e5m2), 1),
      brain(bfloat, some_codes(bfloat, 600, 2, binary16), 1), single(binary32, some_codes(binary32, 600, 3, bfloat), 1);
  for (const FloatFormat& to : {binary32, e5m2, tensor_float, e3m2fn})
    for (const Arithmetic& how : arithmetics(++seed)) {
      check(Operation::multiply, {half.view(), brain.view()}, to, how);
      check(Operation::fma, {half.view(), brain.view(), single.view()}, to, how);
      check(Operation::divide, {single.view(), brain.view()}, to, how);
    }
}

TEST_CASE("strides and numbers held as float32 and float64") {
  unsigned seed = 9000;
  for (const FloatFormat& f : {binary16, e4m3fn, tensor_float, FloatFormat{14, 8, 127}, e8m0fnu}) {
    for (const std::int64_t stride : {1, 3}) {
      const Owned x(binary32, some_codes(binary32, 1030, ++seed, f), stride),
          y(f, some_codes(f, 1030, ++seed, f), stride);
      for (const Held held : {Held::as_codes, Held::as_float32, Held::as_float64}) {
        for (const Arithmetic& how : arithmetics(++seed))
          check(Operation::convert, {x.view()}, f, how, held, 4 - stride);
        check(Operation::add, {x.view(), y.view()}, f, {}, held, 4 - stride);
      }
    }
  }
}

TEST_CASE("threads, sizes and places change nothing") {
  const ExecutionGuard guard;
  const std::size_t size = 5000;
  const Owned x(binary32, some_codes(binary32, size, 1, bfloat), 1);
  const Arithmetic how{.rounding = Rounding::stochastic, .random_bits = 12, .seed = 3, .stream = 5};
  const Outcome expected = run(true, Operation::convert, {x.view()}, bfloat, Held::as_codes, 1, how, true);
  execution::set_threading_threshold(0);
  for (const int threads : {1, 2, 3, 7}) {
    execution::set_threads(threads);
    const Outcome actual = run(false, Operation::convert, {x.view()}, bfloat, Held::as_codes, 1, how, true);
    CHECK(same_bits(actual.bytes, expected.bytes));
    CHECK(actual.events == expected.events);
  }
  for (std::int64_t count = 0; count < 70; ++count) {
    const ConstArray part{x.bytes.data(), binary32, count};
    for (const FloatFormat& to : {bfloat, binary16, e4m3fn})
      for (const Arithmetic& each : {Arithmetic{}, how, Arithmetic{.rounding = Rounding::toward_zero}}) {
        const Outcome a = run(false, Operation::convert, {part}, to, Held::as_codes, 1, each, false);
        const Outcome b = run(true, Operation::convert, {part}, to, Held::as_codes, 1, each, false);
        CHECK(same_bits(a.bytes, b.bytes));
      }
  }
  // In place.
  std::vector<float> values(size), expected_values(size);
  std::memcpy(values.data(), x.bytes.data(), 4 * size);
  const ConstArray operand = array_of(values);
  evaluate_ref(Operation::convert, {&operand, 1}, {expected_values.data(), e4m3fn, operand.size, 1, Held::as_float32},
               how);
  round_values(values, e4m3fn, how);
  CHECK(same_bits(values, expected_values));
}

namespace {

template <class Int>
void check_integers() {
  std::mt19937_64 random(8 * sizeof(Int));
  std::vector<Int> integers(700);
  for (std::size_t i = 0; i < integers.size(); ++i)
    integers[i] = static_cast<Int>(random() >> random() % 64) ^ static_cast<Int>(-static_cast<int>(random() % 2));
  integers[0] = std::numeric_limits<Int>::min(), integers[1] = std::numeric_limits<Int>::max(), integers[2] = 0;
  const ConstArray in = array_of(integers);
  unsigned seed = 1;
  for (const FloatFormat& f : all_formats()) {
    for (const Arithmetic& how : arithmetics(++seed)) check(Operation::convert, {in}, f, how);
    const Owned x(f, some_codes(f, 700, ++seed, FloatFormat{12, 7, 50}), 1);
    const ConstArray operand = x.view();
    for (const Arithmetic& how : arithmetics(++seed)) {
      std::vector<Int> actual(700), expected(700);
      EventCounts actual_events, expected_events;
      evaluate_ref(Operation::convert, {&operand, 1}, result_array(expected), how, &expected_events);
      evaluate(Operation::convert, {&operand, 1}, result_array(actual), how, &actual_events);
      CHECK(actual == expected);
      CHECK(actual_events == expected_events);
    }
  }
  // One by one, by the scalars.
  std::vector<float16> halves(700);
  std::vector<Int> back(700);
  convert(integers, halves);
  convert(halves, back, {.rounding = Rounding::toward_zero});
  for (std::size_t i = 0; i < integers.size(); ++i) {
    CHECK(to_code(halves[i]) == to_code(float16(integers[i])));
    CHECK(back[i] == to_integer<Int>(halves[i], Rounding::toward_zero));
  }
}

}  // namespace

TEST_CASE("integers") {
  check_integers<std::int8_t>();
  check_integers<std::uint8_t>();
  check_integers<std::int16_t>();
  check_integers<std::uint16_t>();
  check_integers<std::int32_t>();
  check_integers<std::uint32_t>();
  check_integers<std::int64_t>();
  check_integers<std::uint64_t>();
}

#if defined(__SSE2__)
TEST_CASE("the caller's floating-point environment neither matters nor changes") {
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  execution::set_threads(2);
  const unsigned before = _mm_getcsr();
  unsigned seed = 20'000;
  for (const unsigned csr :
       {0x1F80u | 0x8040u, 0x3F80u, 0x5F80u | 0x8000u, 0x7FC0u | 0x8000u}) {  // FTZ, DAZ, directions
    for (const FloatFormat& f : {binary16, bfloat, e5m2, binary32}) {
      const Owned x(f, some_codes(f, 2000, ++seed, f), 1), y(f, some_codes(f, 2000, ++seed, f), 1),
          single(binary32, some_codes(binary32, 2000, ++seed, f), 1);
      for (const Arithmetic& how : arithmetics(++seed)) {
        for (const Operation operation : {Operation::add, Operation::divide, Operation::convert}) {
          const std::vector<ConstArray> operands =
              operation == Operation::convert ? std::vector{single.view()} : std::vector{x.view(), y.view()};
          const Outcome expected = run(true, operation, operands, f, Held::as_codes, 1, how, true);
          _mm_setcsr(csr);
          const Outcome actual = run(false, operation, operands, f, Held::as_codes, 1, how, true);
          const Outcome plain = run(false, operation, operands, f, Held::as_codes, 1, how, false);
          const unsigned after = _mm_getcsr();
          _mm_setcsr(before);
          CHECK(same_bits(actual.bytes, expected.bytes));
          CHECK(same_bits(plain.bytes, expected.bytes));
          CHECK(actual.events == expected.events);
          CHECK(after == csr);
        }
      }
    }
  }
}
#endif

TEST_CASE("comparisons") {
  for (const FloatFormat& f : {binary16, bfloat, e4m3fnuz, binary32}) {
    const Owned x(f, some_codes(f, 900, 11, f), 1), y(f, some_codes(f, 900, 12, f), 1),
        z(bfloat, some_codes(bfloat, 900, 13, f), 1);
    for (int c = 0; c <= static_cast<int>(Comparison::total_order); ++c) {
      std::vector<std::uint8_t> actual(900, 7), expected(900, 7);
      for (const Owned* other : {&y, &z, &x}) {
        if (c == static_cast<int>(Comparison::total_order) && !(other->format == f)) continue;
        compare_ref(static_cast<Comparison>(c), x.view(), other->view(), expected);
        const ExecutionGuard guard;
        for (const std::string& target : execution::targets()) {
          execution::use_target(target);
          compare(static_cast<Comparison>(c), x.view(), other->view(), actual);
          CHECK(actual == expected);
        }
      }
    }
  }
}

TEST_CASE("the caller's random integers") {
  const Owned x(binary32, some_codes(binary32, 700, 77, binary16), 1);
  const ConstArray operand = x.view();
  for (const FloatFormat& f : {binary16, bfloat, e4m3fn}) {
    const Arithmetic how{.rounding = Rounding::stochastic, .random_bits = 9, .seed = 5};
    std::vector<std::uint32_t> random(700), expected(700), actual(700);
    for (std::size_t i = 0; i < random.size(); ++i) random[i] = random_bits_of(how, i);
    const Array to{expected.data(), f, 700, 1, Held::as_float32}, from{actual.data(), f, 700, 1, Held::as_float32};
    evaluate(Operation::convert, {&operand, 1}, to, how);
    Arithmetic other = how;
    other.seed = 6;
    for (const bool reference : {false, true}) {
      (reference ? evaluate_ref : evaluate)(Operation::convert, {&operand, 1}, from, other, nullptr, random);
      CHECK(actual == expected);
    }
    evaluate(Operation::convert, {&operand, 1}, from, other);
    CHECK(actual != expected);
    random[3] = 512;
    CHECK_THROWS_AS(evaluate(Operation::convert, {&operand, 1}, from, other, nullptr, random), ValueError);
    random.pop_back();
    CHECK_THROWS_AS(evaluate(Operation::convert, {&operand, 1}, from, other, nullptr, random), ShapeError);
  }
}

TEST_CASE("mistakes") {
  const std::vector<float> x(3);
  std::vector<float16> out(4);
  const ConstArray operand = array_of(x);
  CHECK_THROWS_AS(convert(x, out), ShapeError);
  CHECK_THROWS_AS(evaluate(Operation::add, {&operand, 1}, result_array(out)), ValueError);
  out.resize(3);
  CHECK_THROWS_AS(convert(x, out, {.random_bits = 33}), ValueError);
  CHECK_THROWS_AS(evaluate(Operation::abs, {&operand, 1}, result_array(out)), ValueError);
  const std::vector<double> wide(3);
  CHECK_THROWS_AS(square_root(wide, out), ValueError);
  CHECK_THROWS_AS(evaluate(Operation::convert, {&operand, 1}, {out.data(), FloatFormat{30, 8, 127}, 3}), ValueError);
}
