// IEEE 754 operations on codes, in integers: the definition of all scalar arithmetic, free of the floating-point
// environment, of the compiler's flags and of the machine.
#pragma once
#include <compare>
#include <utility>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

// W is Wide<format> throughout, `f` the format of the result (IEEE 754's formatOf operations): operands may come from
// other formats of up to 24 bits' precision. `context` says how to round and collects what happened.

/// ±significand·2^exponent, exactly.
template <class W>
struct Term {
  bool negative;
  int exponent;
  W significand;
};

/// x + y, rounded once; a sum of exactly zero has the sign that IEEE 754 gives it. Significands are exact and have at
/// most 2·precision bits, which leaves a dozen and more of W for alignment.
template <class W>
constexpr std::uint64_t round_sum(const Codes& f, Term<W> x, Term<W> y, Context& context) {
  const bool zero_is_negative =
      x.negative == y.negative ? x.negative : context.how.rounding == Rounding::toward_negative;
  if (x.significand == 0 && y.significand == 0) return zero(f, zero_is_negative, context);
  if (x.significand == 0) return round_pack(f, y.negative, y.exponent, y.significand, context);
  if (y.significand == 0) return round_pack(f, x.negative, x.exponent, x.significand, context);
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
    if (x.significand == 0) return zero(f, zero_is_negative, context);
  }
  return round_pack(f, x.negative, x.exponent, x.significand, context);
}

template <class W>
constexpr Term<W> term(const Unpacked& x) {
  return {x.negative, x.exponent, x.significand};
}

/// x + y
template <class W>
constexpr std::uint64_t add(const Codes& f, const Unpacked& x, const Unpacked& y, Context& context) {
  if (x.kind == Kind::nan || y.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity && y.kind == Kind::infinity && x.negative != y.negative) return invalid(f, context);
  if (x.kind == Kind::infinity) return infinity(f, x.negative, context);
  if (y.kind == Kind::infinity) return infinity(f, y.negative, context);
  return round_sum(f, term<W>(x), term<W>(y), context);
}

/// −a, also of a NaN; moves no other bit. In an unsigned format the NaN, unless a is zero.
constexpr std::uint64_t negate(const Codes& f, std::uint64_t a) {
  if (!f.format.is_signed) return f.is_zero(a) ? a : f.nan;
  return (a & f.magnitude) == 0 && !f.format.has_minus_zero() ? a : a ^ f.sign;
}

/// x − y
template <class W>
constexpr std::uint64_t subtract(const Codes& f, const Unpacked& x, Unpacked y, Context& context) {
  y.negative = !y.negative;
  return add<W>(f, x, y, context);
}

/// x·y + z, rounded once.
template <class W>
constexpr std::uint64_t fma(const Codes& f, const Unpacked& x, const Unpacked& y, const Unpacked& z, Context& context) {
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan || z.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity || y.kind == Kind::infinity) {
    if (x.is_zero() || y.is_zero() || (z.kind == Kind::infinity && z.negative != negative)) return invalid(f, context);
    return infinity(f, negative, context);
  }
  if (z.kind == Kind::infinity) return infinity(f, z.negative, context);
  const Term<W> product{negative, x.exponent + y.exponent, W{x.significand} * y.significand};
  return round_sum(f, product, term<W>(z), context);
}

/// x·y
template <class W>
constexpr std::uint64_t multiply(const Codes& f, const Unpacked& x, const Unpacked& y, Context& context) {
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity || y.kind == Kind::infinity)
    return x.is_zero() || y.is_zero() ? invalid(f, context) : infinity(f, negative, context);
  return round_pack(f, negative, x.exponent + y.exponent, W{x.significand} * y.significand, context);
}

/// x / y
template <class W>
constexpr std::uint64_t divide(const Codes& f, const Unpacked& x, const Unpacked& y, Context& context) {
  const bool negative = x.negative != y.negative;
  if (x.kind == Kind::nan || y.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity) return y.kind == Kind::infinity ? invalid(f, context) : infinity(f, negative, context);
  if (y.kind == Kind::infinity) return zero(f, negative, context);
  if (y.significand == 0) {
    if (x.significand == 0) return invalid(f, context);
    context.events |= event_divided_by_zero;
    return infinity(f, negative, context);
  }
  if (x.significand == 0) return zero(f, negative, context);
  // A dividend of all bits by a divisor of half as many gives a quotient of at least half as many: W/2 ≥ precision + 2.
  const int up_x = leading_zeros(W{x.significand}), up_y = leading_zeros(W{y.significand}) - width_of<W> / 2;
  const W dividend = W{x.significand} << up_x, divisor = W{y.significand} << up_y;
  W quotient = dividend / divisor, rest = dividend % divisor;
  int exponent = (x.exponent - up_x) - (y.exponent - up_y);
  // Random bits want more digits of the quotient: what the width allows.
  if (is_stochastic(context.how.rounding)) {
    const int more = leading_zeros(quotient) - 2;
    for (int i = 0; i < more; ++i) {
      rest <<= 1;
      quotient <<= 1;
      if (rest >= divisor) rest -= divisor, quotient |= 1;
    }
    exponent -= more;
  }
  return round_pack(f, negative, exponent - 1, (quotient << 1) | W{rest != 0}, context);
}

