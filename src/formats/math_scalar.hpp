// What the sequences of math_float32-inl.hpp need of a double beside + − × ÷ and comparisons; math_lanes-inl.hpp has
// the same for lanes.
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "formats/math_series.hpp"

namespace halfway::detail {

inline double select(bool condition, double a, double b) { return condition ? a : b; }
inline double magnitude(double x) { return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) << 1 >> 1); }
inline double with_sign(double size, double sign) {
  constexpr std::uint64_t bit = std::uint64_t{1} << 63;
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(size) & ~bit) |
                               (std::bit_cast<std::uint64_t>(sign) & bit));
}
inline double square_root(double x) { return std::sqrt(x); }

/// Adding it to |n| < 2^51 leaves the nearest integer in the low bits.
inline constexpr double round_magic = 6755399441055744.0;  // 1.5·2^52
// The next three take n + round_magic.
inline double power_of_two(double n) { return std::bit_cast<double>((std::bit_cast<std::uint64_t>(n) + 1023) << 52); }
inline bool is_odd(double n) { return (std::bit_cast<std::uint64_t>(n) & 1) != 0; }
/// −x if n modulo 4 is 2 or 3.
inline double negate_in_lower_half(double x, double n) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) ^ (std::bit_cast<std::uint64_t>(n) >> 1 << 63));
}

/// x = 2^k·m for a positive normal x, m in [√½, √2).
template <class V>
struct Parts {
  V k, m;
};
inline constexpr std::uint64_t sqrt_half_bits = 0x3FE6A09E667F3BCD, one_bits = std::uint64_t{1023} << 52,
                               fraction_mask = (std::uint64_t{1} << 52) - 1;
inline Parts<double> split(double x) {
  const std::uint64_t shifted = std::bit_cast<std::uint64_t>(x) + (one_bits - sqrt_half_bits);
  return {static_cast<double>(static_cast<std::int64_t>(shifted >> 52) - 1023),
          std::bit_cast<double>((shifted & fraction_mask) + sqrt_half_bits)};
}

/// x = n·π/2 + r, |r| ≤ π/4, n modulo 4 as n + round_magic.
template <class V>
struct Quadrant {
  V n, r;
};
inline constexpr double largest_plain_angle = 4194304;  // 2^22: below, n·(π/2) in three parts is near enough
/// For a float of at least that size, infinities and NaN (r is NaN): Payne and Hanek's reduction. x = m·2^e, and of
/// m·2^e·(2/π) modulo 4 only 128 bits of 2/π from weight 2^(1 − e) down matter.
inline Quadrant<double> reduce_large_angle(double x) {
  if (!(magnitude(x) < 0x1p128)) return {round_magic, x - x};
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const auto m = ((bits & fraction_mask) | (fraction_mask + 1)) >> 29;
  const auto e = static_cast<std::size_t>((bits >> 52 & 0x7FF) - (1023 + 23) + 62);  // of 2/π after 64 zeros
  const auto word = [](std::size_t i) { return i == 0 ? std::uint64_t{0} : math::two_over_pi[i - 1]; };
  const std::size_t first = e / 64, by = e % 64;
  u128 window = math::join(word(first), word(first + 1));
  if (by != 0) window = window << by | word(first + 2) >> (64 - by);
  const u128 product = window * m;  // modulo 4, in units of 2^−126
  const auto quarter = static_cast<std::int64_t>(product >> 126);
  const u128 fraction = product << 2;  // as a signed number in [−1/2, 1/2)
  const bool up = fraction >> 127 != 0;
  const double size = static_cast<double>(up ? u128{0} - fraction : fraction) * 0x1p-128 * 1.5707963267948966;
  const double n = static_cast<double>(quarter + (up ? 1 : 0)), r = up ? -size : size;
  return x < 0 ? Quadrant<double>{round_magic - n, -r} : Quadrant<double>{round_magic + n, r};
}
/// Where |x| is too large for `plain`, the reduction above.
inline Quadrant<double> with_large_angles(double x, Quadrant<double> plain) {
  return magnitude(x) < largest_plain_angle ? plain : reduce_large_angle(x);
}

}  // namespace halfway::detail
