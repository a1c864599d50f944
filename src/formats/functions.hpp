// float32 and float64 functions as fixed sequences of + − × ÷, conversions and integer operations, every primitive
// rounded to nearest even: no libm, no fused multiply-add, so that every machine and compiler gives the same bits. They
// run inside kernels, where the floating-point environment is set. functions-inl.hpp is the Highway twin of the float32
// ones.
#pragma once
#include <bit>
#include <cstdint>
#include <iterator>
#include <limits>
#include <type_traits>

namespace halfway::detail {

/// The constants of the sequences, for float and double.
template <class T>
struct FunctionConstants;

template <>
struct FunctionConstants<float> {
  using Bits = std::uint32_t;
  using Signed = std::int32_t;
  static constexpr int fraction_bits = 23, bias = 127;
  static constexpr Bits sqrt_half_bits = 0x3F3504F3;
  static constexpr float round_magic = 12582912.0f;  // 1.5·2^23: adding it leaves the nearest integer in the low bits
  static constexpr float log2_e = 1.44269504f;
  static constexpr float ln2_hi = 0.693359375f, ln2_lo = -2.12194440e-4f;  // n·ln2_hi is exact for |n| < 2^15
  static constexpr float exp_overflow = 88.7228394f, exp_underflow = -103.972084f;
  // Taylor coefficients 1/7! … 1/2! of exp on |r| ≤ ln2/2: the tail is below 0.1 ulp.
  static constexpr float exp_terms[] = {1.98412698e-4f, 1.38888889e-3f, 8.33333333e-3f,
                                        4.16666667e-2f, 1.66666667e-1f, 5.0e-1f};
  // 2/(2k+1) of atanh's series, for |s| ≤ 0.1716, largest k first.
  static constexpr float log_terms[] = {2.0f / 11, 2.0f / 9, 2.0f / 7, 2.0f / 5, 2.0f / 3};
};

template <>
struct FunctionConstants<double> {
  using Bits = std::uint64_t;
  using Signed = std::int64_t;
  static constexpr int fraction_bits = 52, bias = 1023;
  static constexpr Bits sqrt_half_bits = 0x3FE6A09E667F3BCD;
  static constexpr double round_magic = 6755399441055744.0;  // 1.5·2^52
  static constexpr double log2_e = 1.4426950408889634;
  static constexpr double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
  static constexpr double exp_overflow = 709.78271289338397, exp_underflow = -745.13321910194122;
  static constexpr double exp_terms[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                                         1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                                         1.0 / 120,        1.0 / 24,        1.0 / 6,        1.0 / 2};
  static constexpr double log_terms[] = {2.0 / 21, 2.0 / 19, 2.0 / 17, 2.0 / 15, 2.0 / 13,
                                         2.0 / 11, 2.0 / 9,  2.0 / 7,  2.0 / 5,  2.0 / 3};
};

/// 2^n for an n whose power is a normal number.
template <class T>
T power_of_two(typename FunctionConstants<T>::Signed n) {
  using C = FunctionConstants<T>;
  return std::bit_cast<T>(static_cast<typename C::Bits>(n + C::bias) << C::fraction_bits);
}

/// e^x: x = n·ln2 + r, a polynomial in r, two exact scalings by powers of two (the second may round to a subnormal).
template <class T>
T exp_sequence(T x) {
  using C = FunctionConstants<T>;
  if (!(x <= C::exp_overflow)) return x > 0 ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::quiet_NaN();
  if (x < C::exp_underflow) return T{0};
  const T t = x * C::log2_e + C::round_magic;
  const T n = t - C::round_magic;
  const T r = (x - n * C::ln2_hi) - n * C::ln2_lo;
  T q = C::exp_terms[0];
  for (std::size_t i = 1; i < std::size(C::exp_terms); ++i) q = q * r + C::exp_terms[i];
  const T p = T{1} + (r + (q * r) * r);
  const auto k = static_cast<typename C::Signed>(n);
  const auto half = k >> 1;
  return (p * power_of_two<T>(half)) * power_of_two<T>(k - half);
}

/// The natural logarithm: x = 2^k·(1 + f) with 1 + f in [√½, √2), then atanh's series in s = f/(2 + f).
template <class T>
T log_sequence(T x) {
  using C = FunctionConstants<T>;
  using Bits = typename C::Bits;
  if (!(x >= 0)) return std::numeric_limits<T>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<T>::infinity();
  if (x == std::numeric_limits<T>::infinity()) return x;
  typename C::Signed k = 0;
  if (x < std::numeric_limits<T>::min()) {  // a subnormal: scale it up, exactly
    x *= static_cast<T>(Bits{1} << C::fraction_bits) * 2;
    k = -(C::fraction_bits + 1);
  }
  constexpr Bits one = static_cast<Bits>(C::bias) << C::fraction_bits, mask = (Bits{1} << C::fraction_bits) - 1;
  const Bits shifted = std::bit_cast<Bits>(x) + (one - C::sqrt_half_bits);
  k += static_cast<typename C::Signed>(shifted >> C::fraction_bits) - C::bias;
  const T f = std::bit_cast<T>((shifted & mask) + C::sqrt_half_bits) - T{1};
  const T s = f / (T{2} + f);
  const T z = s * s;
  T series = C::log_terms[0];
  for (std::size_t i = 1; i < std::size(C::log_terms); ++i) series = series * z + C::log_terms[i];
  series = series * z;
  const T half_square = (T{0.5} * f) * f, n = static_cast<T>(k);
  return n * C::ln2_hi - ((half_square - (s * (half_square + series) + n * C::ln2_lo)) - f);
}

/// sin(πx) and cos(πx) for |x| ≤ 2^30: an exact reduction to |r| ≤ 1/4, then the Taylor series in Horner's form
/// h ← 1 − t²/(k(k−1))·h.
struct SinCos {
  double sin, cos;
};
inline SinCos sincospi(double x) {
  constexpr double pi = 3.14159265358979323846;
  const double quadrant = (2 * x + FunctionConstants<double>::round_magic) - FunctionConstants<double>::round_magic;
  const double t = (x - 0.5 * quadrant) * pi, z = t * t;
  double s = 1, c = 1;
  for (int k = 19; k >= 3; k -= 2) s = 1 - z / (k * (k - 1)) * s;
  for (int k = 20; k >= 2; k -= 2) c = 1 - z / (k * (k - 1)) * c;
  s *= t;
  switch (static_cast<std::int64_t>(quadrant) & 3) {
    case 0: return {s, c};
    case 1: return {c, -s};
    case 2: return {-s, -c};
    default: return {-c, s};
  }
}

}  // namespace halfway::detail
