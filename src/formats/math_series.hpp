// Power series in 128-bit fixed point, their coefficients computed while compiling, and the constants that no series
// here gives.
#pragma once
#include <algorithm>
#include <array>
#include <span>

#include "formats/math_real.hpp"

namespace halfway::detail::math {

/// c[0] ± c[1]·|z| + c[2]·|z|² ± …, signs alternating for a negative z; coefficients in units of 2^−128, |z| < 1, the
/// value in [0, 1). Terms below 2^−128 are left out; the error is a few units of 2^−128.
inline Real series(std::span<const u128> coefficients, Real z) {
  if (z.is_zero()) return make_real(coefficients[0], -128);
  const u128 fixed = -1 - z.exponent < 128 ? z.significand >> (-1 - z.exponent) : 0;
  std::size_t n = coefficients.size();
  if (z.exponent < -1) n = std::min(n, static_cast<std::size_t>(128 / (-1 - z.exponent)) + 2);
  u128 sum = coefficients[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) {
    const u128 rest = multiply_high(sum, fixed);
    sum = z.negative ? coefficients[i] - rest : coefficients[i] + rest;
  }
  return make_real(sum, -128);
}

template <std::size_t n, class Next>
constexpr std::array<u128, n> coefficients(u128 first, Next next) {
  std::array<u128, n> c{};
  u128 term = first;
  for (std::size_t k = 0; k < n; ++k) {
    c[k] = term;
    term = next(term, k);
  }
  return c;
}

inline constexpr u128 half = u128{1} << 127, all_ones = ~u128{0};
/// (e^r − 1 − r)/r² = Σ r^k/(k + 2)!.
inline constexpr auto exp_terms = coefficients<30>(half, [](u128 c, std::size_t k) { return c / (k + 3); });
/// (1 − sin(r)/r)/r² = Σ (−r²)^k/(2k + 3)!.
inline constexpr auto sin_terms =
    coefficients<20>(all_ones / 6, [](u128 c, std::size_t k) { return c / ((2 * k + 4) * (2 * k + 5)); });
/// (1 − cos(r))/r² = Σ (−r²)^k/(2k + 2)!.
inline constexpr auto cos_terms =
    coefficients<20>(half, [](u128 c, std::size_t k) { return c / ((2 * k + 3) * (2 * k + 4)); });
/// (atanh(s)/s − 1)/s² = Σ s^2k/(2k + 3).
inline constexpr auto atanh_terms =
    coefficients<26>(all_ones / 3, [](u128, std::size_t k) { return all_ones / (2 * k + 5); });
/// tanh's first terms, for |x| < 2^−20: (1 − tanh(x)/x)/x².
inline constexpr std::array<u128, 4> tanh_terms{all_ones / 3, all_ones / 15 * 2, all_ones / 315 * 17,
                                                all_ones / 2835 * 62};
/// The logistic function's, for |x| < 2^−20: (1/4 − (σ(x) − 1/2)/x)/x².
inline constexpr std::array<u128, 4> sigmoid_terms{all_ones / 48, all_ones / 480, all_ones / 80640 * 17,
                                                   all_ones / 1451520 * 31};
/// (1 − (√π/2)·erf(y)/y)/y² = Σ (−y²)^k/((k + 1)!·(2k + 3)).
inline constexpr auto erf_terms = [] {
  auto c = coefficients<36>(all_ones, [](u128 factorial, std::size_t k) { return factorial / (k + 2); });
  for (std::size_t k = 0; k < c.size(); ++k) c[k] /= 2 * k + 3;
  return c;
}();
/// Euler's series, halved: with w = t²/(1 + t²), (t/w·atan(t) − 1)/w = 2/3 + (2·4)/(3·5)·w + …
inline constexpr auto atan_terms =
    coefficients<128>(all_ones / 3, [](u128 c, std::size_t k) { return c / (2 * k + 5) * (2 * k + 4); });

constexpr u128 join(std::uint64_t high, std::uint64_t low) { return u128{high} << 64 | low; }
inline constexpr Real one{half, 0};
inline constexpr Real ln2{join(0xB17217F7D1CF79AB, 0xC9E3B39803F2F6AF), -1};
inline constexpr Real log2_e{join(0xB8AA3B295C17F0BB, 0xBE87FED0691D3E89), 0};
inline constexpr Real pi{join(0xC90FDAA22168C234, 0xC4C6628B80DC1CD1), 1};
inline constexpr Real two_over_sqrt_pi{join(0x906EBA8214DB688D, 0x71D48A7F6BFEC344), 0};
inline constexpr Real sqrt_half{join(0xB504F333F9DE6484, 0x597D89B3754ABE9F), -1};
/// 2/π, 640 bits after the binary point (OEIS A060294).
inline constexpr std::array<std::uint64_t, 10> two_over_pi{
    0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0,
    0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4};

}  // namespace halfway::detail::math
