// float32 functions beside float64 ones: the error of a result, in units of its last place, and the bounds that
// docs/functions.md states.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "halfway/formats/math.hpp"

/// f(x) by the C library in float64, or composed of its functions: right to some 2^−50 (gelu's tail: 2^−44), a
/// millionth of a unit in the last place of a float. Where it matters the tests ask to_odd().
inline double by_libm(halfway::Function f, double x) {
  using halfway::Function;
  switch (f) {
    case Function::exp: return std::exp(x);
    case Function::exp2: return std::exp2(x);
    case Function::expm1: return std::expm1(x);
    case Function::log: return std::log(x);
    case Function::log2: return std::log2(x);
    case Function::log1p: return std::log1p(x);
    case Function::sin: return std::sin(x);
    case Function::cos: return std::cos(x);
    case Function::tanh: return std::tanh(x);
    case Function::sigmoid: return 1 / (1 + std::exp(-x));
    case Function::softplus: return (x < 0 ? 0 : x) + std::log1p(std::exp(-std::fabs(x)));
    case Function::erf: return std::erf(x);
    case Function::gelu: return x < -30 ? -0.0 : 0.5 * x * std::erfc(-x * 0.70710678118654752440);
    case Function::silu: return x < -700 ? -0.0 : x / (1 + std::exp(-x));
    case Function::rsqrt: return 1 / std::sqrt(x);
    case Function::reciprocal: return 1 / x;
    case Function::cbrt: return std::cbrt(x);
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// How far the float y is from the exact value, in units of the float's last place that the exact value has; infinite
/// where y has the wrong sign, is not the infinity or the canonical NaN that it is to be, or is one.
inline double error_in_ulp(float y, double exact) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (std::isnan(exact)) return std::bit_cast<std::uint32_t>(y) == 0x7FC00000 ? 0 : wrong;
  if (std::isinf(static_cast<float>(exact))) return y == static_cast<float>(exact) ? 0 : wrong;
  if (std::isnan(y) || std::isinf(y) || std::signbit(y) != std::signbit(exact)) return wrong;
  const auto exponent = static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7FF) - 1023;
  const std::int64_t last_place = std::max<std::int64_t>(exponent, -126) - 23;
  return std::fabs(y - exact) * std::bit_cast<double>((1023 - last_place) << 52);  // × 2^−last_place
}

/// Bounds on the largest errors over all 2^32 floats, which docs/functions.md has to six places.
inline double float32_bound(halfway::Function f) {
  return f == halfway::Function::exp ? 1.0425 : f == halfway::Function::log ? 0.8348 : 0.5001;
}
