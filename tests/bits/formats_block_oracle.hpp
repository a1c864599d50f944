// Block formats by their definition, in rational numbers: values by formula, scales and elements by comparing. Shares
// no code with the library.
#pragma once
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "halfway/formats/block_format.hpp"

namespace block_oracle {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;
using halfway::BlockFormat;
using halfway::FloatFormat;
using halfway::Rounding;
using halfway::ScaleRule;
using halfway::Specials;

inline cpp_rational power_of_two(int n) {
  return n >= 0 ? cpp_rational(cpp_int(1) << n) : cpp_rational(1, cpp_int(1) << -n);
}
/// x of a double, exactly.
inline cpp_rational exact(double x) {
  int exponent = 0;
  const auto integer = static_cast<std::int64_t>(std::ldexp(std::frexp(x, &exponent), 53));
  return cpp_rational(integer) * power_of_two(exponent - 53);
}
/// The largest n with 2^n ≤ x.
inline int floor_log2(const cpp_rational& x) {
  int n = static_cast<int>(msb(numerator(x))) - static_cast<int>(msb(denominator(x)));
  while (power_of_two(n) > x) --n;
  while (power_of_two(n + 1) <= x) ++n;
  return n;
}

/// A format of up to 8 bits: code i stands for values[i], from the smallest up.
struct Numbers {
  explicit Numbers(const FloatFormat& f) : format(f) {
    const int count = 1 << (f.bits() - (f.is_signed ? 1 : 0)), p = f.precision;
    const int top = f.specials == Specials::ieee           ? count - (1 << (p - 1))
                    : f.specials == Specials::nan_all_ones ? count - 1
                                                           : count;
    for (int code = 0; code < top; ++code) {
      const int field = code >> (p - 1), fraction = code & ((1 << (p - 1)) - 1);
      const bool subnormal = field == 0 && f.has_zero;
      const int significand = subnormal ? fraction : fraction + (1 << (p - 1));
      values.push_back(cpp_rational(significand) * power_of_two((subnormal ? 1 : field) - f.bias - (p - 1)));
    }
  }
  bool has_minus_zero() const { return format.is_signed && format.specials != Specials::nan_minus_zero; }
  /// The code of NaN; −0 where there is none.
  int nan() const {
    const int sign = 1 << (format.bits() - 1);
    switch (format.specials) {
      case Specials::ieee: return sign - (1 << (format.precision - 2));
      case Specials::nan_all_ones: return (format.is_signed ? sign : 2 * sign) - 1;
      default: return sign;
    }
  }
  const cpp_rational& max() const { return values.back(); }
  /// The magnitude code of q > 0, saturating.
  int round(const cpp_rational& q, Rounding rounding, bool negative = false, int random_bits = 0,
            std::uint32_t random = 0) const {
    const auto above = std::upper_bound(values.begin(), values.end(), q);
    if (above == values.end()) return static_cast<int>(values.size()) - 1;
    if (above == values.begin()) return 0;  // a format without zero
    const int low = static_cast<int>(above - values.begin()) - 1;
    const cpp_rational delta =
        (q - values[static_cast<std::size_t>(low)]) / (*above - values[static_cast<std::size_t>(low)]);
    if (delta == 0) return low;
    const cpp_rational scaled = delta * power_of_two(random_bits);
    const cpp_int whole = numerator(scaled) / denominator(scaled);
    const cpp_rational rest = scaled - cpp_rational(whole), half(1, 2);
    const auto is_odd = [](const cpp_int& x) { return bit_test(x, 0); };
    const auto away = [&](const cpp_int& units) { return units + random >= (cpp_int(1) << random_bits); };
    const bool last_is_odd = format.precision == 1 || low % 2 != 0;  // without a fraction the significand is 1
    bool up = false;
    switch (rounding) {
      case Rounding::ties_to_even: up = delta > half || (delta == half && last_is_odd); break;
      case Rounding::ties_to_away: up = delta >= half; break;
      case Rounding::toward_zero: break;
      case Rounding::toward_positive: up = !negative; break;
      case Rounding::toward_negative: up = negative; break;
      case Rounding::to_odd: up = !last_is_odd; break;
      case Rounding::stochastic: up = away(whole + (rest > half || (rest == half && is_odd(whole)) ? 1 : 0)); break;
      case Rounding::stochastic_odd:
        up = away(whole + (rest > half || (rest == half && !is_odd(whole)) ? 1 : 0));
        break;
      case Rounding::stochastic_fast: up = away(whole + (rest >= half ? 1 : 0)); break;
      case Rounding::stochastic_fastest: up = away(whole); break;
    }
    return up ? low + 1 : low;
  }

  FloatFormat format;
  std::vector<cpp_rational> values;
};

inline double value_of(const Numbers& numbers, int code) {
  if (numbers.format.specials != Specials::none && code == numbers.nan()) return std::nan("");
  const int sign = numbers.format.is_signed ? 1 << (numbers.format.bits() - 1) : 0;
  const auto magnitude = static_cast<std::size_t>(code & ~sign);
  if (magnitude >= numbers.values.size())
    return numbers.format.specials == Specials::ieee && magnitude == numbers.values.size()
               ? ((code & sign) != 0 ? -1 : 1) * std::numeric_limits<double>::infinity()
               : std::nan("");
  const auto value = static_cast<double>(numbers.values[magnitude]);
  return (code & sign) != 0 ? -value : value;
}

/// The code of the scale of a block of those magnitudes, the largest of them amax.
inline int scale_code(const BlockFormat& f, const Numbers& element, const Numbers& scale, float amax, float tensor) {
  if (!std::isfinite(amax)) return scale.nan();
  if (amax == 0) return 0;
  const cpp_rational x = exact(amax);
  const int emax = floor_log2(element.max());
  int n = floor_log2(x) - emax;
  switch (f.rule) {
    case ScaleRule::rceil: return scale.round(x / (element.max() * exact(tensor)), Rounding::toward_positive);
    case ScaleRule::nearest: return scale.round(x / (element.max() * exact(tensor)), Rounding::ties_to_even);
    case ScaleRule::ceil: n += x != power_of_two(floor_log2(x)); break;
    case ScaleRule::even: {
      const cpp_rational place = power_of_two(floor_log2(x) - f.element.precision + 1);
      const cpp_rational places = x / place + cpp_rational(1, 2);
      n = floor_log2(cpp_rational(cpp_int(numerator(places) / denominator(places))) * place) - emax;
      break;
    }
    case ScaleRule::floor: break;
  }
  return scale.round(power_of_two(n), Rounding::ties_to_even);
}

}  // namespace block_oracle
