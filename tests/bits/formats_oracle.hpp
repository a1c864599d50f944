// An oracle that shares no code with the library: the numbers of a format by their formula, sorted, and one rounding
// that only ever compares an exact result with numbers and with midpoints between numbers.
#pragma once
#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"

namespace oracle {

using boost::multiprecision::cpp_int;
using halfway::FloatFormat;
using halfway::Rounding;
using halfway::Specials;

inline constexpr Rounding all_roundings[] = {Rounding::ties_to_even,    Rounding::ties_to_away,
                                             Rounding::toward_zero,     Rounding::toward_positive,
                                             Rounding::toward_negative, Rounding::to_odd};

/// x·2^400 for a multiple of 2^−400.
inline cpp_int fixed(double x) {
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  const auto integer = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  const int up = exponent - 53 + 400;
  return up >= 0 ? cpp_int(cpp_int(integer) << up) : cpp_int(cpp_int(integer) >> -up);
}
inline cpp_int fixed_one() { return cpp_int(1) << 400; }
inline int sign_of(const cpp_int& x) { return x.sign(); }

/// A format of at most 16 bits as the sorted list of its finite magnitudes: the index is the code.
class Format {
 public:
  explicit Format(const FloatFormat& f) : format_(f) {
    for (std::uint32_t code = 0; code < (1u << (f.bits() - 1)); ++code) {
      const auto field = static_cast<int>(code >> (f.precision - 1));
      const double fraction = std::ldexp(static_cast<double>(code & ((1u << (f.precision - 1)) - 1)), 1 - f.precision);
      if (f.specials == Specials::ieee && field == (1 << f.exponent_bits) - 1) break;
      if (f.specials == Specials::nan_all_ones && code == (1u << (f.bits() - 1)) - 1) break;
      values_.push_back(field == 0 ? std::ldexp(fraction, 1 - f.bias) : std::ldexp(1 + fraction, field - f.bias));
    }
  }
  std::uint32_t sign() const { return 1u << (format_.bits() - 1); }
  std::uint32_t max_finite() const { return static_cast<std::uint32_t>(values_.size()) - 1; }
  bool has_infinity() const { return format_.specials == Specials::ieee; }
  std::uint32_t nan() const {
    return has_infinity() ? max_finite() + 1 + (1u << (format_.precision - 2)) : max_finite() + 1;
  }
  std::uint32_t infinity() const { return has_infinity() ? max_finite() + 1 : nan(); }
  bool is_nan(std::uint32_t code) const { return (code & ~sign()) > max_finite() + (has_infinity() ? 1 : 0); }
  bool is_infinity(std::uint32_t code) const { return has_infinity() && (code & ~sign()) == max_finite() + 1; }
  bool is_zero(std::uint32_t code) const { return (code & ~sign()) == 0; }
  bool negative(std::uint32_t code) const { return (code & sign()) != 0; }
  const std::vector<double>& values() const { return values_; }
  /// Finite codes only.
  double value(std::uint32_t code) const { return negative(code) ? -values_[code & ~sign()] : values_[code & ~sign()]; }
  /// The number after magnitude code `i`, which may be the first one beyond the format.
  double after(std::uint32_t i) const { return i < max_finite() ? values_[i + 1] : 2 * values_[i] - values_[i - 1]; }
  double midpoint(std::uint32_t i) const { return values_[i] + (after(i) - values_[i]) / 2; }

  /// The code of an exact result that is not zero, whose magnitude |r| is known through compare(t) = sign of |r| − t,
  /// and which is somewhere near `guess`.
  template <class Compare>
  std::uint32_t round(bool is_negative, double guess, Rounding rounding, Compare compare) const {
    const auto above = std::upper_bound(values_.begin(), values_.end(), guess);
    std::uint32_t low = above == values_.begin() ? 0 : static_cast<std::uint32_t>(above - values_.begin()) - 1;
    while (low > 0 && compare(values_[low]) < 0) --low;
    while (low < max_finite() && compare(values_[low + 1]) >= 0) ++low;
    bool up = false;
    const bool beyond = low == max_finite() && compare(after(low)) >= 0;
    if (beyond || compare(values_[low]) != 0) {
      const int half = beyond ? 1 : compare(midpoint(low));
      switch (rounding) {
        case Rounding::ties_to_even: up = half > 0 || (half == 0 && low % 2 != 0); break;
        case Rounding::ties_to_away: up = half >= 0; break;
        case Rounding::toward_zero: break;
        case Rounding::toward_positive: up = !is_negative; break;
        case Rounding::toward_negative: up = is_negative; break;
        case Rounding::to_odd: up = low % 2 == 0 && low < max_finite(); break;
        default: break;
      }
    }
    const std::uint32_t magnitude = low + (up ? 1 : 0);
    if (magnitude > max_finite()) return has_infinity() && is_negative ? infinity() | sign() : infinity();
    return is_negative ? magnitude | sign() : magnitude;
  }
  std::uint32_t zero(bool is_negative) const { return is_negative ? sign() : 0; }
  std::uint32_t infinity(bool is_negative) const {
    return has_infinity() && is_negative ? infinity() | sign() : infinity();
  }

