// Neighbours and distances among the numbers of a format.
#pragma once
#include "halfway/formats/rounding.hpp"

namespace halfway {

namespace detail {

constexpr std::uint64_t next_up(const Codes& f, std::uint64_t code) {
  if (f.is_nan(code)) return f.nan;
  const std::uint64_t magnitude = code & f.magnitude;
  if (f.is_zero(code)) return 1;
  if ((code & f.sign) != 0) return f.with_sign(true, magnitude - 1);
  return magnitude >= (f.format.has_infinity() ? f.infinity : f.max_finite) ? code : magnitude + 1;
}
constexpr std::uint64_t next_down(const Codes& f, std::uint64_t code) {
  if (f.is_nan(code)) return f.nan;
  if (f.format.is_signed) return negate(f, next_up(f, negate(f, code)));
  return code == 0 ? code : code - 1;
}

/// The distance of a code to its neighbour away from zero, as a binary64 code.
constexpr std::uint64_t ulp(const Codes& f, std::uint64_t code) {
  const Unpacked x = unpack(f, code);
  if (x.kind == Kind::nan) return codes_of<binary64>.nan;
  if (x.kind == Kind::infinity) return codes_of<binary64>.infinity;
  // Every code of a binade shares its exponent field, which says where the last place is.
  return round_number<binary64>({Kind::finite, false, x.exponent, 1});
}

}  // namespace detail

/// The least number above `x` (IEEE 754 nextUp): from the largest finite number infinity, or itself where the format
/// has none; from the subnormal next to it −0; from ±0 the smallest subnormal. NaN stays NaN.
template <FormattedFloat T>
constexpr T next_up(T x) {
  return from_code<T>(static_cast<code_type<T>>(detail::next_up(detail::codes_of<format_of<T>>, to_code(x))));
}

/// The greatest number below `x` (IEEE 754 nextDown); of the smallest of an unsigned format itself.
template <FormattedFloat T>
constexpr T next_down(T x) {
  return from_code<T>(static_cast<code_type<T>>(detail::next_down(detail::codes_of<format_of<T>>, to_code(x))));
}

/// The unit in the last place of `x`: the distance between the numbers of its binade (of the subnormals, for a zero or
/// a subnormal). Infinity for an infinity, NaN for NaN.
template <FormattedFloat T>
constexpr double ulp(T x) {
  return std::bit_cast<double>(detail::ulp(detail::codes_of<format_of<T>>, to_code(x)));
}

/// How many steps of next_up lie between two numbers; the two zeros are one. Infinity is a step beyond the largest
/// finite number. Two NaNs are 0 apart, a NaN and a number 2^64 − 1.
template <FormattedFloat T>
constexpr std::uint64_t ulp_distance(T a, T b) {
  constexpr const detail::Codes& f = detail::codes_of<format_of<T>>;
  const bool a_is_nan = f.is_nan(to_code(a)), b_is_nan = f.is_nan(to_code(b));
  if (a_is_nan || b_is_nan) return a_is_nan && b_is_nan ? 0 : ~std::uint64_t{0};
  const std::int64_t x = detail::place(f, to_code(a)), y = detail::place(f, to_code(b));
  return x < y ? static_cast<std::uint64_t>(y) - static_cast<std::uint64_t>(x)
               : static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y);
}

}  // namespace halfway
