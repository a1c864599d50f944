// Sigmoids, the error function and the activations made of them, of Reals.
#include <array>

#include "formats/math_kernels.hpp"
#include "formats/math_series.hpp"

namespace halfway::detail::math {

namespace {

constexpr int tiny = -20;  // exponents below which the short series of tanh and sigmoid stand

/// e^(−k²/9) for k = 1, 2, …: below 2^−128 after the last.
const std::array<Real, 30>& gaussians() {
  static const auto table = [] {
    std::array<Real, 30> terms;
    for (int k = 1; k <= 30; ++k)
      terms[static_cast<std::size_t>(k - 1)] = exp(divide(real(std::int64_t{-k * k}), real(std::int64_t{9})));
    return terms;
  }();
  return table;
}

/// erfc(y) for y ≥ 0.7, given y² too: erfc(y) = y·e^(−y²)/π · ∫ e^(−t²)/(t² + y²) dt over the real line by the
/// trapezoidal rule with step h = 1/3, whose error is e^(−(π/h)²) = 2^−128 once the pole at iy is accounted for (Hunter
/// and Regan, "A note on the evaluation of the complementary error function", Mathematics of Computation 26, 1972).
Real erfc(Real y, Real y_squared) {
  if (y_squared.exponent >= 20) return exp(-y_squared);  // 0 to every format
  const Real nine_squares = multiply(real(std::int64_t{9}), y_squared);
  Real sum;
  for (std::int64_t k = 30; k >= 1; --k)
    sum = add(sum, divide(gaussians()[static_cast<std::size_t>(k - 1)], add(real(k * k), nine_squares)));
  sum = add(divide(one, nine_squares), scale(sum, 1));
  const Real factor = multiply(multiply(real(std::int64_t{3}), y), divide(exp(-y_squared), pi));
  const Real integral = multiply(factor, sum);
  if (nearest_integer(y) >= 10) return integral;  // beyond π/h the pole has no part in it
  const Real pole = divide(real(std::int64_t{2}), expm1(multiply(multiply(real(std::int64_t{6}), pi), y)));
  return subtract(integral, pole);
}

/// erf(y) for 0 < |y| < 1, by Taylor's series.
Real erf_near_zero(Real y, Real y_squared) {
  const Real terms = subtract(one, multiply(y_squared, series(erf_terms, -y_squared)));
  return multiply(multiply(two_over_sqrt_pi, y), terms);
}

}  // namespace

Real tanh(Real x) {
  if (x.exponent < tiny) {
    const Real z = square(x);
    return multiply(x, subtract(one, multiply(z, series(tanh_terms, -z))));
  }
  const Real two = real(std::int64_t{2}), e = expm1(scale(magnitude(x), 1));
  const Real y = x.exponent < 0 ? divide(e, add(e, two)) : subtract(one, divide(two, add(e, two)));
  return {y.significand, y.exponent, x.negative};
}

Real sigmoid(Real x) {
  if (x.exponent < tiny || x.is_zero()) {
    const Real z = square(x), slope = subtract(scale(one, -2), multiply(z, series(sigmoid_terms, -z)));
    return add(scale(one, -1), multiply(x, slope));
  }
  const Real small = divide(one, add(one, exp(magnitude(x))));
  return x.negative ? small : subtract(one, small);
}

Real erf(Real x) {
  const Real size = magnitude(x);
  const Real y = x.exponent < 0 ? erf_near_zero(size, square(size)) : subtract(one, erfc(size, square(size)));
  return {y.significand, y.exponent, x.negative};
}

Real gelu(Real x) {
  const Real y = multiply(magnitude(x), sqrt_half), y_squared = scale(square(x), -1);
  if (x.exponent < 0) {
    const Real e = erf_near_zero(y, y_squared);
    return multiply(scale(x, -1), add(one, x.negative ? -e : e));
  }
  const Real tail = erfc(y, y_squared);
  return multiply(scale(x, -1), x.negative ? tail : subtract(real(std::int64_t{2}), tail));
}

Real silu(Real x) { return multiply(x, sigmoid(x)); }

}  // namespace halfway::detail::math
