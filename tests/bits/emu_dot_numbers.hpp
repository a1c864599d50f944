// Extended real numbers in exact rationals, their codes and their rounding: shares no code with the library.
#pragma once
#include <boost/multiprecision/cpp_int.hpp>

#include "halfway/emu/dot_model.hpp"

namespace halfway::test {

using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;
using emu::NanRule;

inline Rational power_of_two(int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent < 0 ? Rational(1, power) : Rational(power);
}
inline Integer floor_of(const Rational& x) {
  const Integer quotient = numerator(x) / denominator(x);  // towards zero
  return x < 0 && Rational(quotient) != x ? Integer(quotient - 1) : quotient;
}
/// The e with 2^e ≤ |x| < 2^(e + 1).
inline int exponent_of(const Rational& x) {
  const Rational magnitude = abs(x);
  int e = static_cast<int>(msb(numerator(magnitude))) - static_cast<int>(msb(denominator(magnitude)));
  while (magnitude < power_of_two(e)) --e;
  while (magnitude >= power_of_two(e + 1)) ++e;
  return e;
}

/// An extended real: finite with the sign that a zero has, infinite, or a NaN with its code in float32.
struct Number {
  enum Kind { finite, infinite, nan } kind = finite;
  bool negative = false;
  Rational value = 0;  // signed
  std::uint64_t code = 0;
};
inline Number finite(const Rational& value, bool zero_is_negative) {
  return {Number::finite, value == 0 ? zero_is_negative : value < 0, value, 0};
}
inline Number infinite(bool negative) { return {Number::infinite, negative, 0, 0}; }
inline Number not_a_number() { return {Number::nan, false, 0, 0xFFC00000u}; }  // the default of x86

inline Number decode(std::uint64_t code, const FloatFormat& f) {
  const int fraction_bits = f.fraction_bits();
  const std::uint64_t fraction = code & ((std::uint64_t{1} << fraction_bits) - 1);
  const int top = (1 << f.exponent_bits) - 1, field = static_cast<int>(code >> fraction_bits) & top;
  const bool negative = (code >> (f.bits() - 1) & 1) != 0;
  const std::uint64_t ones = (std::uint64_t{1} << (f.bits() - 1)) - 1;
  bool nan = false;
  switch (f.specials) {
    case Specials::ieee: nan = field == top && fraction != 0; break;
    case Specials::nan_all_ones: nan = (code & ones) == ones; break;
    case Specials::none: break;
    default: nan = negative && (code & ones) == 0; break;
  }
  if (nan) {
    const std::uint64_t payload = f.precision <= 24 ? fraction << (23 - fraction_bits) : 0;
    return {Number::nan, negative, 0, 0x7FC00000u | payload | std::uint64_t{negative} << 31};
  }
  if (f.specials == Specials::ieee && field == top) return infinite(negative);
  const Integer significand = Integer(fraction) + (field == 0 ? Integer(0) : Integer(1) << fraction_bits);
  const Rational magnitude = Rational(significand) * power_of_two((field == 0 ? 1 : field) - f.bias - fraction_bits);
  return finite(negative ? Rational(-magnitude) : magnitude, negative);
}

/// What stochastic rounding compares with.
struct Random {
  int bits = 0;
  std::uint64_t value = 0;
};

/// Whether the discarded part δ of a magnitude rounds it up.
inline bool goes_up(const Rational& delta, Rounding rounding, bool odd, bool negative, const Random& random) {
  const Rational half(1, 2);
  if (!is_stochastic(rounding)) {
    switch (rounding) {
      case Rounding::ties_to_even: return delta > half || (delta == half && odd);
      case Rounding::ties_to_away: return delta >= half;
      case Rounding::toward_positive: return delta != 0 && !negative;
      case Rounding::toward_negative: return delta != 0 && negative;
      case Rounding::to_odd: return delta != 0 && !odd;
      default: return false;
    }
  }
  const Rational scaled = delta * power_of_two(random.bits), one = power_of_two(random.bits);
  const Integer down = floor_of(scaled);
  const Rational rest = scaled - Rational(down), r(random.value);
  if (delta == 0) return false;
  switch (rounding) {
    case Rounding::stochastic: return Rational(down + (rest > half || (rest == half && down % 2 != 0))) + r >= one;
    case Rounding::stochastic_odd: return Rational(down + (rest > half || (rest == half && down % 2 == 0))) + r >= one;
    case Rounding::stochastic_fast: return scaled + r + half >= one;
    default: return scaled + r >= one;
  }
}

/// Rounded to f's precision and range; beyond it, infinite.
inline Number round(const Number& x, const FloatFormat& f, Rounding rounding, bool flush, const Random& random = {}) {
  if (x.kind != Number::finite || x.value == 0) return x;
  const auto to_place = [&](int place) {
    const Rational scaled = abs(x.value) / power_of_two(place);
    Integer down = floor_of(scaled);
    if (goes_up(scaled - Rational(down), rounding, (down & 1) != 0, x.negative, random)) ++down;
    return Rational(Rational(down) * power_of_two(place));
  };
  const int emin = 1 - f.bias, exponent = exponent_of(x.value);
  if (flush && to_place(exponent - f.fraction_bits()) < power_of_two(emin)) return finite(0, x.negative);
  const Rational rounded = to_place(std::max(exponent, emin) - f.fraction_bits());
  if (rounded >= power_of_two((1 << (f.exponent_bits - 1)))) return infinite(x.negative);
  return finite(x.negative ? Rational(-rounded) : rounded, x.negative);
}

inline std::uint64_t encode(const Number& x, const FloatFormat& f, NanRule rule) {
  const int fraction_bits = f.fraction_bits();
  const std::uint64_t sign = std::uint64_t{x.negative} << (f.bits() - 1);
  const std::uint64_t top = ((std::uint64_t{1} << f.exponent_bits) - 1) << fraction_bits;
  if (x.kind == Number::nan) {
    if (rule == NanRule::first_nan) return x.code;
    return rule == NanRule::all_ones ? top | ((std::uint64_t{1} << fraction_bits) - 1)
                                     : top | std::uint64_t{1} << (fraction_bits - 1);
  }
  if (x.kind == Number::infinite) return sign | top;
  if (x.value == 0) return sign;
  const int emin = 1 - f.bias, exponent = std::max(exponent_of(x.value), emin);
  const Rational scaled = abs(x.value) / power_of_two(exponent - fraction_bits);
  if (denominator(scaled) != 1) throw std::logic_error("encode: not a number of the format");
  const auto significand = static_cast<std::uint64_t>(numerator(scaled));
  return sign | (significand + (static_cast<std::uint64_t>(exponent - emin) << fraction_bits));
}

inline const Number* first_nan(std::initializer_list<const Number*> numbers) {
  for (const Number* each : numbers)
    if (each->kind == Number::nan) return each;
  return nullptr;
}
inline bool is_zero(const Number& x) { return x.kind == Number::finite && x.value == 0; }

inline Number multiply(const Number& a, const Number& b) {
  if (const Number* nan = first_nan({&a, &b})) return *nan;
  const bool negative = a.negative != b.negative;
  if (a.kind == Number::infinite || b.kind == Number::infinite)
    return is_zero(a) || is_zero(b) ? not_a_number() : infinite(negative);
  return finite(a.value * b.value, negative);
}
/// a + b exactly; `down`: an exact zero of numbers of both signs is −0, as in rounding toward negative.
inline Number add(const Number& a, const Number& b, bool down = false) {
  if (const Number* nan = first_nan({&a, &b})) return *nan;
  if (a.kind == Number::infinite && b.kind == Number::infinite && a.negative != b.negative) return not_a_number();
  if (a.kind == Number::infinite) return a;
  if (b.kind == Number::infinite) return b;
  return finite(a.value + b.value, a.negative == b.negative ? a.negative : down);
}
/// a·b + c exactly. The first NaN counts, before one that arises.
inline Number multiply_add(const Number& a, const Number& b, const Number& c, bool down) {
  if (const Number* nan = first_nan({&a, &b, &c})) return *nan;
  return add(multiply(a, b), c, down);
}

}  // namespace halfway::test
