// The codes of a FloatFormat taken apart and put together: the one place that knows where the bits stand, and the one
// place that rounds. A format is a value here, known while compiling (codes_of<F>) or only at run time.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "halfway/formats/arithmetic.hpp"
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
struct Codes {
  FloatFormat format;
  int precision, fraction_bits, emin, emax;
  std::uint64_t sign;        ///< 0 in an unsigned format
  std::uint64_t magnitude;   ///< every bit but the sign
  std::uint64_t hidden;      ///< the hidden bit of a significand
  std::uint64_t fraction;    ///< the fraction field
  std::uint64_t min_normal;  ///< the smallest normal number
  std::uint64_t max_finite;
  std::uint64_t infinity;  ///< where the format has one
  std::uint64_t nan;       ///< the canonical NaN; −0 where the format has none

  explicit constexpr Codes(const FloatFormat& f)
      : format(f),
        precision(f.precision),
        fraction_bits(f.fraction_bits()),
        emin(f.emin()),
        emax(f.emax()),
        sign(f.is_signed ? std::uint64_t{1} << (f.bits() - 1) : 0),
        magnitude((std::uint64_t{1} << (f.bits() - (f.is_signed ? 1 : 0))) - 1),
        hidden(std::uint64_t{1} << f.fraction_bits()),
        fraction(hidden - 1),
        min_normal(f.has_zero ? hidden : 0),
        max_finite(f.max_finite()),
        infinity(max_finite + 1),
        nan(canonical_nan()) {}

  constexpr bool is_nan(std::uint64_t code) const {
    switch (format.specials) {
      case Specials::ieee: return (code & magnitude) > infinity;
      case Specials::nan_all_ones: return (code & magnitude) == magnitude;
      case Specials::nan_minus_zero:
      case Specials::p3109: return code == nan;
      case Specials::none: break;
    }
    return false;
  }
  constexpr bool is_infinity(std::uint64_t code) const {
    return format.has_infinity() && (code & magnitude) == infinity;
  }
  constexpr bool is_finite(std::uint64_t code) const { return !is_nan(code) && !is_infinity(code); }
  constexpr bool is_zero(std::uint64_t code) const {
    return format.has_zero && (code & magnitude) == 0 && !is_nan(code);
  }
  /// Of a zero too: the format's only one where it has no −0.
  constexpr std::uint64_t with_sign(bool negative, std::uint64_t magnitude_code) const {
    if (!negative || (magnitude_code == 0 && !format.has_minus_zero())) return magnitude_code;
    return magnitude_code | sign;
  }

 private:
  constexpr std::uint64_t canonical_nan() const {
    switch (format.specials) {
      case Specials::ieee: return infinity | (hidden >> 1);
      case Specials::nan_all_ones: return magnitude;
      case Specials::p3109: return format.is_signed ? sign : magnitude;
      default: return sign;
    }
  }
};

template <FloatFormat F>
inline constexpr Codes codes_of{F};

/// What one operation rounds with and what happened in it.
struct Context {
  Arithmetic how{};
  std::uint32_t random = 0;  ///< below 2^how.random_bits
  unsigned events = 0;       ///< of the following
  int flushed = 0;           ///< numbers that became zero
};
inline constexpr unsigned event_invalid = 1, event_divided_by_zero = 2, event_overflow = 4, event_underflow = 8,
                          event_inexact = 16, event_nan = 32;

enum class Kind : std::uint8_t { finite, infinity, nan };

/// What a code stands for; a finite one for ±significand·2^exponent (not normalised, zero included).
struct Unpacked {
  Kind kind;
  bool negative;
  int exponent;
  std::uint64_t significand;

  constexpr bool is_zero() const { return kind == Kind::finite && significand == 0; }
};

