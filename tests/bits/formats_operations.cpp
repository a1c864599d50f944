// Minimum and maximum, total order, scalb, logb, rounding to integers, comparison, signs and neighbours: every code of
// the small formats, against definitions in doubles.
#include <climits>
#include <cmath>
#include <limits>

#include "formats_cases.hpp"
#include "halfway/formats/operations.hpp"
#include "halfway/formats/ulp.hpp"

using namespace halfway;

namespace {

using detail::Context;
using oracle::Machine;

/// IEEE 754-2019 9.6 and 5.10 in words: values compared as doubles, −0 below +0.
struct Order {
  const oracle::Format& f;

  bool less(std::uint32_t a, std::uint32_t b) const {
    const double x = f.any_value(a), y = f.any_value(b);
    return x != y ? x < y : std::signbit(x) && !std::signbit(y);
  }
  std::uint32_t choose(detail::Extremum which, std::uint32_t a, std::uint32_t b) const {
    if (f.is_nan(a) && f.is_nan(b)) return f.nan();
    if (f.is_nan(a)) return which.number ? b : f.nan();
    if (f.is_nan(b)) return which.number ? a : f.nan();
    const double x = std::fabs(f.any_value(a)), y = std::fabs(f.any_value(b));
    const bool a_first = which.magnitude && x != y ? x < y : less(a, b);
    return which.maximum ? (a_first ? b : a) : (a_first ? a : b);
  }
  /// −1 for a NaN before all numbers, 1 for one after, 0 for a number.
  int nan_side(std::uint32_t a) const {
    if (!f.is_nan(a)) return 0;
    const bool only = f.format().specials != Specials::ieee && f.format().specials != Specials::nan_all_ones;
    return f.negative(a) && !only ? -1 : 1;
  }
  bool total_order(std::uint32_t a, std::uint32_t b) const {
    const int p = nan_side(a), q = nan_side(b);
    if (p != q) return p < q;
    if (p == 0) return !less(b, a);
    return p < 0 ? a >= b : a <= b;  // NaNs by payload
  }
};

void check_order(const FloatFormat& format) {
  const oracle::Format exact(format);
  const detail::Codes f(format);
  const Order order{exact};
  const auto codes = oracle::interesting_codes(format, format.bits() <= 8 ? 2000 : 60);
  int wrong = 0;
  for (const auto a : codes)
    for (const auto b : codes) {
      for (unsigned i = 0; i < 8; ++i) {
        const detail::Extremum which{(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
        wrong += detail::choose(f, which, a, b) != order.choose(which, a, b);
      }
      wrong += (detail::total_place(f, a) <= detail::total_place(f, b)) != order.total_order(a, b);
      const double x = exact.any_value(a), y = exact.any_value(b);
      wrong += detail::compare(f, a, b) != (x <=> y);
    }
  const std::string what = cases::describe(format);
  CAPTURE(what);
  CHECK(wrong == 0);
}

/// The least number above that of a code, the greatest below; itself where there is none.
double above(const oracle::Format& f, std::uint32_t code) {
  const std::uint32_t i = code & ~f.sign();
  if (f.is_infinity(code)) return f.negative(code) ? -f.magnitude(f.max_finite()) : HUGE_VAL;
  if (f.negative(code) && !f.is_zero(code)) return -f.magnitude(i - 1);
  return i < f.max_finite() ? f.magnitude(i + 1) : f.has_infinity() ? HUGE_VAL : f.magnitude(i);
}
double below(const oracle::Format& f, std::uint32_t code) {
  if (f.sign() != 0) return -above(f, f.is_zero(code) ? code : code ^ f.sign());
  if (f.is_infinity(code)) return f.magnitude(f.max_finite());
  return f.magnitude(code == 0 ? 0 : code - 1);
}

void check_unary(const FloatFormat& format) {
  const oracle::Format exact(format);
  const detail::Codes f(format);
  cases::Tally tally(cases::describe(format));
  int wrong = 0;
  unsigned turn = 0;
  for (const std::uint32_t code : oracle::interesting_codes(format, 1500)) {
    const double value = exact.any_value(code);
    const bool number = exact.is_finite(code) && value != 0;
    Context context;
    const int expected_logb = number ? std::ilogb(value) : exact.is_infinity(code) ? INT_MAX : INT_MIN;
    wrong += detail::logb(unpack(f, code), context) != expected_logb;
    wrong += context.events != (number ? 0 : oracle::invalid);

    for (const int n : {0, 1, -1, 3, -7, 40, -40, 300, -300, INT_MAX, INT_MIN}) {
      const Arithmetic how = cases::variant(oracle::all_roundings[turn % 6], turn / 6 % 8);
      ++turn;
      context = {.how = how};
      const oracle::Operand x = oracle::read(exact, code, how);
      oracle::Result expected = Machine(exact, how).scalb(x, n);
      expected.flushed += x.flushed;
      const auto unpacked = unpack(f, code, context);
      tally.expect(detail::scalb(f, unpacked, n, context), context, expected, "scalb", code, n);
    }
    // Rounded to an integer by the oracle's rule for a format whose numbers near x are the integers.
    for (const Rounding rounding : oracle::all_roundings) {
      context = {.how = {.rounding = rounding}};
      const double down = std::floor(std::fabs(value)), rest = std::fabs(value) - down;
      const bool odd = std::fmod(down, 2) != 0, negative = std::signbit(value);
      const bool up = rest != 0 && (rounding == Rounding::ties_to_even      ? rest > 0.5 || (rest == 0.5 && odd)
                                    : rounding == Rounding::ties_to_away    ? rest >= 0.5
                                    : rounding == Rounding::toward_positive ? !negative
                                    : rounding == Rounding::toward_negative ? negative
                                    : rounding == Rounding::to_odd          ? !odd
                                                                            : false);
      const bool finite = exact.is_finite(code);
      const double integer = finite ? std::copysign(down + (up ? 1 : 0), value) : value;
      oracle::Result expected = exact.round(integer, context.how);
      if (finite && rest != 0) expected.events |= oracle::inexact;
      const auto unpacked = unpack(f, code, context);
      tally.expect(detail::round_to_integral(f, unpacked, context), context, expected, "round_to_integral", code);

      const auto check_integer = [&]<class Int>(Int) {
        Context how{.how = {.rounding = rounding}};
        using limits = std::numeric_limits<Int>;
        const bool fits =
            finite && integer >= static_cast<double>(limits::min()) && integer < std::ldexp(1.0, limits::digits);
        const Int whole = std::isnan(value) ? Int{0}
                          : fits            ? static_cast<Int>(integer)
                          : negative        ? limits::min()
                                            : limits::max();
        wrong += detail::to_integer<Int>(unpacked, how) != whole;
        wrong += how.events != (!fits ? oracle::invalid : rest != 0 ? oracle::inexact : 0);
      };
      check_integer(std::int8_t{});
      check_integer(std::uint8_t{});
      check_integer(std::int32_t{});
      check_integer(std::int64_t{});
      check_integer(std::uint64_t{});
    }
    const auto up = static_cast<std::uint32_t>(detail::next_up(f, code)),
               down = static_cast<std::uint32_t>(detail::next_down(f, code));
    if (exact.is_nan(code)) {
      wrong += up != exact.nan() || down != exact.nan();
    } else {
      wrong += exact.any_value(up) != above(exact, code) || exact.any_value(down) != below(exact, code);
    }
    const std::uint32_t place = code & ~exact.sign();
    if (exact.is_finite(code))
      wrong += std::bit_cast<double>(detail::ulp(f, code)) != exact.after(place) - exact.magnitude(place);
  }
  const std::string what = cases::describe(format);
  CAPTURE(what);
  CHECK(wrong == 0);
  tally.finish(100);
}

}  // namespace

TEST_CASE("minimum, maximum and their kin, total order and comparison: every format") {
  for (const FloatFormat& f : cases::formats(32, 20)) check_order(f);
}

TEST_CASE("scalb, logb, rounding to integers, neighbours: every format") {
  for (const FloatFormat& f : cases::formats(32, 20)) check_unary(f);
}

TEST_CASE("what the names mean") {
  const float16 nan = std::numeric_limits<float16>::quiet_NaN(), one{1}, minus_two{-2}, zero, minus_zero = -zero;
  CHECK((minimum(minus_zero, zero).bits() == 0x8000 && maximum(minus_zero, zero).bits() == 0));
  CHECK((isnan(minimum(one, nan)) && minimum_number(one, nan) == one && isnan(maximum_number(nan, nan))));
  CHECK((isnan(maximum(nan, one)) && maximum_number(nan, minus_two) == minus_two));
  CHECK((minimum_magnitude(one, minus_two) == one && maximum_magnitude(one, minus_two) == minus_two));
  CHECK((minimum_magnitude(minus_two, -minus_two) == minus_two &&
         maximum_magnitude(minus_two, -minus_two) == -minus_two));
  CHECK((isnan(minimum_magnitude(nan, one)) && minimum_magnitude_number(nan, one) == one));
  CHECK((isnan(maximum_magnitude(nan, one)) && maximum_magnitude_number(one, nan) == one));
  CHECK((total_order(minus_zero, zero) && !total_order(zero, minus_zero) && total_order(one, nan)));
  CHECK((total_order(-nan, minus_two) && !total_order_magnitude(minus_two, one) &&
         total_order_magnitude(zero, minus_zero)));
  const auto fnuz_nan = std::numeric_limits<float8_e4m3fnuz>::quiet_NaN();
  CHECK((total_order_magnitude(float8_e4m3fnuz(1), fnuz_nan) && !total_order_magnitude(fnuz_nan, float8_e4m3fnuz(1))));
  CHECK(
      (compare(0.1f, 0.1) > 0 && compare(float16(0.1), 0.1f) < 0 && compare(1.0, one) == 0 && compare(1.0, nan) != 0));
}

TEST_CASE("their events and settings are those of the core") {
  EventCounts events;
  CHECK(scalb(1.0f, -150, {}, 0, &events) == 0);
  CHECK(events == EventCounts{.results = 1, .underflow = 1, .inexact = 1});
  CHECK(round_to_integral(float16(2.5), {.rounding = Rounding::ties_to_away}, 0, &events) == float16(3));
  CHECK(events == EventCounts{.results = 2, .underflow = 1, .inexact = 2});
  CHECK(to_integer<std::int8_t>(bfloat16(-300), {.rounding = Rounding::to_odd}, 0, &events) == -128);
  CHECK(to_integer<int>(bfloat16(2.5), Rounding::toward_zero) == 2);
  CHECK(to_integer<int>(2.5, {.rounding = Rounding::stochastic, .random_bits = 1}, 1) == 3);
  CHECK(to_integer<int>(2.5, {.rounding = Rounding::stochastic, .random_bits = 1}, 0) == 2);
  CHECK(logb(bfloat16(0), &events) == INT_MIN);
  CHECK(events == EventCounts{.results = 4, .invalid = 2, .underflow = 1, .inexact = 2});
  CHECK(round_to_integral(-0.25, Rounding::ties_to_even) == 0);
  CHECK(std::signbit(round_to_integral(-0.25, Rounding::ties_to_even)));
  CHECK(round_to_integral(float6_e2m3fn(7.5), Rounding::ties_to_even) == 7.5f);  // 8 is beyond it
  events = {};
  CHECK(convert<float8_e4m3fn>(465, {.overflow = Overflow::saturate}, 0, &events) == 448.0f);
  CHECK(events == EventCounts{.results = 1, .overflow = 1, .inexact = 1});
  CHECK(convert<bfloat16>(std::numeric_limits<std::uint64_t>::max(), {.rounding = Rounding::toward_zero}).bits() ==
        0x5F7F);
  CHECK(to_integer<std::uint64_t>(bfloat16::from_bits(0x5F7F), Rounding::to_odd) == 0xFF00000000000000u);
}

TEST_CASE("scalb across the whole of binary64") {
  CHECK(scalb(0x1p-1074, 2097) == 0x1p1023);
  CHECK(scalb(0x1.8p1023, -2098, {.rounding = Rounding::toward_positive}) == 0x1p-1074);
  CHECK(scalb(1.0, INT_MAX) == HUGE_VAL);
  CHECK(scalb(1.0, INT_MIN, {.rounding = Rounding::toward_positive}) == 0x1p-1074);
}
