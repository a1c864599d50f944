// IEEE 754 operations on codes, in integers: the definition of all scalar arithmetic, free of the floating-point
// environment, of the compiler's flags and of the machine.
#pragma once
#include <compare>
#include <utility>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// How an operation rounds, and what it does with subnormal numbers.
struct Arithmetic {
  Rounding rounding = Rounding::ties_to_even;
  Subnormals inputs = Subnormals::keep;   ///< flush: a subnormal operand reads as a zero of its sign (x86 DAZ)
  Subnormals results = Subnormals::keep;  ///< flush: a result that is tiny after rounding is a zero of its sign (FTZ)
};

/// ±significand·2^exponent, exactly.
template <class W>
struct Term {
  bool negative;
  int exponent;
  W significand;
};

/// x + y, rounded once; a sum of exactly zero has the sign that IEEE 754 gives it. Significands are exact and have at
/// most 2·precision bits, which leaves a dozen and more of W for alignment.
template <FloatFormat F, class W>
constexpr std::uint64_t round_sum(Term<W> x, Term<W> y, const Arithmetic& how) {
  const bool zero_is_negative = x.negative == y.negative ? x.negative : how.rounding == Rounding::toward_negative;
  if (x.significand == 0 && y.significand == 0) return Codes<F>::with_sign(zero_is_negative, 0);
  if (x.significand == 0) return round_pack<F>(y.negative, y.exponent, y.significand, how.rounding, how.results);
  if (y.significand == 0) return round_pack<F>(x.negative, x.exponent, x.significand, how.rounding, how.results);
  // Leading bits to the third place from the top: a sum has room for its carry. What alignment shifts out is sticky;
  // it shifts out bits only where the exponents are so far apart that no cancellation reaches them.
  for (Term<W>* term : {&x, &y}) {
    const int up = leading_zeros(term->significand) - 2;
    term->significand <<= up;
    term->exponent -= up;
  }
  if (x.exponent < y.exponent) std::swap(x, y);
  y.significand = shift_right_sticky(y.significand, x.exponent - y.exponent);
  if (x.negative == y.negative) {
    x.significand += y.significand;
  } else {
    if (x.significand < y.significand) std::swap(x.significand, y.significand), x.negative = !x.negative;
    x.significand -= y.significand;
    if (x.significand == 0) return Codes<F>::with_sign(zero_is_negative, 0);
  }
  return round_pack<F>(x.negative, x.exponent, x.significand, how.rounding, how.results);
}

template <FloatFormat F>
constexpr Term<Wide<F>> term(const Unpacked& x) {
  return {x.negative, x.exponent, x.significand};
}

template <FloatFormat F>
constexpr std::uint64_t infinity(bool negative) {
  return F.has_infinity() ? Codes<F>::with_sign(negative, Codes<F>::infinity) : Codes<F>::nan;
}

/// a + b
template <FloatFormat F>
constexpr std::uint64_t add(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}) {
  const Unpacked x = unpack<F>(a, how.inputs), y = unpack<F>(b, how.inputs);
  if (x.kind == Kind::nan || y.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::infinity && y.kind == Kind::infinity && x.negative != y.negative) return Codes<F>::nan;
  if (x.kind == Kind::infinity) return infinity<F>(x.negative);
  if (y.kind == Kind::infinity) return infinity<F>(y.negative);
  return round_sum<F>(term<F>(x), term<F>(y), how);
}

/// −a, also of a NaN; moves no other bit.
template <FloatFormat F>
constexpr std::uint64_t negate(std::uint64_t a) {
  const bool no_minus_zero = F.specials == Specials::nan_minus_zero && (a & Codes<F>::magnitude) == 0;
  return no_minus_zero ? a : a ^ Codes<F>::sign;
}

/// a − b
template <FloatFormat F>
constexpr std::uint64_t subtract(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}) {
  return add<F>(a, negate<F>(b), how);
}

/// a·b + c, rounded once.
template <FloatFormat F>
constexpr std::uint64_t fma(std::uint64_t a, std::uint64_t b, std::uint64_t c, const Arithmetic& how = {}) {
  const Unpacked x = unpack<F>(a, how.inputs), y = unpack<F>(b, how.inputs), z = unpack<F>(c, how.inputs);
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan || z.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::infinity || y.kind == Kind::infinity) {
    const bool other_is_zero =
        (x.kind == Kind::finite && x.significand == 0) || (y.kind == Kind::finite && y.significand == 0);
    if (other_is_zero || (z.kind == Kind::infinity && z.negative != negative)) return Codes<F>::nan;
    return infinity<F>(negative);
  }
  if (z.kind == Kind::infinity) return infinity<F>(z.negative);
  const Term<Wide<F>> product{negative, x.exponent + y.exponent, Wide<F>{x.significand} * y.significand};
  return round_sum<F>(product, term<F>(z), how);
}

