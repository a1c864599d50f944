// The codes of a FloatFormat taken apart and put together: the one place that knows where the bits stand, and the one
// place that rounds.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "halfway/formats/float_format.hpp"

namespace halfway::detail {

__extension__ typedef unsigned __int128 u128;  // NOLINT(modernize-use-using): __extension__

/// The smallest unsigned integer that holds a code.
template <FloatFormat F>
using Storage =
    std::conditional_t<F.bits() <= 8, std::uint8_t,
                       std::conditional_t<F.bits() <= 16, std::uint16_t,
                                          std::conditional_t<F.bits() <= 32, std::uint32_t, std::uint64_t>>>;

/// An unsigned integer in which products, quotients and sums of two significands keep every bit that rounding needs.
template <FloatFormat F>
using Wide = std::conditional_t<F.precision <= 24, std::uint64_t, u128>;

template <class W>
inline constexpr int width_of = 8 * static_cast<int>(sizeof(W));

constexpr int leading_zeros(std::uint64_t x) { return std::countl_zero(x); }
constexpr int leading_zeros(u128 x) {
  const auto high = static_cast<std::uint64_t>(x >> 64);
  return high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<std::uint64_t>(x));
}

/// x / 2^by; bits that fall off leave their OR in the last place ("sticky"), so that rounding still sees them.
template <class W>
constexpr W shift_right_sticky(W x, int by) {
  if (by <= 0) return x << -by;
  if (by >= width_of<W>) return x != 0;
  return (x >> by) | W{(x << (width_of<W> - by)) != 0};
}

/// The particular codes of a format. Arithmetic on codes is in 64 bits throughout.
template <FloatFormat F>
struct Codes {
  static_assert(F.precision >= 2 && F.precision <= 53 && F.exponent_bits >= 2 && F.bits() <= 64);
  static constexpr std::uint64_t sign = std::uint64_t{1} << (F.bits() - 1);
  static constexpr std::uint64_t magnitude = sign - 1;
  static constexpr std::uint64_t min_normal = std::uint64_t{1} << F.fraction_bits();
  static constexpr std::uint64_t fraction = min_normal - 1;
  static constexpr std::uint64_t infinity = magnitude - fraction;  // where the format has one
  static constexpr std::uint64_t max_finite = F.specials == Specials::ieee           ? infinity - 1
                                              : F.specials == Specials::nan_all_ones ? magnitude - 1
                                                                                     : magnitude;
  /// The canonical NaN.
  static constexpr std::uint64_t nan = F.specials == Specials::ieee           ? infinity | (min_normal >> 1)
                                       : F.specials == Specials::nan_all_ones ? magnitude
                                                                              : sign;

  static constexpr bool is_nan(std::uint64_t code) {
    if constexpr (F.specials == Specials::ieee) return (code & magnitude) > infinity;
    if constexpr (F.specials == Specials::nan_all_ones) return (code & magnitude) == magnitude;
    return code == sign;
  }
  static constexpr bool is_infinity(std::uint64_t code) { return F.has_infinity() && (code & magnitude) == infinity; }
  static constexpr bool is_finite(std::uint64_t code) { return !is_nan(code) && !is_infinity(code); }
  static constexpr std::uint64_t with_sign(bool negative, std::uint64_t magnitude_code) {
    if (F.specials == Specials::nan_minus_zero && magnitude_code == 0) return 0;  // its −0 is NaN
    return negative ? magnitude_code | sign : magnitude_code;
  }
};

enum class Kind : std::uint8_t { finite, infinity, nan };

/// What a code stands for; a finite one for ±significand·2^exponent (not normalised, zero included).
struct Unpacked {
  Kind kind;
  bool negative;
  int exponent;
  std::uint64_t significand;
};