constexpr Unpacked unpack(const Codes& f, std::uint64_t code) {
  const bool negative = (code & f.sign) != 0;
  if (f.is_nan(code)) return {Kind::nan, false, 0, 0};
  if (f.is_infinity(code)) return {Kind::infinity, negative, 0, 0};
  const int field = static_cast<int>((code & f.magnitude) >> f.fraction_bits);
  const std::uint64_t fraction = code & f.fraction;
  if (field == 0 && f.format.has_zero) return {Kind::finite, negative, f.emin - f.fraction_bits, fraction};
  return {Kind::finite, negative, field - f.format.bias - f.fraction_bits, fraction | f.hidden};
}

/// An operand: a subnormal number is flushed if the context says so.
constexpr Unpacked unpack(const Codes& f, std::uint64_t code, Context& context) {
  Unpacked x = unpack(f, code);
  if (context.how.inputs == Subnormals::flush && x.kind == Kind::finite && x.significand != 0 &&
      (code & f.magnitude) < f.min_normal) {
    x.significand = 0;
    ++context.flushed;
  }
  return x;
}

/// Whether δ, given by its first `random_bits` + 2 bits, the last of them sticky, rounds away from zero with R.
constexpr bool rounds_away(std::uint64_t delta, Rounding variant, int random_bits, std::uint32_t random) {
  const std::uint64_t one = std::uint64_t{1} << random_bits, rest = delta & 3;
  std::uint64_t kept = delta >> 2;
  switch (variant) {
    case Rounding::stochastic: kept += rest > 2 || (rest == 2 && (kept & 1) != 0); break;
    case Rounding::stochastic_odd: kept += rest > 2 || (rest == 2 && (kept & 1) == 0); break;
    case Rounding::stochastic_fast: kept += rest >= 2; break;
    default: break;
  }
  return kept + random >= one;
}

/// significand·2^by, rounded to an integer; `inexact` says whether that changed it. The significand may end in a sticky
/// bit, below the last place but one (below the last random bit but one, if the rounding is stochastic).
template <class W>
constexpr W shift_and_round(W significand, int by, bool negative, const Context& context, bool& inexact) {
  if (is_stochastic(context.how.rounding)) {
    const int bits = context.how.random_bits;
    const W parts = shift_right_sticky(significand, -(by + bits + 2));
    const W kept = parts >> (bits + 2);
    const auto delta = static_cast<std::uint64_t>(parts - (kept << (bits + 2)));
    inexact = delta != 0;
    return kept + W{inexact && rounds_away(delta, context.how.rounding, bits, context.random)};
  }
  const W quarters = shift_right_sticky(significand, -(by + 2));
  const W kept = quarters >> 2;
  const unsigned rest = static_cast<unsigned>(quarters) & 3u;  // 2 is a tie
  const bool odd = (static_cast<unsigned>(kept) & 1u) != 0;
  inexact = rest != 0;
  bool up = false;
  switch (context.how.rounding) {
    case Rounding::ties_to_even: up = rest > 2 || (rest == 2 && odd); break;
    case Rounding::ties_to_away: up = rest >= 2; break;
    case Rounding::toward_positive: up = rest != 0 && !negative; break;
    case Rounding::toward_negative: up = rest != 0 && negative; break;
    case Rounding::to_odd: up = rest != 0 && !odd; break;
    default: break;  // toward zero
  }
  return kept + W{up};
}

/// What stands for an infinite result: the infinity, the NaN where there is none, the largest finite number where there
/// is neither or the arithmetic saturates.
constexpr std::uint64_t infinity(const Codes& f, bool negative, Context& context) {
  if (f.format.has_infinity() && context.how.overflow == Overflow::infinity && (f.format.is_signed || !negative))
    return f.with_sign(negative, f.infinity);
  if (context.how.overflow == Overflow::saturate || !f.format.has_nan()) {
    context.events |= event_inexact;
    return f.format.is_signed || !negative ? f.with_sign(negative, f.max_finite) : 0;
  }
  context.events |= event_invalid | event_nan;
  return f.nan;
}

/// What stands for a NaN from operands that are none.
constexpr std::uint64_t invalid(const Codes& f, Context& context) {
  context.events |= event_invalid | (f.format.has_nan() ? event_nan : 0);
  return f.nan;
}

