// The float32 functions, but exp, log and reciprocal, as sequences of + − × ÷ √, comparisons and integer operations in
// float64, each rounded to nearest even, then one rounding to float32: for a double (the definition) and for lanes of
// them (its twin). The polynomials' errors are below 2^−37, relative, so that a result is wrong only next to a
// midpoint: see docs/functions.md for what that comes to. Per-target include; see foreach_target.h.
#if defined(HALFWAY_FORMATS_MATH_FLOAT32_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_MATH_FLOAT32_INL_H_
#undef HALFWAY_FORMATS_MATH_FLOAT32_INL_H_
#else
#define HALFWAY_FORMATS_MATH_FLOAT32_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <limits>

#include "formats/math_scalar.hpp"
#include "halfway/formats/math.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

// A lambda would lose the target's attributes; these are templates over double and Lanes. `using` finds the functions
// of a double, argument-dependent lookup those of Lanes.
using detail::is_odd;
using detail::magnitude;
using detail::negate_in_lower_half;
using detail::power_of_two;
using detail::select;
using detail::split;
using detail::square_root;
using detail::with_large_angles;
using detail::with_sign;

constexpr double inf = std::numeric_limits<double>::infinity();

/// c[0] + x·(c[1] + x·(…)).
template <class V, std::size_t n>
HWY_INLINE V polynomial(V x, const double (&c)[n]) {
  V y(c[n - 1]);
  for (std::size_t i = n - 1; i-- > 0;) y = y * x + V(c[i]);
  return y;
}

/// x between the two; NaN stays.
template <class V>
HWY_INLINE V clamp(V x, double low, double high) {
  return select(x < V(low), V(low), select(x > V(high), V(high), x));
}

/// e^r − 1 and 2^n of a reduced argument.
template <class V>
struct Exponential {
  V minus_one, power;
};
/// (e^r − 1)/r for |r| ≤ ln2/2: the polynomial that meets it in the Chebyshev nodes; error 2^−37.5.
constexpr double expm1_terms[] = {0.9999999999955055,     0.4999999999995507,    0.1666666678638044,
                                  0.041666666786337556,   0.008333283518768105,  0.001388883909064138,
                                  0.00019907582591325134, 2.4867883453521802e-05};
template <class V>
HWY_INLINE Exponential<V> exponential(V r, V n) {
  return {r * polynomial(r, expm1_terms), power_of_two(n)};
}
template <class V>
HWY_INLINE Exponential<V> exponential(V x) {
  const V t = x * V(1.4426950408889634) + V(detail::round_magic);
  return exponential(x - (t - V(detail::round_magic)) * V(0.6931471805599453), t);
}
/// e^x, 2^x and e^x − 1 for |x| ≤ 700.
template <class V>
HWY_INLINE V exp_of(V x) {
  const auto e = exponential(x);
  return e.power * e.minus_one + e.power;
}
template <class V>
HWY_INLINE V exp2_of(V x) {
  const V t = x + V(detail::round_magic);
  const auto e = exponential((x - (t - V(detail::round_magic))) * V(0.6931471805599453), t);
  return e.power * e.minus_one + e.power;
}
template <class V>
HWY_INLINE V expm1_of(V x) {
  const auto e = exponential(x);
  return e.power * e.minus_one + (e.power - V(1));
}

/// log(1 + f) for 1 + f in [√½, √2): atanh's series in s = f/(2 + f); error 2^−39.
constexpr double atanh_terms[] = {2, 2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13};
template <class V>
HWY_INLINE V log1p_near_zero(V f) {
  const V s = f / (V(2) + f);
  return s * polynomial(s * s, atanh_terms);
}
/// log2 of a positive number.
template <class V>
HWY_INLINE V log2_of(V x) {
  const auto parts = split(x);
  return parts.k + log1p_near_zero(parts.m - V(1)) * V(1.4426950408889634);
}
/// log(1 + x) for x > −1.
template <class V>
HWY_INLINE V log1p_of(V x) {
  const auto parts = split(V(1) + x);
  const V f = select(parts.k == V(0), x, parts.m - V(1));
  return log1p_near_zero(f) + parts.k * V(0.6931471805599453);
}
/// What a logarithm is where its argument x − zero is not positive and finite.
template <class V>
HWY_INLINE V log_cases(V x, double zero, V y) {
  const V at_zero = select(x == V(zero), V(-inf), V(std::numeric_limits<double>::quiet_NaN()));
  return select(x == V(inf), x, select(x > V(zero), y, at_zero));
}

