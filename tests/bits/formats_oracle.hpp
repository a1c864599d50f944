// An oracle that shares no code with the library: the numbers of a format by their formula, and one rounding that only
// ever compares an exact result with numbers and with points between numbers.
//
// A result is a sum or product of doubles with its error, kept apart (TwoSum, TwoProduct): every comparison is exact
// for operands of up to 24 bits, whose products and sums stay inside double's range.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"

namespace oracle {

using halfway::Arithmetic;
using halfway::FloatFormat;
using halfway::Overflow;
using halfway::Rounding;
using halfway::Specials;
using halfway::Subnormals;

inline constexpr Rounding all_roundings[] = {Rounding::ties_to_even,    Rounding::ties_to_away,
                                             Rounding::toward_zero,     Rounding::toward_positive,
                                             Rounding::toward_negative, Rounding::to_odd};
inline constexpr Rounding stochastic_roundings[] = {Rounding::stochastic, Rounding::stochastic_odd,
                                                    Rounding::stochastic_fast, Rounding::stochastic_fastest};

/// What happened in an operation, as a sum of these.
inline constexpr unsigned invalid = 1, divided_by_zero = 2, overflow = 4, underflow = 8, inexact = 16, made_nan = 32;

struct Result {
  std::uint32_t code;
  unsigned events = 0;
  int flushed = 0;

