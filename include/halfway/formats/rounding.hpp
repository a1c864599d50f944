// round_to: how a number of one format becomes a number of another. It is the definition; everything that converts in
// bulk is tested against it.
#pragma once
#include "halfway/formats/basic_float.hpp"
#include "halfway/formats/philox.hpp"

namespace halfway {

namespace detail {
template <class T>
struct FormatOf {};
template <>
struct FormatOf<float> {
  static constexpr FloatFormat value = binary32;
  using Code = std::uint32_t;
};
template <>
struct FormatOf<double> {
  static constexpr FloatFormat value = binary64;
  using Code = std::uint64_t;
};
template <FloatFormat F>
struct FormatOf<basic_float<F>> {
  static constexpr FloatFormat value = F;
  using Code = Storage<F>;
};
}  // namespace detail

/// The format of float, double or a basic_float.
template <class T>
inline constexpr FloatFormat format_of = detail::FormatOf<T>::value;

/// float, double, float16, bfloat16, …: what has a format.
template <class T>
concept FormattedFloat = requires {
  detail::FormatOf<T>::value;
};

/// The unsigned integer that holds the code of a T.
template <FormattedFloat T>
using code_type = typename detail::FormatOf<T>::Code;

/// The bits of a number, and back.
template <FormattedFloat T>
constexpr code_type<T> to_code(T x) {
  return std::bit_cast<code_type<T>>(x);
}
template <FormattedFloat T>
constexpr T from_code(code_type<T> code) {
  return std::bit_cast<T>(code);
}

/// A code of `From` rounded once to a code of `To`.
///
/// IEEE 754 convertFormat under `how`. Overflow: infinity (the NaN, where the format has no infinity, as ml_dtypes
/// does) or, in the directions that point towards zero, in rounding to odd and in saturating arithmetic, the largest
/// finite number. A NaN becomes the canonical NaN; so does an infinity where the format has none. `random`, an integer
/// below 2^how.random_bits, is what stochastic rounding compares with; the others do not read it.
template <FloatFormat To, FloatFormat From>
constexpr detail::Storage<To> round_code(detail::Storage<From> code, const Arithmetic& how, std::uint32_t random = 0) {
  return static_cast<detail::Storage<To>>(detail::convert_code<To, From>(code, how, random));
}
template <FloatFormat To, FloatFormat From>
constexpr detail::Storage<To> round_code(detail::Storage<From> code, Rounding rounding = Rounding::ties_to_even) {
  return round_code<To, From>(code, Arithmetic{.rounding = rounding});
}

/// The random integer below 2^how.random_bits with which element `i` of a bulk operation is rounded: the upper bits of
/// a half word (of a word, for more than 16 bits) of Philox4x32-7. A panel of 512 (256) elements takes 64 blocks; each
/// 128 of its elements take the same pair of words of every block in turn, first their lower, then their upper halves.
constexpr std::uint32_t random_bits_of(const Arithmetic& how, std::uint64_t i) {
  if (how.random_bits <= 0) return 0;
  const bool halves = how.random_bits <= 16;
  const std::uint64_t panel = halves ? 512 : 256, group = i % panel / 128, lane = i % 128;
  const auto block = philox<7>(how.seed, how.stream, i / panel * 64 + lane / 2);
  const std::uint32_t word = block[lane % 2 + 2 * (halves ? group / 2 : group)];
  return halves ? (word >> (16 * (group % 2)) & 0xFFFF) >> (16 - how.random_bits) : word >> (32 - how.random_bits);
}

/// `x` rounded once to a `To`, as round_code: round_to<bfloat16>(0.1, Rounding::toward_zero). Integers too.
template <FormattedFloat To, FormattedFloat From>
constexpr To round_to(From x, const Arithmetic& how, std::uint32_t random = 0) {
  return from_code<To>(round_code<format_of<To>, format_of<From>>(to_code(x), how, random));
}
template <FormattedFloat To, class Integer>
  requires std::is_integral_v<Integer>
constexpr To round_to(Integer x, const Arithmetic& how, std::uint32_t random = 0) {
  return from_code<To>(static_cast<code_type<To>>(detail::code_of_value<format_of<To>>(x, how, random)));
}
template <FormattedFloat To, class From>
constexpr To round_to(From x, Rounding rounding = Rounding::ties_to_even) {
  return round_to<To>(x, Arithmetic{.rounding = rounding});
}

}  // namespace halfway