  /// A double, exactly.
  std::uint32_t round(double x, Rounding rounding) const {
    if (std::isnan(x)) return nan();
    if (std::isinf(x)) return infinity(x < 0);
    if (x == 0) return zero(std::signbit(x));
    const double magnitude = std::fabs(x);
    return round(x < 0, magnitude, rounding, [&](double t) { return magnitude < t ? -1 : magnitude > t ? 1 : 0; });
  }
  /// An exact integer times 2^−400.
  std::uint32_t round(const cpp_int& x, double guess, Rounding rounding) const {
    const cpp_int magnitude = abs(x);
    return round(x < 0, std::fabs(guess), rounding, [&](double t) { return sign_of(magnitude - fixed(t)); });
  }

  std::uint32_t add(std::uint32_t a, std::uint32_t b, Rounding rounding) const {
    if (is_nan(a) || is_nan(b) || (is_infinity(a) && is_infinity(b) && a != b)) return nan();
    if (is_infinity(a)) return a;
    if (is_infinity(b)) return b;
    const cpp_int sum = fixed(value(a)) + fixed(value(b));
    if (sum == 0)
      return zero(negative(a) == negative(b) && is_zero(a) ? negative(a) : rounding == Rounding::toward_negative);
    return round(sum, value(a) + value(b), rounding);
  }
  std::uint32_t multiply(std::uint32_t a, std::uint32_t b, Rounding rounding) const {
    const bool minus = negative(a) != negative(b);
    if (is_nan(a) || is_nan(b)) return nan();
    if (is_infinity(a) || is_infinity(b)) return is_zero(a) || is_zero(b) ? nan() : infinity(minus);
    if (is_zero(a) || is_zero(b)) return zero(minus);
    return round((fixed(value(a)) * fixed(value(b))) >> 400, value(a) * value(b), rounding);
  }
  std::uint32_t divide(std::uint32_t a, std::uint32_t b, Rounding rounding) const {
    const bool minus = negative(a) != negative(b);
    if (is_nan(a) || is_nan(b) || (is_infinity(a) && is_infinity(b)) || (is_zero(a) && is_zero(b))) return nan();
    if (is_infinity(a) || is_zero(b)) return infinity(minus);
    if (is_infinity(b) || is_zero(a)) return zero(minus);
    const double x = std::fabs(value(a)), y = std::fabs(value(b));
    const cpp_int dividend = fixed(x) << 400, divisor = fixed(y);
    return round(minus, x / y, rounding, [&](double t) { return sign_of(dividend - divisor * fixed(t)); });
  }
  std::uint32_t square_root(std::uint32_t a, Rounding rounding) const {
    if (is_nan(a)) return nan();
    if (is_zero(a)) return a;
    if (negative(a)) return nan();
    if (is_infinity(a)) return a;
    const cpp_int radicand = fixed(value(a)) << 400;
    return round(false, std::sqrt(value(a)), rounding,
                 [&](double t) { return sign_of(radicand - fixed(t) * fixed(t)); });
  }
  std::uint32_t fma(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding) const {
    const bool minus = negative(a) != negative(b);
    if (is_nan(a) || is_nan(b) || is_nan(c)) return nan();
    if (is_infinity(a) || is_infinity(b)) {
      if (is_zero(a) || is_zero(b) || (is_infinity(c) && negative(c) != minus)) return nan();
      return infinity(minus);
    }
    if (is_infinity(c)) return c;
    const cpp_int product = (fixed(value(a)) * fixed(value(b))) >> 400;
    const cpp_int sum = product + fixed(value(c));
    if (sum == 0)
      return zero(product == 0 && is_zero(c) && minus == negative(c) ? minus : rounding == Rounding::toward_negative);
    return round(sum, value(a) * value(b) + value(c), rounding);
  }

 private:
  FloatFormat format_;
  std::vector<double> values_;
};

/// Codes where things happen: zeros, the ends of the subnormals, powers of two and their neighbours, the largest
/// numbers, infinities, NaNs; then `more` codes from a fixed sequence. Both signs.
inline std::vector<std::uint32_t> interesting_codes(const FloatFormat& f, std::uint32_t more) {
  const std::uint32_t sign = 1u << (f.bits() - 1), step = 1u << (f.precision - 1);
  std::vector<std::uint32_t> codes;
  for (std::uint32_t field = 0; field < (1u << f.exponent_bits); field += (f.exponent_bits > 5 ? 5 : 1))
    for (const std::uint32_t code : {field * step, field * step + 1, field * step + step / 2, field * step + step - 1})
      codes.push_back(code);
  for (const std::uint32_t code :
       {1u, 2u, 3u, step - 1, step, step + 1, sign - step - 1, sign - step, sign - step + 1, sign - 1})
    codes.push_back(code);
  std::uint64_t state = 1;
  for (std::uint32_t i = 0; i < more; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    codes.push_back(static_cast<std::uint32_t>(state >> 40) & (sign - 1));
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  const std::size_t count = codes.size();
  for (std::size_t i = 0; i < count; ++i) codes.push_back(codes[i] | sign);
  return codes;
}

}  // namespace oracle