/// What stands for a NaN from an operand that is one.
constexpr std::uint64_t propagate_nan(const Codes& f, Context& context) {
  if (!f.format.has_nan()) context.events |= event_invalid;
  return f.nan;
}

/// A zero of that sign: +0 where there is no −0; where there is no zero, NaN, or the smallest number if the arithmetic
/// saturates.
constexpr std::uint64_t zero(const Codes& f, bool negative, Context& context) {
  if (f.format.has_zero) return f.with_sign(negative, 0);
  if (context.how.overflow != Overflow::saturate) return invalid(f, context);
  context.events |= event_inexact;
  return 0;
}

/// What stands for a finite number beyond the format: the infinity (the NaN, where there is none) or, in the directions
/// that point towards zero, in rounding to odd and where the arithmetic saturates, the largest finite number.
/// Stochastic rounding meets infinity where the format's next number would stand.
constexpr std::uint64_t overflow(const Codes& f, bool negative, Context& context) {
  context.events |= event_overflow | event_inexact;
  const Rounding rounding = context.how.rounding;
  const bool to_finite = rounding == Rounding::toward_zero || rounding == Rounding::to_odd ||
                         rounding == (negative ? Rounding::toward_positive : Rounding::toward_negative);
  if (to_finite || context.how.overflow == Overflow::saturate || !f.format.has_nan())
    return f.with_sign(negative, f.max_finite);
  if (f.format.has_infinity()) return f.with_sign(negative, f.infinity);
  context.events |= event_nan;
  return f.nan;
}

/// The code of ±significand·2^exponent, rounded once. Where the significand ends in a sticky bit, it is wide enough for
/// that bit to fall below the last place but one of the result (below the random bits). With results flushed, what is
/// tiny after rounding as if the exponent were unbounded becomes a zero of its sign (the FTZ of x86).
template <class W>
constexpr std::uint64_t round_pack(const Codes& f, bool negative, int exponent, W significand, Context& context) {
  if (significand == 0) return zero(f, negative, context);
  if (negative && !f.format.is_signed) {  // its nearest number is the smallest
    if (context.how.overflow == Overflow::infinity && f.format.has_nan()) return invalid(f, context);
    context.events |= event_inexact;
    return 0;
  }
  const int top = exponent + width_of<W> - 1 - leading_zeros(significand);  // the value is in [2^top, 2^(top + 1))
  if (top > f.emax) return overflow(f, negative, context);
  bool inexact = false;
  if (top < f.emin) {
    const int unbounded_last_place = top - f.fraction_bits;
    const W rounded = shift_and_round(significand, exponent - unbounded_last_place, negative, context, inexact);
    const bool is_tiny = top < f.emin - 1 || rounded >> f.precision == 0;
    if (!f.format.has_zero) {  // the smallest number is the nearest
      context.events |= event_inexact | (is_tiny ? event_underflow : 0);
      return 0;
    }
    if (is_tiny && context.how.results == Subnormals::flush) {
      context.events |= event_inexact | event_underflow;
      ++context.flushed;
      return f.with_sign(negative, 0);
    }
    const W subnormal = shift_and_round(significand, exponent - (f.emin - f.fraction_bits), negative, context, inexact);
    if (inexact) context.events |= event_inexact | (is_tiny ? event_underflow : 0);
    const auto code = static_cast<std::uint64_t>(subnormal);
    return code > f.max_finite ? overflow(f, negative, context) : f.with_sign(negative, code);
  }
  const W rounded = shift_and_round(significand, exponent - (top - f.fraction_bits), negative, context, inexact);
  // The hidden bit adds one to the exponent field; so does a carry.
  const std::uint64_t code = static_cast<std::uint64_t>(rounded) - f.hidden + f.min_normal +
                             (static_cast<std::uint64_t>(top - f.emin) << f.fraction_bits);
  if (code > f.max_finite) return overflow(f, negative, context);
  if (inexact) context.events |= event_inexact;
  return f.with_sign(negative, code);
}

}  // namespace halfway::detail