template <FloatFormat F>
constexpr Unpacked unpack(std::uint64_t code, Subnormals subnormals = Subnormals::keep) {
  using C = Codes<F>;
  const bool negative = (code & C::sign) != 0;
  if (C::is_nan(code)) return {Kind::nan, false, 0, 0};
  if (C::is_infinity(code)) return {Kind::infinity, negative, 0, 0};
  const int field = static_cast<int>((code & C::magnitude) >> F.fraction_bits());
  const std::uint64_t fraction = code & C::fraction;
  if (field == 0)
    return {Kind::finite, negative, F.emin() - F.fraction_bits(), subnormals == Subnormals::keep ? fraction : 0};
  return {Kind::finite, negative, field - F.bias - F.fraction_bits(), fraction | C::min_normal};
}

/// significand·2^by, rounded to an integer. The significand may end in a sticky bit, below the last place but one.
template <class W>
constexpr W shift_and_round(W significand, int by, bool negative, Rounding rounding) {
  const W quarters = shift_right_sticky(significand, -(by + 2));
  const W kept = quarters >> 2;
  const unsigned rest = static_cast<unsigned>(quarters) & 3u;  // 2 is a tie
  const bool odd = (static_cast<unsigned>(kept) & 1u) != 0;
  bool up = false;
  switch (rounding) {
    case Rounding::ties_to_even: up = rest > 2 || (rest == 2 && odd); break;
    case Rounding::ties_to_away: up = rest >= 2; break;
    case Rounding::toward_zero: break;
    case Rounding::toward_positive: up = rest != 0 && !negative; break;
    case Rounding::toward_negative: up = rest != 0 && negative; break;
    case Rounding::to_odd: up = rest != 0 && !odd; break;
  }
  return kept + W{up};
}

/// What stands for a finite number beyond the format: the infinity (the NaN, where there is none) or, in the directions
/// that point towards zero and in rounding to odd, the largest finite number.
template <FloatFormat F>
constexpr std::uint64_t overflow(bool negative, Rounding rounding) {
  using C = Codes<F>;
  const bool nearest = rounding == Rounding::ties_to_even || rounding == Rounding::ties_to_away;
  if (nearest || rounding == (negative ? Rounding::toward_negative : Rounding::toward_positive))
    return F.has_infinity() ? C::with_sign(negative, C::infinity) : C::nan;
  return C::with_sign(negative, C::max_finite);
}

/// The code of ±significand·2^exponent, rounded once. Where the significand ends in a sticky bit, it is wide enough for
/// that bit to fall below the last place but one of the result. With `results` flushed, what is tiny after rounding as
/// if the exponent were unbounded becomes a zero of its sign (the FTZ of x86).
template <FloatFormat F, class W>
constexpr std::uint64_t round_pack(bool negative, int exponent, W significand, Rounding rounding,
                                   Subnormals results = Subnormals::keep) {
  using C = Codes<F>;
  if (significand == 0) return C::with_sign(negative, 0);
  const int top = exponent + width_of<W> - 1 - leading_zeros(significand);  // the value is in [2^top, 2^(top + 1))
  if (top > F.emax()) return overflow<F>(negative, rounding);
  if (results == Subnormals::flush && top < F.emin()) {
    const int unbounded_last_place = top - F.fraction_bits();
    const W rounded = shift_and_round(significand, exponent - unbounded_last_place, negative, rounding);
    const bool carries = rounded == W{1} << F.precision;
    if (top < F.emin() - 1 || !carries) return C::with_sign(negative, 0);
  }
  const int above_emin = top > F.emin() ? top - F.emin() : 0;
  const int last_place = F.emin() + above_emin - F.fraction_bits();
  const W rounded = shift_and_round(significand, exponent - last_place, negative, rounding);
  // A normal number brings its hidden bit, which adds one to the exponent field; so does a carry.
  const std::uint64_t code =
      static_cast<std::uint64_t>(rounded) + (static_cast<std::uint64_t>(above_emin) << F.fraction_bits());
  return code > C::max_finite ? overflow<F>(negative, rounding) : C::with_sign(negative, code);
}

}  // namespace halfway::detail
