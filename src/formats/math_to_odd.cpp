#include "formats/math_to_odd.hpp"

#include <limits>

#include "formats/math_kernels.hpp"

namespace halfway::detail {

namespace {

using math::real;
using math::Real;

constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

// Doubles as bits: comparisons of doubles would read the caller's environment (subnormals as zeros).
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63, infinity_bits = std::uint64_t{0x7FF} << 52;
std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }
std::uint64_t size_of(double x) { return bits_of(x) & ~sign_bit; }
bool is_nan(double x) { return size_of(x) > infinity_bits; }
bool is_infinite(double x) { return size_of(x) == infinity_bits; }
bool is_zero(double x) { return size_of(x) == 0; }
bool is_negative(double x) { return (bits_of(x) & sign_bit) != 0; }
double with_sign_of(double size, double sign) {
  return std::bit_cast<double>(bits_of(size) | (bits_of(sign) & sign_bit));
}

/// f(+∞) and f(−∞): limits; NaN where there is none.
double at_infinity(Function f, bool negative) {
  switch (f) {
    case Function::exp:
    case Function::exp2:
    case Function::softplus: return negative ? 0 : inf;
    case Function::expm1: return negative ? -1 : inf;
    case Function::log:
    case Function::log2:
    case Function::log1p: return negative ? nan : inf;
    case Function::sin:
    case Function::cos: return nan;
    case Function::tanh:
    case Function::erf: return negative ? -1 : 1;
    case Function::sigmoid: return negative ? 0 : 1;
    case Function::gelu:
    case Function::silu: return negative ? -0.0 : inf;
    case Function::rsqrt: return negative ? nan : 0;
    case Function::reciprocal: return negative ? -0.0 : 0;
    case Function::cbrt: return negative ? -inf : inf;
  }
  return nan;
}

/// f(±0).
double at_zero(Function f, double zero) {
  switch (f) {
    case Function::exp:
    case Function::exp2:
    case Function::cos: return 1;
    case Function::log:
    case Function::log2: return -inf;
    case Function::sigmoid: return 0.5;
    case Function::softplus: return to_odd_double(math::softplus({}));
    case Function::rsqrt:
    case Function::reciprocal: return with_sign_of(inf, zero);
    case Function::expm1:
    case Function::log1p:
    case Function::sin:
    case Function::tanh:
    case Function::erf:
    case Function::gelu:
    case Function::silu:
    case Function::cbrt: return zero;
  }
  return nan;
}

/// f of a finite number that is not zero.
double at_number(Function f, Real x) {
  const bool positive = !x.negative, is_one = math::is_power_of_two(x) && x.exponent == 0;
  switch (f) {
    case Function::exp: return to_odd_double(math::exp(x));
    case Function::exp2: return to_odd_double(math::exp2(x));
    case Function::expm1: return to_odd_double(math::expm1(x));
    case Function::log: return is_one && positive ? 0 : positive ? to_odd_double(math::log(x)) : nan;
    case Function::log2: return positive ? to_odd_double(math::log2(x)) : nan;
    case Function::log1p:
      if (positive || x.exponent < 0) return to_odd_double(math::log1p(x));
      return is_one ? -inf : nan;
    case Function::sin: return to_odd_double(math::sin(x));
    case Function::cos: return to_odd_double(math::cos(x));
    case Function::tanh: return to_odd_double(math::tanh(x));
    case Function::sigmoid: return to_odd_double(math::sigmoid(x));
    case Function::softplus: return to_odd_double(math::softplus(x));
    case Function::erf: return to_odd_double(math::erf(x));
    case Function::gelu: return to_odd_double(math::gelu(x));
    case Function::silu: return to_odd_double(math::silu(x));
    case Function::rsqrt: return positive ? to_odd_double(math::rsqrt(x)) : nan;
    case Function::reciprocal: return to_odd_double(math::divide(real(std::int64_t{1}), x));
    case Function::cbrt: return to_odd_double(math::cbrt(x));
  }
  return nan;
}

}  // namespace

double to_odd(Function f, double x) {
  if (is_nan(x)) return nan;
  if (is_infinite(x)) return at_infinity(f, is_negative(x));
  if (is_zero(x)) return at_zero(f, x);
  return at_number(f, real(x));
}

double to_odd_pow(double x, double y) {
  constexpr double one = 1;
  const bool x_is_one = bits_of(x) == bits_of(one);
  if (is_zero(y) || x_is_one) return 1;  // also where the other one is a NaN
  if (is_nan(x) || is_nan(y)) return nan;
  const Real exponent = is_infinite(y) ? Real{} : real(y);
  const bool integer = !is_infinite(y) && math::is_integer(exponent);
  const bool odd = integer && !math::is_integer(math::scale(exponent, -1));
  const double sign = odd && is_negative(x) ? -1.0 : 1.0;
  if (is_infinite(y)) {
    if (size_of(x) == bits_of(one)) return 1;
    return (size_of(x) > bits_of(one)) == is_negative(y) ? 0 : inf;
  }
  if (is_zero(x) || is_infinite(x)) return with_sign_of(is_zero(x) == is_negative(y) ? inf : 0, sign);
  if (is_negative(x) && !integer) return nan;
  const Real base = math::magnitude(real(x));
  if (size_of(x) == bits_of(one)) return sign;
  return with_sign_of(to_odd_double(math::pow(base, exponent)), sign);
}

double to_odd_atan2(double y, double x) {
  if (is_nan(x) || is_nan(y)) return nan;
  // Only signs and ratio matter: an infinity beside a number is as 1 beside 0, two infinities or zeros as 1 beside 1.
  double height = std::bit_cast<double>(size_of(y)), base = x;
  if (is_infinite(y) || is_infinite(x)) {
    height = is_infinite(y) ? 1 : 0;
    base = with_sign_of(is_infinite(x) ? 1 : 0, x);
  } else if (is_zero(y) && is_zero(x)) {
    base = with_sign_of(1, x);
  }
  return with_sign_of(to_odd_double(math::atan2(real(height), real(base))), y);
}

}  // namespace halfway::detail
