// Numbers as text, both ways. (operator<< stands in basic_float.hpp and prints what to_string gives.)
#pragma once
#include <string>
#include <string_view>

#include "halfway/formats/rounding.hpp"

namespace halfway {

namespace detail {
std::string shortest_text(const Unpacked& x, RoundNumber round);
std::string bit_text(const FloatFormat& format, std::uint64_t code);
Unpacked parse_number(std::string_view text, std::string_view format);
}  // namespace detail

/// The shortest decimal text that reads back as `x`; of several the closest; laid out as std::to_chars does:
/// "0.1", "1e-05", "65504", "inf", "nan", "-0".
template <FloatFormat F>
std::string to_string(basic_float<F> x) {
  return detail::shortest_text(detail::unpack(detail::codes_of<F>, x.bits()), detail::round_number_to_nearest<F>);
}

/// Sign, exponent and fraction in binary: "0 01111 0000000000" for float16(1).
template <FormattedFloat T>
std::string bit_string(T x) {
  return detail::bit_text(format_of<T>, to_code(x));
}

/// The number that `text` stands for, rounded once: parse<float16>("1e-5"). All of it counts, blanks too. Accepts
/// signs, decimal and hexadecimal (0x1.8p-3) numbers of any length, inf, infinity and nan in either case; throws
/// ValueError for anything else. For float, float16, bfloat16 and the 8-bit formats.
template <FormattedFloat T>
T parse(std::string_view text, Rounding rounding = Rounding::ties_to_even) {
  constexpr FloatFormat format = format_of<T>;
  static_assert(format.precision <= 24 && format.exponent_bits <= 8, "parse knows formats up to float");
  const detail::Unpacked number = detail::parse_number(text, name_of<format>);
  return from_code<T>(static_cast<code_type<T>>(detail::round_number<format>(number, {.rounding = rounding})));
}

}  // namespace halfway
