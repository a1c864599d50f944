// Real numbers in integers: 128-bit significands, an exponent of any size. No floating-point arithmetic, so neither
// flags nor the environment reach a result.
//
// Every operation keeps the OR of what it drops in the last place ("rounds to odd"), so a result that is not exact
// never looks like a number of a few bits: 1 + 2^−1000 stays above 1 and below every double above 1.
#pragma once
#include <bit>
#include <cstdint>
#include <utility>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail::math {

/// ±significand·2^(exponent − 127), the top bit of the significand set: a magnitude in [2^exponent, 2^(exponent + 1)).
/// Zero has significand 0.
struct Real {
  u128 significand = 0;
  int exponent = 0;
  bool negative = false;

  bool is_zero() const { return significand == 0; }
  Real operator-() const { return {significand, exponent, !negative}; }
};

/// ±integer·2^last_place, exactly.
inline Real make_real(u128 integer, int last_place = 0, bool negative = false) {
  if (integer == 0) return {};
  const int zeros = leading_zeros(integer);
  return {integer << zeros, last_place + 127 - zeros, negative};
}
inline Real real(std::int64_t integer) {
  const auto bits = static_cast<std::uint64_t>(integer);
  return make_real(integer < 0 ? 0 - bits : bits, 0, integer < 0);
}
/// A finite double, exactly.
inline Real real(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int field = static_cast<int>(bits >> 52 & 0x7FF);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  const std::uint64_t hidden = std::uint64_t{field != 0} << 52;
  return make_real(fraction | hidden, (field == 0 ? 1 : field) - 1075, bits >> 63 != 0);
}

inline Real magnitude(Real x) { return {x.significand, x.exponent, false}; }
/// x·2^n.
inline Real scale(Real x, int n) { return {x.significand, x.exponent + n, x.negative}; }

/// The upper half of the 256-bit product; `sticky` says whether the lower half is not zero.
inline u128 multiply_high(u128 a, u128 b, bool& sticky) {
  const std::uint64_t a1 = static_cast<std::uint64_t>(a >> 64), a0 = static_cast<std::uint64_t>(a);
  const std::uint64_t b1 = static_cast<std::uint64_t>(b >> 64), b0 = static_cast<std::uint64_t>(b);
  const u128 low = u128{a0} * b0, cross = u128{a1} * b0;
  const u128 middle = u128{a0} * b1 + (low >> 64) + static_cast<std::uint64_t>(cross);
  sticky = (static_cast<std::uint64_t>(middle) | static_cast<std::uint64_t>(low)) != 0;
  return u128{a1} * b1 + (cross >> 64) + (middle >> 64);
}
inline u128 multiply_high(u128 a, u128 b) {
  bool sticky = false;
  return multiply_high(a, b, sticky);
}

inline Real multiply(Real a, Real b) {
  if (a.is_zero() || b.is_zero()) return {};
  bool sticky = false;
  u128 high = multiply_high(a.significand, b.significand, sticky);
  int exponent = a.exponent + b.exponent + 1;
  if (high >> 127 == 0) {  // one more bit, from the lower half: the product modulo 2^128
    const u128 low = a.significand * b.significand;
    high = high << 1 | low >> 127;
    sticky = low << 1 != 0;
    --exponent;
  }
  return {high | u128{sticky}, exponent, a.negative != b.negative};
}
inline Real square(Real x) { return multiply(x, x); }

inline Real add(Real a, Real b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  if (std::pair(a.exponent, a.significand) < std::pair(b.exponent, b.significand)) std::swap(a, b);
  const u128 aligned = shift_right_sticky(b.significand, a.exponent - b.exponent);
  if (a.negative != b.negative) return make_real(a.significand - aligned, a.exponent - 127, a.negative);
  const u128 sum = a.significand + aligned;
  if (sum >= a.significand) return {sum, a.exponent, a.negative};
  return {u128{1} << 127 | sum >> 1 | (sum & 1), a.exponent + 1, a.negative};
}
inline Real subtract(Real a, Real b) { return add(a, -b); }

/// One digit, in base 2^64, of remainder/divisor, where remainder < divisor and the divisor's top bit is set (Knuth,
/// The Art of Computer Programming 2, 4.3.1, algorithm D); the remainder becomes that of the next digit.
inline std::uint64_t next_digit(u128& remainder, u128 divisor) {
  const std::uint64_t high = static_cast<std::uint64_t>(divisor >> 64), low = static_cast<std::uint64_t>(divisor);
  u128 digit = remainder / high, rest = remainder % high;
  if (digit >> 64 != 0) {  // the digit is at most 2^64 − 1
    rest += (digit - ~std::uint64_t{0}) * high;
    digit = ~std::uint64_t{0};
  }
  while (rest >> 64 == 0 && digit * low > rest << 64) {
    --digit;
    rest += high;
  }
  remainder = (rest << 64) - digit * low;
  return static_cast<std::uint64_t>(digit);
}

/// a/b for a b that is not zero.
inline Real divide(Real a, Real b) {
  if (a.is_zero()) return {};
  // The quotient of the significands is in (1/2, 2): its integer bit, then 128 bits of fraction.
  const bool integer_bit = a.significand >= b.significand;
  u128 remainder = a.significand - (integer_bit ? b.significand : 0);
  const u128 first = next_digit(remainder, b.significand);
  u128 quotient = first << 64 | next_digit(remainder, b.significand);
  int exponent = a.exponent - b.exponent - 1;
  bool sticky = remainder != 0;
  if (integer_bit) {
    sticky = sticky || (quotient & 1) != 0;
    quotient = u128{1} << 127 | quotient >> 1;
    ++exponent;
  }
  return {quotient | u128{sticky}, exponent, a.negative != b.negative};
}

/// |x| < 2^62 rounded to the nearest integer, ties away from zero.
inline std::int64_t nearest_integer(Real x) {
  if (x.is_zero() || x.exponent < -1) return 0;
  const auto halves = static_cast<std::int64_t>(x.significand >> (126 - x.exponent));
  const std::int64_t nearest = (halves + 1) >> 1;
  return x.negative ? -nearest : nearest;
}
inline bool is_integer(Real x) {
  return x.is_zero() || x.exponent >= 127 || (x.exponent >= 0 && x.significand << (x.exponent + 1) == 0);
}
inline bool is_power_of_two(Real x) { return x.significand == u128{1} << 127; }

/// As a binary64 rounded to odd: itself where it has at most 53 bits, otherwise truncated, its last bit set. Magnitudes
/// beyond 2^±1000 become about 2^±1000, which every format of at most 8 exponent bits rounds as it would them.
inline double to_odd_double(Real x) {
  const std::uint64_t sign = std::uint64_t{x.negative} << 63;
  if (x.is_zero()) return std::bit_cast<double>(sign);
  const int exponent = x.exponent > 1000 ? 1000 : x.exponent < -1000 ? -1000 : x.exponent;
  const auto significand = static_cast<std::uint64_t>(shift_right_sticky(x.significand, 75));
  return std::bit_cast<double>(sign | ((static_cast<std::uint64_t>(exponent + 1022) << 52) + significand));
}

}  // namespace halfway::detail::math