  friend bool operator==(const Result&, const Result&) = default;
};

inline int order(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

/// high + low exactly, low being at most half a unit in high's last place.
struct Exact {
  double high, low = 0;

  bool negative() const { return high < 0; }
  bool is_zero() const { return high == 0; }
  Exact magnitude() const { return negative() ? Exact{-high, -low} : *this; }
  int compare(double t) const { return high != t ? order(high, t) : order(low, 0); }
};
inline Exact sum(double a, double b) {
  const double s = a + b, part = s - a;
  return {s, (a - (s - part)) + (b - part)};
}
inline Exact product(double a, double b) { return {a * b, std::fma(a, b, -(a * b))}; }

/// A format of at most 32 bits: which codes are finite numbers, and which numbers they are.
class Format {
 public:
  explicit Format(const FloatFormat& f) : format_(f) {
    const auto per_binade = std::uint64_t{1} << (f.precision - 1);
    const std::uint64_t codes = per_binade << f.exponent_bits;
    std::uint64_t finite = codes;
    switch (f.specials) {
      case Specials::ieee: finite = codes - per_binade; break;
      case Specials::nan_all_ones: finite = codes - 1; break;
      case Specials::nan_minus_zero: break;
      case Specials::p3109: finite = codes - (f.is_signed ? 1 : 2); break;
      case Specials::none: break;
    }
    sign_ = f.is_signed ? static_cast<std::uint32_t>(codes) : 0;
    max_finite_ = static_cast<std::uint32_t>(finite - 1);
    if (f.bits() <= 16)
      for (std::uint32_t i = 0; i <= max_finite_; ++i) values_.push_back(formula(i));
    last_magnitude_ = static_cast<std::uint32_t>(codes - 1);
  }

  const FloatFormat& format() const { return format_; }
  std::uint32_t sign() const { return sign_; }
  /// Every bit.
  std::uint32_t mask() const { return sign_ | last_magnitude_; }
  std::uint32_t max_finite() const { return max_finite_; }
  bool has_infinity() const { return format_.specials == Specials::ieee || format_.specials == Specials::p3109; }
  bool has_nan() const { return format_.specials != Specials::none; }
  bool has_minus_zero() const {
    return sign_ != 0 && format_.specials != Specials::nan_minus_zero && format_.specials != Specials::p3109;
  }
  std::uint32_t nan() const {
    switch (format_.specials) {
      case Specials::ieee: return infinity() + (1u << (format_.precision - 2));
      case Specials::p3109: return sign_ != 0 ? sign_ : last_magnitude_;
      case Specials::nan_all_ones: return last_magnitude_;
      default: return sign_;  // −0, where there is no NaN
    }
  }
  /// Where there is none, NaN.
  std::uint32_t infinity() const { return has_infinity() ? max_finite_ + 1 : nan(); }
  std::uint32_t infinity(bool is_negative) const {
    return has_infinity() && is_negative ? infinity() | sign_ : infinity();
  }
  std::uint32_t zero(bool is_negative) const { return is_negative && has_minus_zero() ? sign_ : 0; }

  bool is_nan(std::uint32_t code) const {
    switch (format_.specials) {
      case Specials::ieee: return (code & last_magnitude_) > infinity();
      case Specials::nan_all_ones: return (code & last_magnitude_) == last_magnitude_;
      case Specials::none: return false;
      default: return code == nan();
    }
  }
  bool is_infinity(std::uint32_t code) const {
    return has_infinity() && !is_nan(code) && (code & last_magnitude_) == infinity();
  }
  bool is_finite(std::uint32_t code) const { return !is_nan(code) && !is_infinity(code); }
  bool is_zero(std::uint32_t code) const { return is_finite(code) && value(code) == 0; }
  bool is_subnormal(std::uint32_t code) const {
    return is_finite(code) && std::fabs(value(code)) < min_normal() && !is_zero(code);
  }
  bool negative(std::uint32_t code) const { return (code & sign_) != 0; }
  double min_normal() const { return std::ldexp(1.0, (format_.has_zero ? 1 : 0) - format_.bias); }

  /// The finite magnitudes of a format of at most 16 bits, by code.
  const std::vector<double>& values() const { return values_; }
  double magnitude(std::uint32_t i) const { return values_.empty() ? formula(i) : values_[i]; }
  /// Finite codes only.
  double value(std::uint32_t code) const {
    return negative(code) ? -magnitude(code & last_magnitude_) : magnitude(code & last_magnitude_);
  }
  /// NaNs and infinities too.
  double any_value(std::uint32_t code) const {
    if (is_nan(code)) return std::numeric_limits<double>::quiet_NaN();
    if (is_infinity(code)) return negative(code) ? -HUGE_VAL : HUGE_VAL;
    return value(code);
  }
  /// The number after magnitude code `i`, which may be the first one beyond the format.
  double after(std::uint32_t i) const { return formula(i + 1); }
  double midpoint(std::uint32_t i) const { return magnitude(i) + (after(i) - magnitude(i)) / 2; }

  /// The code of an exact result that is not zero, whose magnitude |r| is known through compare(t) = sign of |r| − t.
  template <class Compare>
  Result round(bool is_negative, const Arithmetic& how, std::uint32_t random, Compare compare) const {
    if (is_negative && sign_ == 0)
      return how.overflow == Overflow::saturate || !has_nan() ? Result{0, inexact} : Result{nan(), invalid | made_nan};
    const bool tiny = is_tiny(is_negative, how, random, compare);
    if (compare(magnitude(0)) < 0) return {0, inexact | (tiny ? underflow : 0)};  // no zero
    std::uint32_t low = 0;
    for (std::uint32_t end = max_finite_; low < end;) {
      const std::uint32_t middle = low + (end - low + 1) / 2;
      if (compare(magnitude(middle)) >= 0) {
        low = middle;
      } else {
        end = middle - 1;
      }
    }
    if (tiny && how.results == Subnormals::flush && format_.has_zero)
      return {zero(is_negative), inexact | underflow, 1};
    if (compare(magnitude(low)) == 0) return {signed_code(is_negative, low)};
    if (low == max_finite_ && compare(after(low)) >= 0) return overflowed(is_negative, how);
    const bool odd = format_.precision > 1 ? low % 2 != 0 : low != 0 || !format_.has_zero;  // the significand
    if (!rounds_up({magnitude(low), after(low), odd}, is_negative, how, random, compare))
      return {signed_code(is_negative, low), inexact | (tiny ? underflow : 0)};
    if (low == max_finite_) return overflowed(is_negative, how);
    return {signed_code(is_negative, low + 1), inexact | (tiny ? underflow : 0)};
  }
  /// A double.
  Result round(double x, const Arithmetic& how, std::uint32_t random = 0) const {
    if (std::isnan(x)) return {nan(), has_nan() ? 0 : invalid};
    if (std::isinf(x)) return infinite(x < 0, how);
    if (x == 0) return exact_zero(std::signbit(x), how);
    return round(x < 0, how, random, [m = std::fabs(x)](double t) { return order(m, t); });
  }
  std::uint32_t round(double x, Rounding rounding) const { return round(x, Arithmetic{.rounding = rounding}).code; }

  /// What stands for an infinite result.
  Result infinite(bool is_negative, const Arithmetic& how) const {
    const bool clamps = how.overflow == Overflow::saturate || !has_nan();
    if (is_negative && sign_ == 0) return clamps ? Result{0, inexact} : Result{nan(), invalid | made_nan};
    if (clamps) return {signed_code(is_negative, max_finite_), inexact};
    if (has_infinity()) return {infinity(is_negative)};
    return {nan(), invalid | made_nan};
  }
  Result exact_zero(bool is_negative, const Arithmetic& how) const {
    if (format_.has_zero) return {zero(is_negative)};
    return how.overflow == Overflow::saturate ? Result{0, inexact} : Result{nan(), invalid | made_nan};
  }

 private:
  struct Interval {
    double low, high;
    bool low_is_odd;
  };

  double formula(std::uint32_t i) const {
    const std::uint32_t per_binade = 1u << (format_.precision - 1);
    const auto field = static_cast<int>(i / per_binade);
    const double fraction = std::ldexp(i % per_binade, 1 - format_.precision);
    if (field == 0 && format_.has_zero) return std::ldexp(fraction, 1 - format_.bias);
    return std::ldexp(1 + fraction, field - format_.bias);
  }
  std::uint32_t signed_code(bool is_negative, std::uint32_t i) const {
    return i == 0 && format_.has_zero ? zero(is_negative) : is_negative ? i | sign_ : i;
  }
  Result overflowed(bool is_negative, const Arithmetic& how) const {
    const Rounding inward = is_negative ? Rounding::toward_positive : Rounding::toward_negative;
    const bool stays = how.rounding == Rounding::toward_zero || how.rounding == Rounding::to_odd ||
                       how.rounding == inward || how.overflow == Overflow::saturate || !has_nan();
    if (stays) return {signed_code(is_negative, max_finite_), overflow | inexact};
    return {infinity(is_negative), overflow | inexact | (has_infinity() ? 0 : made_nan)};
  }
  /// Below the smallest normal number, also after rounding to the format's precision with exponents unbounded.
  template <class Compare>
  bool is_tiny(bool is_negative, const Arithmetic& how, std::uint32_t random, Compare compare) const {
    const double high = min_normal(), low = high - std::ldexp(high, -format_.precision);
    if (compare(high) >= 0) return false;
    return compare(low) <= 0 || !rounds_up({low, high, true}, is_negative, how, random, compare);
  }
  /// Of a result inside the interval.
  template <class Compare>
  bool rounds_up(const Interval& in, bool is_negative, const Arithmetic& how, std::uint32_t random,
                 Compare compare) const {
    const double gap = in.high - in.low;
    switch (how.rounding) {
      case Rounding::ties_to_even: {
        const int half = compare(in.low + gap / 2);
        return half > 0 || (half == 0 && in.low_is_odd);
      }
      case Rounding::ties_to_away: return compare(in.low + gap / 2) >= 0;
      case Rounding::toward_zero: return false;
      case Rounding::toward_positive: return !is_negative;
      case Rounding::toward_negative: return is_negative;
      case Rounding::to_odd: return !in.low_is_odd;
      default: break;
    }
    // δ·2^r, rounded to an integer, has to reach needed = 2^r − R.
    if (format_.precision + how.random_bits + 2 > 53) throw std::logic_error("the oracle compares with doubles");
    const auto needed = static_cast<std::int64_t>((std::uint64_t{1} << how.random_bits) - random);
    const double point =
        how.rounding == Rounding::stochastic_fastest ? static_cast<double>(needed) : static_cast<double>(needed) - 0.5;
    const int side = compare(in.low + std::ldexp(gap * point, -how.random_bits));
    switch (how.rounding) {
      case Rounding::stochastic: return side > 0 || (side == 0 && needed % 2 == 0);
      case Rounding::stochastic_odd: return side > 0 || (side == 0 && needed % 2 != 0);
      default: return side >= 0;
    }
  }

  FloatFormat format_;
  std::uint32_t sign_ = 0, max_finite_ = 0, last_magnitude_ = 0;
  std::vector<double> values_;
};

/// Codes where things happen: zeros, the ends of the subnormals, powers of two and their neighbours, the largest
/// numbers, infinities, NaNs; then `more` codes from a fixed sequence. Both signs.
inline std::vector<std::uint32_t> interesting_codes(const FloatFormat& f, std::uint32_t more) {
  const Format format(f);
  const std::uint64_t step = std::uint64_t{1} << (f.precision - 1), end = step << f.exponent_bits;
  std::vector<std::uint64_t> places{1,      2, 3, step - 1, step, step + 1, end - step - 1, end - step, end - step + 1,
                                    end - 1};
  for (std::uint64_t field = 0; field < end / step; field += (f.exponent_bits > 5 ? 5 : 1))
    for (const std::uint64_t fraction : {std::uint64_t{0}, std::uint64_t{1}, step / 2, step - 1})
      places.push_back(field * step + fraction);
  std::uint64_t state = 1;
  for (std::uint32_t i = 0; i < more; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    places.push_back((state >> 30) & (end - 1));
  }
  std::vector<std::uint32_t> codes;
  for (const std::uint64_t place : places) {
    codes.push_back(static_cast<std::uint32_t>(place & (end - 1)));
    codes.push_back(codes.back() | format.sign());
  }
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

}  // namespace oracle