/// a·b
template <FloatFormat F>
constexpr std::uint64_t multiply(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}) {
  const Unpacked x = unpack<F>(a, how.inputs), y = unpack<F>(b, how.inputs);
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::infinity || y.kind == Kind::infinity) {
    const bool other_is_zero =
        (x.kind == Kind::finite && x.significand == 0) || (y.kind == Kind::finite && y.significand == 0);
    return other_is_zero ? Codes<F>::nan : infinity<F>(negative);
  }
  return round_pack<F>(negative, x.exponent + y.exponent, Wide<F>{x.significand} * y.significand, how.rounding,
                       how.results);
}

/// a / b
template <FloatFormat F>
constexpr std::uint64_t divide(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}) {
  using W = Wide<F>;
  const Unpacked x = unpack<F>(a, how.inputs), y = unpack<F>(b, how.inputs);
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::infinity) return y.kind == Kind::infinity ? Codes<F>::nan : infinity<F>(negative);
  if (y.kind == Kind::infinity) return Codes<F>::with_sign(negative, 0);
  if (y.significand == 0) return x.significand == 0 ? Codes<F>::nan : infinity<F>(negative);
  if (x.significand == 0) return Codes<F>::with_sign(negative, 0);
  // A dividend of all bits by a divisor of half as many gives a quotient of at least half as many: W/2 ≥ precision + 2.
  const int up_x = leading_zeros(W{x.significand}), up_y = leading_zeros(W{y.significand}) - width_of<W> / 2;
  const W dividend = W{x.significand} << up_x, divisor = W{y.significand} << up_y;
  const W quotient = dividend / divisor, sticky = W{dividend % divisor != 0};
  return round_pack<F>(negative, (x.exponent - up_x) - (y.exponent - up_y) - 1, (quotient << 1) | sticky, how.rounding,
                       how.results);
}

/// √a
template <FloatFormat F>
constexpr std::uint64_t square_root(std::uint64_t a, const Arithmetic& how = {}) {
  using W = Wide<F>;
  const Unpacked x = unpack<F>(a, how.inputs);
  if (x.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::finite && x.significand == 0) return Codes<F>::with_sign(x.negative, 0);
  if (x.negative) return Codes<F>::nan;
  if (x.kind == Kind::infinity) return infinity<F>(false);
  // A radicand of 2(p + 2) bits, or one less, with an even exponent has an integer root of p + 2 bits.
  int up = 2 * (F.precision + 2) - (width_of<W> - leading_zeros(W{x.significand}));
  if ((x.exponent - up) % 2 != 0) --up;
  W rest = W{x.significand} << up, root = 0;
  for (W bit = W{1} << (2 * (F.precision + 1)); bit != 0; bit >>= 2) {  // digit by digit
    const W candidate = root + bit;
    root >>= 1;
    if (rest >= candidate) rest -= candidate, root += bit;
  }
  return round_pack<F>(false, (x.exponent - up) / 2 - 1, (root << 1) | W{rest != 0}, how.rounding, how.results);
}

/// The place of a code on the number line, counted in numbers; both zeros at 0. Not for NaN.
template <FloatFormat F>
constexpr std::int64_t place(std::uint64_t code) {
  const auto magnitude = static_cast<std::int64_t>(code & Codes<F>::magnitude);
  return (code & Codes<F>::sign) != 0 ? -magnitude : magnitude;
}

/// As IEEE 754 compares: −0 equals +0, a NaN is unordered.
template <FloatFormat F>
constexpr std::partial_ordering compare(std::uint64_t a, std::uint64_t b) {
  if (Codes<F>::is_nan(a) || Codes<F>::is_nan(b)) return std::partial_ordering::unordered;
  return place<F>(a) <=> place<F>(b);
}

/// The code that a number rounds to. A NaN, and an infinity where the format has none, becomes the canonical NaN.
template <FloatFormat F>
constexpr std::uint64_t round_number(const Unpacked& x, const Arithmetic& how = {}) {
  if (x.kind == Kind::nan) return Codes<F>::nan;
  if (x.kind == Kind::infinity) return infinity<F>(x.negative);
  return round_pack<F>(x.negative, x.exponent, x.significand, how.rounding, how.results);
}

/// A code of `From` rounded to a code of `To`.
template <FloatFormat To, FloatFormat From>
constexpr std::uint64_t convert_code(std::uint64_t code, const Arithmetic& how = {}) {
  return round_number<To>(unpack<From>(code, how.inputs), how);
}

}  // namespace halfway::detail