/// π/2 in three parts; the first two have 30 bits, so that n times them is exact for n < 2^22.
constexpr double half_pi_parts[] = {0x1.921fb54p+0, 0x1.10b46118p-30, 0x1.313198a2e037p-61};
template <class V>
HWY_INLINE detail::Quadrant<V> reduce_angle(V x) {
  const V t = x * V(0.6366197723675814) + V(detail::round_magic), n = t - V(detail::round_magic);
  const V r = ((x - n * V(half_pi_parts[0])) - n * V(half_pi_parts[1])) - n * V(half_pi_parts[2]);
  return with_large_angles(x, {t, r});
}
/// sin(r + n·π/2) by Taylor's series.
constexpr double sin_terms[] = {1, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800};
constexpr double cos_terms[] = {1, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600};
template <class V>
HWY_INLINE V sin_of(V r, V n) {
  const V z = r * r;
  const V y = select(is_odd(n), polynomial(z, cos_terms), r * polynomial(z, sin_terms));
  return negate_in_lower_half(y, n);
}

/// erf(y)/y in z = y² for y < 1; error 2^−40.
constexpr double erf_terms[] = {1.1283791670946768,    -0.3761263888963531,     0.11283791308604582,
                                -0.026866133235095593, 0.005223783477189248,    -0.0008542637997087229,
                                0.0001195656256820733, -1.3909340021874599e-05, 1.058938064107502e-06};
/// erfc(y)·e^(y²)·(y + 3) in t, which w = 1/(y + 3) takes from −1 (y = 10.6) to 1 (y = 0); error 2^−43.
constexpr double erfc_terms[] = {
    1.3012225959583261,     0.9310491914703932,    0.5062657986788611,      0.20286786422947783,
    0.05425611563137868,    0.0062954961624284165, -0.0014236304785172414,  -0.0005955021838031939,
    2.2644932747189187e-05, 4.26365480845626e-05,  -2.260787060620058e-07,  -3.3222886076209126e-06,
    1.0096010214363765e-07, 2.706013473467952e-07, -1.7068692408222427e-08, -1.7074951523327696e-08};
/// erfc(y) for 0 ≤ y ≤ 10.6, given y².
template <class V>
HWY_INLINE V erfc_of(V y, V y_squared) {
  const V w = V(1) / (y + V(3));
  const V t = w * V(7.69811320754717) - V(1.5660377358490567);
  return exp_of(-y_squared) * (w * polynomial(t, erfc_terms));
}

/// The function of a float's value; rounded to float32, its result.
template <Function f, class V>
HWY_INLINE V sequence(V x) {
  if constexpr (f == Function::exp2) return exp2_of(clamp(x, -160, 160));
  if constexpr (f == Function::expm1) return with_sign(expm1_of(clamp(x, -40, 120)), x);
  if constexpr (f == Function::log2) return log_cases(x, 0, log2_of(x));
  if constexpr (f == Function::log1p) return log_cases(x, -1, with_sign(log1p_of(x), x));
  if constexpr (f == Function::sin || f == Function::cos) {
    const auto angle = reduce_angle(x);
    if constexpr (f == Function::cos) return sin_of(angle.r, angle.n + V(1));
    return sin_of(angle.r, angle.n);
  }
  if constexpr (f == Function::tanh) {
    const V e = expm1_of(clamp(V(2) * magnitude(x), 0, 40));
    return with_sign(e / (e + V(2)), x);
  }
  if constexpr (f == Function::sigmoid) return V(1) / (V(1) + exp_of(-clamp(x, -125, 125)));
  if constexpr (f == Function::silu) {
    const V not_too_low = select(x < V(-125), V(-125), x);
    return not_too_low / (V(1) + exp_of(-clamp(x, -125, 125)));
  }
  if constexpr (f == Function::softplus)
    return select(x < V(0), V(0), x) + log1p_of(exp_of(-clamp(magnitude(x), 0, 125)));
  if constexpr (f == Function::erf) {
    const V y = clamp(magnitude(x), 0, 10), z = y * y;
    return with_sign(select(y < V(1), y * polynomial(z, erf_terms), V(1) - erfc_of(y, z)), x);
  }
  if constexpr (f == Function::gelu) {
    const V not_too_low = select(x < V(-14.9), V(-14.9), x), half = V(0.5) * not_too_low;
    const V size = clamp(magnitude(x), 0, 14.9);
    const V tail = erfc_of(size * V(0.7071067811865476), V(0.5) * size * size);
    return half * select(x < V(0), tail, V(2) - tail);
  }
  if constexpr (f == Function::rsqrt) return V(1) / square_root(x);
  if constexpr (f == Function::cbrt) {
    const V size = magnitude(x), root = exp2_of(log2_of(size) * V(1.0 / 3));
    return with_sign(select(size == V(0), size, select(size < V(inf), root, size)), x);
  }
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
