// sin, cos and atan2 of Reals.
#include <array>

#include "formats/math_kernels.hpp"
#include "formats/math_series.hpp"

namespace halfway::detail::math {

namespace {

/// x = quadrant·π/2 + r, |r| ≤ π/4; the quadrant modulo 4.
struct Angle {
  unsigned quadrant;
  Real r;
};

/// Payne and Hanek's reduction: of x·(2/π) only the bits from weight 2 down matter. x has at most 64 bits.
Angle reduce_by_half_pi(Real x) {
  if (x.exponent < -1) return {0, x};
  // |x| = m·2^e; words of 2/π that e lifts to multiples of 4 are left out, five of the others kept.
  const auto m = static_cast<std::uint64_t>(x.significand >> 64);
  const int e = x.exponent - 63, first = e > 65 ? (e - 2) / 64 : 0;
  std::array<std::uint64_t, 6> product{};  // lowest word first
  std::uint64_t carry = 0;
  for (int i = 0; i < 5; ++i) {
    const u128 partial = u128{m} * two_over_pi[static_cast<std::size_t>(first + 4 - i)] + carry;
    product[static_cast<std::size_t>(i)] = static_cast<std::uint64_t>(partial);
    carry = static_cast<std::uint64_t>(partial >> 64);
  }
  product[5] = carry;
  // x·(2/π) = product·2^−point modulo 4; at least 190 bits are behind the binary point, and no argument of 53 bits
  // comes nearer to a multiple of π/2 than 2^−62.
  const int point = 64 * (first + 5) - e;
  const auto bit_at = [&](int i) {
    return i < 384 ? static_cast<unsigned>(product[static_cast<std::size_t>(i / 64)] >> i % 64 & 1) : 0u;
  };
  unsigned quadrant = bit_at(point) | bit_at(point + 1) << 1;
  const bool past_half = bit_at(point - 1) != 0;
  if (past_half) {  // count back from the next quadrant
    ++quadrant;
    for (auto& word : product) word = ~word;  // short of the complement by 2^−point: nothing
  }
  Real fraction;
  for (int i = 5; i >= 0; --i) {
    const int above = 64 * (i + 1) - point;  // bits of this word that stand before the binary point
    const std::uint64_t word = product[static_cast<std::size_t>(i)];
    const std::uint64_t behind = above <= 0 ? word : above >= 64 ? 0 : word << above >> above;
    fraction = add(fraction, make_real(behind, 64 * i - point));
  }
  Real r = multiply(fraction, scale(pi, -1));
  if (past_half != x.negative) r = -r;
  return {x.negative ? 0u - quadrant : quadrant, r};
}

Real sin_near_zero(Real r) {
  const Real z = square(r);
  return multiply(r, subtract(one, multiply(z, series(sin_terms, -z))));
}
Real cos_near_zero(Real r) {
  const Real z = square(r);
  return subtract(one, multiply(z, series(cos_terms, -z)));
}

/// sin(r + quadrant·π/2).
Real sin_of(unsigned quadrant, Real r) {
  const Real y = quadrant % 2 == 0 ? sin_near_zero(r) : cos_near_zero(r);
  return quadrant % 4 < 2 ? y : -y;
}

/// atan(t) for 0 < t ≤ 1.
Real atan(Real t) {
  const Real z = square(t);
  if (t.exponent < -40) return multiply(t, subtract(one, multiply(z, make_real(all_ones / 3, -128))));
  const Real w = divide(z, add(one, z));
  const Real terms = scale(multiply(w, series(atan_terms, w)), 1);
  return multiply(divide(t, add(one, z)), add(one, terms));
}

}  // namespace

Real sin(Real x) {
  const auto [quadrant, r] = reduce_by_half_pi(x);
  return sin_of(quadrant, r);
}

Real cos(Real x) {
  const auto [quadrant, r] = reduce_by_half_pi(x);
  return sin_of(quadrant + 1, r);
}

Real atan2(Real y, Real x) {
  const Real size = magnitude(x);
  const bool steep = std::pair(size.exponent, size.significand) < std::pair(y.exponent, y.significand);
  const Real angle = x.is_zero()   ? scale(pi, -1)
                     : y.is_zero() ? Real{}
                     : steep       ? subtract(scale(pi, -1), atan(divide(size, y)))
                                   : atan(divide(y, size));
  return x.negative ? subtract(pi, angle) : angle;
}

}  // namespace halfway::detail::math
