// The rest of IEEE 754's operations on codes: those that choose, take exponents apart or go to integers.
#pragma once
#include <algorithm>
#include <limits>

#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::detail {

/// What happened in one operation, counted.
constexpr EventCounts counted(const Context& context) {
  const auto count = [&](unsigned event) { return std::int64_t{(context.events & event) != 0}; };
  return {.results = 1,
          .invalid = count(event_invalid),
          .divided_by_zero = count(event_divided_by_zero),
          .overflow = count(event_overflow),
          .underflow = count(event_underflow),
          .inexact = count(event_inexact),
          .nan = count(event_nan),
          .flushed = context.flushed};
}

/// x − n·y, where n is the integer nearest to x/y, of two the even one. Exact, so only flushing can change it.
constexpr std::uint64_t remainder(const Codes& f, const Unpacked& x, const Unpacked& y, Context& context) {
  if (x.kind == Kind::nan || y.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity || y.is_zero()) return invalid(f, context);
  const auto top = [](const Unpacked& v) { return v.exponent + 63 - leading_zeros(v.significand); };
  const bool is_small = x.is_zero() || y.kind == Kind::infinity || top(x) < top(y) - 1;  // |x| < |y|/2
  if (is_small) return round_number(f, x, context);
  // As multiples of 2^exponent. The divisor has at most a bit more than x; the division goes bit by bit.
  const int exponent = std::min(x.exponent, y.exponent);
  const std::uint64_t divisor = y.significand << (y.exponent - exponent);
  std::uint64_t rest = x.significand % divisor;
  bool is_odd = (x.significand / divisor) % 2 != 0;
  for (int i = x.exponent - exponent; i > 0; --i) {
    rest <<= 1;
    is_odd = rest >= divisor;
    if (is_odd) rest -= divisor;
  }
  const bool beyond = 2 * rest > divisor || (2 * rest == divisor && is_odd);
  return round_number(f, {Kind::finite, x.negative != beyond, exponent, beyond ? divisor - rest : rest}, context);
}

/// The place of a code in totalOrder: −NaN, −∞, …, −0, +0, …, +∞, +NaN; a format's only NaN comes last.
constexpr std::int64_t total_place(const Codes& f, std::uint64_t code) {
  if (code == f.sign && f.is_nan(code)) return std::numeric_limits<std::int64_t>::max();
  const auto magnitude = static_cast<std::int64_t>(code & f.magnitude);
  return (code & f.sign) != 0 ? -1 - magnitude : magnitude;
}

/// The code without its sign; a NaN stays one.
constexpr std::uint64_t magnitude(const Codes& f, std::uint64_t code) {
  const std::uint64_t result = code & f.magnitude;
  return f.is_nan(code) == f.is_nan(result) ? result : code;
}

/// Which of two numbers IEEE 754-2019 9.6 chooses.
struct Extremum {
  bool maximum = false;    ///< the greater one
  bool magnitude = false;  ///< by magnitude, and only then by value
  bool number = false;     ///< a number rather than a NaN
};

constexpr std::uint64_t choose(const Codes& f, Extremum which, std::uint64_t a, std::uint64_t b) {
  const bool a_is_nan = f.is_nan(a), b_is_nan = f.is_nan(b);
  if (a_is_nan || b_is_nan) return !which.number || (a_is_nan && b_is_nan) ? f.nan : a_is_nan ? b : a;
  const std::uint64_t x = a & f.magnitude, y = b & f.magnitude;
  const bool a_is_less = which.magnitude && x != y ? x < y : total_place(f, a) < total_place(f, b);
  return a_is_less != which.maximum ? a : b;
}

/// x·2^n
constexpr std::uint64_t scalb(const Codes& f, Unpacked x, int n, Context& context) {
  x.exponent += std::clamp(n, -8192, 8192);  // beyond every format, and no overflow
  return round_number(f, x, context);
}

/// ⌊log2 |x|⌋
constexpr int logb(const Unpacked& x, Context& context) {
  if (x.kind == Kind::finite && x.significand != 0) return x.exponent + 63 - leading_zeros(x.significand);
  context.events |= event_invalid;
  return x.kind == Kind::infinity ? std::numeric_limits<int>::max() : std::numeric_limits<int>::min();
}

/// x as an integer times 2^0, rounded; x is finite and |x| below 2^64.
constexpr u128 integer_part(const Unpacked& x, Context& context) {
  if (x.exponent >= 0) return u128{x.significand} << x.exponent;
  bool inexact = false;
  const u128 rounded = shift_and_round(u128{x.significand}, x.exponent, x.negative, context, inexact);
  if (inexact) context.events |= event_inexact;
  return rounded;
}

constexpr std::uint64_t round_to_integral(const Codes& f, const Unpacked& x, Context& context) {
  if (x.kind != Kind::finite || x.exponent >= 0) return round_number(f, x, context);
  return round_number(f, {Kind::finite, x.negative, 0, static_cast<std::uint64_t>(integer_part(x, context))}, context);
}

/// The nearest end of Int's range for what is outside, 0 for NaN.
template <class Int>
constexpr Int to_integer(const Unpacked& x, Context& context) {
  using limits = std::numeric_limits<Int>;
  if (x.is_zero()) return 0;
  const bool may_fit = x.kind == Kind::finite && x.exponent < 64;
  const u128 largest = u128{static_cast<std::uint64_t>(limits::max())} + u128{x.negative};
  const Context before = context;
  const u128 magnitude = may_fit ? integer_part(x, context) : ~u128{0};
  if (magnitude > (x.negative && !limits::is_signed ? u128{0} : largest)) {
    context = before;
    context.events |= event_invalid;
    return x.kind == Kind::nan ? Int{0} : x.negative ? limits::min() : limits::max();
  }
  const auto bits = static_cast<std::uint64_t>(magnitude);
  return static_cast<Int>(x.negative ? std::uint64_t{0} - bits : bits);
}

}  // namespace halfway::detail
