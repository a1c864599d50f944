// Neighbours and distances among the numbers of a format.
#pragma once
#include "halfway/formats/rounding.hpp"

namespace halfway {

/// The least number above `x` (IEEE 754 nextUp): from the largest finite number infinity, or itself where the format
/// has none; from the subnormal next to it −0; from ±0 the smallest subnormal. NaN stays NaN.
template <FormattedFloat T>
constexpr T next_up(T x) {
  constexpr FloatFormat format = format_of<T>;
  using C = detail::Codes<format>;
  const std::uint64_t code = to_code(x);
  const auto made = [](std::uint64_t c) { return from_code<T>(static_cast<code_type<T>>(c)); };
  if (C::is_nan(code)) return made(C::nan);
  const std::uint64_t magnitude = code & C::magnitude;
  if (magnitude == 0) return made(1);
  if ((code & C::sign) != 0) return made(C::with_sign(true, magnitude - 1));
  return magnitude >= (format.has_infinity() ? C::infinity : C::max_finite) ? x : made(magnitude + 1);
}

/// The greatest number below `x` (IEEE 754 nextDown).
template <FormattedFloat T>
constexpr T next_down(T x) {
  const auto negated = [](T y) {
    return from_code<T>(static_cast<code_type<T>>(detail::negate<format_of<T>>(to_code(y))));
  };
  return detail::Codes<format_of<T>>::is_nan(to_code(x)) ? next_up(x) : negated(next_up(negated(x)));
}

/// The unit in the last place of `x`: the distance between the numbers of its binade (of the subnormals, for a zero or
/// a subnormal). Infinity for an infinity, NaN for NaN.
template <FormattedFloat T>
constexpr double ulp(T x) {
  constexpr FloatFormat format = format_of<T>;
  const detail::Unpacked number = detail::unpack<format>(to_code(x));
  std::uint64_t code = detail::Codes<binary64>::nan;
  if (number.kind == detail::Kind::infinity) code = detail::Codes<binary64>::infinity;
  // Every code of a binade shares its exponent field, which says where the last place is.
  if (number.kind == detail::Kind::finite)
    code = detail::round_pack<binary64>(false, number.exponent, detail::Wide<binary64>{1}, Rounding::ties_to_even);
  return std::bit_cast<double>(code);
}

/// How many steps of next_up lie between two numbers; the two zeros are one. Infinity is a step beyond the largest
/// finite number. Two NaNs are 0 apart, a NaN and a number 2^64 − 1.
template <FormattedFloat T>
constexpr std::uint64_t ulp_distance(T a, T b) {
  constexpr FloatFormat format = format_of<T>;
  const bool a_is_nan = detail::Codes<format>::is_nan(to_code(a)), b_is_nan = detail::Codes<format>::is_nan(to_code(b));
  if (a_is_nan || b_is_nan) return a_is_nan && b_is_nan ? 0 : ~std::uint64_t{0};
  const std::int64_t x = detail::place<format>(to_code(a)), y = detail::place<format>(to_code(b));
  return x < y ? static_cast<std::uint64_t>(y) - static_cast<std::uint64_t>(x)
               : static_cast<std::uint64_t>(x) - static_cast<std::uint64_t>(y);
}

}  // namespace halfway
