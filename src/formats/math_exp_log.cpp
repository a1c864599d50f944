// Exponentials, logarithms and powers of Reals.
#include <optional>

#include "formats/math_kernels.hpp"
#include "formats/math_series.hpp"

namespace halfway::detail::math {

namespace {

/// e^r − 1 for |r| < 1/2.
Real expm1_near_zero(Real r) { return multiply(r, add(one, multiply(r, series(exp_terms, r)))); }

/// What stands for e^x when |x| ≥ 2^20: to_odd_double knows it as too large or too small.
Real beyond(Real x) { return {half, x.negative ? -(1 << 20) : 1 << 20}; }
bool is_beyond(Real x) { return x.exponent >= 20; }

/// x = n·ln2 + r, |r| ≤ 0.35.
struct Reduced {
  int n;
  Real r;
};
Reduced reduce_by_ln2(Real x) {
  const std::int64_t n = nearest_integer(multiply(x, log2_e));
  return {static_cast<int>(n), n == 0 ? x : subtract(x, multiply(real(n), ln2))};
}

/// x = 2^k·(1 + f), 1 + f in [√½, √2).
struct Binade {
  int k;
  Real f;
};
Binade split_binade(Real x) {
  const bool upper = x.significand >= sqrt_half.significand;  // half of it is in [√½, 1)
  return {x.exponent + upper, subtract({x.significand, upper ? -1 : 0}, one)};
}

/// log(1 + f) for −0.3 < f < 0.42: atanh's series in s = f/(2 + f).
Real log1p_near_zero(Real f) {
  if (f.is_zero()) return {};
  // f·(1 − f/2·(1 − 2f/3 …)): where the series' terms fall below what it resolves, the first two of them say it all.
  if (f.exponent < -100) return multiply(f, subtract(one, scale(f, -1)));
  const Real s = divide(f, add(real(std::int64_t{2}), f)), z = square(s);
  return scale(multiply(s, add(one, multiply(z, series(atanh_terms, z)))), 1);
}

/// √x of an x of at most 53 bits, if it is as short itself.
std::optional<Real> exact_square_root(Real x) {
  // x = m·2^e, e even, m an integer below 2^54: Newton's iteration from above.
  const int top = x.exponent % 2 == 0 ? 52 : 53;
  const u128 m = x.significand >> (127 - top);
  u128 root = u128{1} << 28;
  for (u128 next = (root + m / root) / 2; next < root; next = (root + m / root) / 2) root = next;
  if (root * root != m) return std::nullopt;
  return make_real(root, (x.exponent - top) / 2);
}

/// x^y where it may have as few as 53 bits: y > 0 must be a small integer over 2^k, and x a square k times.
std::optional<Real> short_power(Real x, Real y) {
  if (y.negative) return std::nullopt;
  for (; !is_integer(y); y = scale(y, 1)) {
    const auto root = exact_square_root(x);
    if (!root) return std::nullopt;
    x = *root;
  }
  if (y.exponent > 5) return std::nullopt;  // x has an odd factor of 3 or more, and 3^64 has 102 bits
  Real power = one;
  for (std::int64_t n = nearest_integer(y); n > 0; --n) power = multiply(power, x);
  return power;
}

}  // namespace

Real exp(Real x) {
  if (is_beyond(x)) return beyond(x);
  const auto [n, r] = reduce_by_ln2(x);
  return scale(add(one, expm1_near_zero(r)), n);
}

Real exp2(Real x) {
  if (is_beyond(x)) return beyond(x);
  const std::int64_t n = nearest_integer(x);
  const Real r = multiply(subtract(x, real(n)), ln2);
  return scale(add(one, expm1_near_zero(r)), static_cast<int>(n));
}

Real expm1(Real x) {
  if (is_beyond(x)) return subtract(beyond(x), one);
  const auto [n, r] = reduce_by_ln2(x);
  const Real near_zero = expm1_near_zero(r);
  return n == 0 ? near_zero : subtract(scale(add(one, near_zero), n), one);
}

Real log(Real x) {
  const auto [k, f] = split_binade(x);
  return add(multiply(real(std::int64_t{k}), ln2), log1p_near_zero(f));
}

Real log2(Real x) {
  const auto [k, f] = split_binade(x);
  return add(real(std::int64_t{k}), multiply(log1p_near_zero(f), log2_e));
}

Real log1p(Real x) { return x.exponent < -2 ? log1p_near_zero(x) : log(add(one, x)); }

Real softplus(Real x) {
  const Real rest = log1p(exp(x.negative ? x : -x));
  return x.negative ? rest : add(x, rest);
}

Real rsqrt(Real x) {
  if (is_power_of_two(x) && x.exponent % 2 == 0) return {half, -x.exponent / 2};
  return exp(scale(-log(x), -1));
}

Real cbrt(Real x) {
  const Real size = magnitude(x);
  Real root = is_power_of_two(size) ? exp2(divide(real(std::int64_t{size.exponent}), real(std::int64_t{3})))
                                    : exp(divide(log(size), real(std::int64_t{3})));
  // Only a root of few bits can be exact.
  const Real rounded = make_real((root.significand + (u128{1} << 103)) >> 104, root.exponent - 23);
  const Real cube = multiply(rounded, square(rounded));
  if (cube.significand == size.significand && cube.exponent == size.exponent) root = rounded;
  return {root.significand, root.exponent, x.negative};
}

Real pow(Real x, Real y) {
  if (is_power_of_two(x)) return exp2(multiply(real(std::int64_t{x.exponent}), y));  // the product is exact
  if (const auto power = short_power(x, y)) return *power;
  return exp(multiply(y, log(x)));
}

}  // namespace halfway::detail::math
