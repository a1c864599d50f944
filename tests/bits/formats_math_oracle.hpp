// MPFR as the oracle of functions: it shares no code with the library. MPFR says of each of its own functions whether a
// result is exact; what is composed here is computed with more and more bits until the first 53 are certain.
#pragma once
#include <mpfr.h>

#include <bit>
#include <cmath>

#include "formats_oracle.hpp"
#include "halfway/formats/math.hpp"

namespace oracle {

using halfway::Function;

/// An MPFR number that cleans up.
class Real {
 public:
  explicit Real(mpfr_prec_t bits, double value = 0) {
    mpfr_init2(number_, bits);
    mpfr_set_d(number_, value, MPFR_RNDN);
  }
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;
  ~Real() { mpfr_clear(number_); }
  operator mpfr_ptr() { return number_; }  // NOLINT(google-explicit-constructor)

 private:
  mpfr_t number_;
};

/// A result truncated to 53 bits, and whether that changed it. Magnitudes beyond 2^±600 stand as 2^±600.
struct Truncated {
  double value;
  bool inexact;

  bool operator==(const Truncated&) const = default;
};

inline Truncated truncated(double value, bool inexact, bool negative) {
  if (std::isnan(value) || std::isinf(value)) return {value, false};
  if (inexact && std::fabs(value) < 0x1p-600) return {negative ? -0x1p-600 : 0x1p-600, true};
  if (std::fabs(value) > 0x1p600) return {negative ? -0x1p600 : 0x1p600, true};
  return {value, inexact};
}

/// From MPFR's result of 53 bits, rounded toward zero, and its ternary value.
inline Truncated truncated(Real& y, int ternary) {
  const double value = mpfr_get_d(y, MPFR_RNDZ);
  const bool beyond_double = std::fabs(value) < 0x1p-600 && mpfr_zero_p(y) == 0;
  return truncated(value, ternary != 0 || beyond_double, mpfr_signbit(y) != 0);
}

/// The functions that MPFR does not have; the relative error is below 2^24 units of the last of `bits` bits.
inline void compose(Function f, Real& y, Real& x, mpfr_prec_t bits) {
  Real t(bits);
  switch (f) {
    case Function::sigmoid:
    case Function::silu:
      mpfr_neg(t, x, MPFR_RNDN);
      mpfr_exp(t, t, MPFR_RNDN);
      mpfr_add_ui(t, t, 1, MPFR_RNDN);
      mpfr_ui_div(y, 1, t, MPFR_RNDN);
      if (f == Function::silu) mpfr_mul(y, y, x, MPFR_RNDN);
      break;
    case Function::softplus:
      mpfr_exp(t, x, MPFR_RNDN);
      mpfr_log1p(y, t, MPFR_RNDN);
      break;
    default:  // gelu: x/2·erfc(−x/√2), whose argument's error is multiplied by x²
      mpfr_sqrt_ui(t, 2, MPFR_RNDN);
      mpfr_div(t, x, t, MPFR_RNDN);
      mpfr_neg(t, t, MPFR_RNDN);
      mpfr_erfc(t, t, MPFR_RNDN);
      mpfr_mul(y, t, x, MPFR_RNDN);
      mpfr_div_ui(y, y, 2, MPFR_RNDN);
  }
}

inline Truncated composed(Function f, double x) {
  if (x == 0 && f == Function::sigmoid) return {0.5, false};
  if (x == 0 && f != Function::softplus) return {x, false};
  if (std::fabs(x) > (f == Function::gelu ? 40 : 1000)) {  // as near to the limit as no number of 53 bits is
    const double limit = x < 0 ? 0 : f == Function::sigmoid ? 1 : x;
    const bool negative = x < 0 && (f == Function::gelu || f == Function::silu);
    const bool from_above = f == Function::softplus || (x < 0 && f == Function::sigmoid);
    return truncated(limit == 0 || from_above ? limit : std::nextafter(limit, 0.0), true, negative);
  }
  for (mpfr_prec_t bits = 160;; bits *= 2) {
    Real exact(53, x), y(bits), error(bits), low(53), high(53);
    compose(f, y, exact, bits);
    mpfr_abs(error, y, MPFR_RNDU);
    mpfr_mul_2si(error, error, 24 - bits, MPFR_RNDU);
    const int below = mpfr_sub(low, y, error, MPFR_RNDZ), above = mpfr_add(high, y, error, MPFR_RNDZ);
    if (mpfr_equal_p(low, high) && below != 0 && above != 0) return truncated(low, 1);
  }
}

/// f of a finite x.
inline Truncated evaluate(Function f, double x) {
  constexpr mpfr_rnd_t toward_zero = MPFR_RNDZ;
  Real a(53, x), y(53);
  switch (f) {
    case Function::exp: return truncated(y, mpfr_exp(y, a, toward_zero));
    case Function::exp2: return truncated(y, mpfr_exp2(y, a, toward_zero));
    case Function::expm1: return truncated(y, mpfr_expm1(y, a, toward_zero));
    case Function::log: return truncated(y, mpfr_log(y, a, toward_zero));
    case Function::log2: return truncated(y, mpfr_log2(y, a, toward_zero));
    case Function::log1p: return truncated(y, mpfr_log1p(y, a, toward_zero));
    case Function::sin: return truncated(y, mpfr_sin(y, a, toward_zero));
    case Function::cos: return truncated(y, mpfr_cos(y, a, toward_zero));
    case Function::tanh: return truncated(y, mpfr_tanh(y, a, toward_zero));
    case Function::erf: return truncated(y, mpfr_erf(y, a, toward_zero));
    case Function::rsqrt:  // MPFR's of −0 is +∞, IEEE 754's −∞
      return x == 0 ? Truncated{1 / x, false} : truncated(y, mpfr_rec_sqrt(y, a, toward_zero));
    case Function::reciprocal: return truncated(y, mpfr_ui_div(y, 1, a, toward_zero));
    case Function::cbrt: return truncated(y, mpfr_cbrt(y, a, toward_zero));
    default: return composed(f, x);
  }
}
inline Truncated pow(double x, double y) {
  Real a(53, x), b(53, y), z(53);
  return truncated(z, mpfr_pow(z, a, b, MPFR_RNDZ));
}
inline Truncated atan2(double y, double x) {
  Real a(53, y), b(53, x), z(53);
  return truncated(z, mpfr_atan2(z, a, b, MPFR_RNDZ));
}

/// What a binary64 rounded to odd says: the last bit is set where the result is inexact.
inline bool says(double to_odd, const Truncated& expected) {
  if (std::isnan(to_odd) || std::isnan(expected.value)) return std::isnan(to_odd) && std::isnan(expected.value);
  const double size = std::fabs(to_odd);
  if (expected.inexact && (size <= 0x1p-600 || (size >= 0x1p600 && !std::isinf(size))))
    return truncated(size <= 0x1p-600 ? 0 : to_odd, true, to_odd < 0) == expected;
  const auto odd = std::bit_cast<std::uint64_t>(expected.value) | std::uint64_t{expected.inexact};
  return std::bit_cast<std::uint64_t>(to_odd) == odd;
}

/// What an expected result becomes in a format.
inline Result round(const Format& format, const Truncated& x, const Arithmetic& how) {
  if (!x.inexact) return format.round(x.value, how);
  const double size = std::fabs(x.value);
  return format.round(std::signbit(x.value), how, 0, [&](double t) { return size < t ? -1 : 1; });
}

}  // namespace oracle