/// √x
template <class W>
constexpr std::uint64_t square_root(const Codes& f, const Unpacked& x, Context& context) {
  if (x.kind == Kind::nan) return propagate_nan(f, context);
  if (x.is_zero()) return zero(f, x.negative, context);
  if (x.negative) return invalid(f, context);
  if (x.kind == Kind::infinity) return infinity(f, false, context);
  // A radicand of at least 2(p + 2) − 1 bits with an even exponent has an integer root of at least p + 2 bits.
  const int width = width_of<W> - leading_zeros(W{x.significand});
  int up = 2 * (f.precision + 2) > width ? 2 * (f.precision + 2) - width : 0;
  if ((x.exponent - up) % 2 != 0) up += up == 0 ? 1 : -1;
  W rest = W{x.significand} << up, root = 0;
  for (W bit = W{1} << ((width_of<W> - 1 - leading_zeros(rest)) & ~1); bit != 0; bit >>= 2) {  // digit by digit
    const W candidate = root + bit;
    root >>= 1;
    if (rest >= candidate) rest -= candidate, root += bit;
  }
  int exponent = (x.exponent - up) / 2;
  // Random bits want more digits of the root; each brings two zeros of the radicand into the remainder.
  if (is_stochastic(context.how.rounding)) {
    for (int more = context.how.random_bits + 1; more > 0; --more) {
      const W candidate = (root << 2) | 1;
      rest <<= 2;
      root <<= 1;
      if (rest >= candidate) rest -= candidate, root |= 1;
      --exponent;
    }
  }
  return round_pack(f, false, exponent - 1, (root << 1) | W{rest != 0}, context);
}

/// The place of a code on the number line, counted in numbers; both zeros at 0. Not for NaN.
constexpr std::int64_t place(const Codes& f, std::uint64_t code) {
  const auto magnitude = static_cast<std::int64_t>(code & f.magnitude);
  return (code & f.sign) != 0 ? -magnitude : magnitude;
}

/// As IEEE 754 compares: −0 equals +0, a NaN is unordered.
constexpr std::partial_ordering compare(const Codes& f, std::uint64_t a, std::uint64_t b) {
  if (f.is_nan(a) || f.is_nan(b)) return std::partial_ordering::unordered;
  return place(f, a) <=> place(f, b);
}

template <class Int>
constexpr Unpacked unpack_integer(Int x) {
  const bool negative = x < Int{0};
  const auto bits = static_cast<std::uint64_t>(x);
  return {Kind::finite, negative, 0, negative ? std::uint64_t{0} - bits : bits};
}

/// The code that a number rounds to. A NaN, and an infinity where the format has none, becomes the canonical NaN.
constexpr std::uint64_t round_number(const Codes& f, const Unpacked& x, Context& context) {
  if (x.kind == Kind::nan) return propagate_nan(f, context);
  if (x.kind == Kind::infinity) return infinity(f, x.negative, context);
  return f.precision <= 24 ? round_pack(f, x.negative, x.exponent, x.significand, context)
                           : round_pack(f, x.negative, x.exponent, u128{x.significand}, context);
}

// The same for formats known while compiling. `random` is read by stochastic rounding alone.

template <FloatFormat F>
constexpr std::uint64_t add(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}, std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context), y = unpack(codes_of<F>, b, context);
  return add<Wide<F>>(codes_of<F>, x, y, context);
}
template <FloatFormat F>
constexpr std::uint64_t subtract(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {},
                                 std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context), y = unpack(codes_of<F>, b, context);
  return subtract<Wide<F>>(codes_of<F>, x, y, context);
}
template <FloatFormat F>
constexpr std::uint64_t multiply(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {},
                                 std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context), y = unpack(codes_of<F>, b, context);
  return multiply<Wide<F>>(codes_of<F>, x, y, context);
}
template <FloatFormat F>
constexpr std::uint64_t divide(std::uint64_t a, std::uint64_t b, const Arithmetic& how = {}, std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context), y = unpack(codes_of<F>, b, context);
  return divide<Wide<F>>(codes_of<F>, x, y, context);
}
template <FloatFormat F>
constexpr std::uint64_t fma(std::uint64_t a, std::uint64_t b, std::uint64_t c, const Arithmetic& how = {},
                            std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context), y = unpack(codes_of<F>, b, context),
                 z = unpack(codes_of<F>, c, context);
  return fma<Wide<F>>(codes_of<F>, x, y, z, context);
}
template <FloatFormat F>
constexpr std::uint64_t square_root(std::uint64_t a, const Arithmetic& how = {}, std::uint32_t random = 0) {
  Context context{how, random};
  const Unpacked x = unpack(codes_of<F>, a, context);
  return square_root<Wide<F>>(codes_of<F>, x, context);
}
template <FloatFormat F>
constexpr std::uint64_t negate(std::uint64_t a) {
  return negate(codes_of<F>, a);
}
template <FloatFormat F>
constexpr std::partial_ordering compare(std::uint64_t a, std::uint64_t b) {
  return compare(codes_of<F>, a, b);
}
template <FloatFormat F>
constexpr std::uint64_t round_number(const Unpacked& x, const Arithmetic& how = {}, std::uint32_t random = 0) {
  Context context{how, random};
  return round_number(codes_of<F>, x, context);
}

/// A code of `From` rounded to a code of `To`.
constexpr std::uint64_t convert_code(const Codes& to, const Codes& from, std::uint64_t code, Context& context) {
  return round_number(to, unpack(from, code, context), context);
}
template <FloatFormat To, FloatFormat From>
constexpr std::uint64_t convert_code(std::uint64_t code, const Arithmetic& how = {}, std::uint32_t random = 0) {
  Context context{how, random};
  return convert_code(codes_of<To>, codes_of<From>, code, context);
}

}  // namespace halfway::detail
