// Numbers as text, both ways, exactly. (operator<< stands in basic_float.hpp, formatters in formatter.hpp.)
//
// Each function has two forms: for a number, whose type says its format (float, double, float16, …), and for a code of
// a format that is known only at run time; that one throws ValueError for a format or a code that there is not.
#pragma once
#include <charconv>
#include <string>
#include <string_view>

#include "halfway/formats/rounding.hpp"

namespace halfway {

/// The shortest decimal text that reads back as the same number; of several the closest; laid out as std::to_chars
/// does: "0.1", "1e-05", "65504", "inf", "nan", "-0". Cost: about a microsecond.
std::string to_string(const FloatFormat& format, std::uint64_t code);
template <FloatFormat F>
std::string to_string(basic_float<F> x) {
  return to_string(F, x.bits());
}

/// All digits, without an exponent: "0.0999755859375" for float16(0.1). "inf" and "nan" for what has none.
std::string exact_decimal(const FloatFormat& format, std::uint64_t code);
template <FormattedFloat T>
std::string exact_decimal(T x) {
  return exact_decimal(format_of<T>, to_code(x));
}

/// Exactly, as C's %a: "0x1.998p-4", "-0x0p+0", "inf"; the digit before the point is 1, in subnormals too.
std::string to_hex_string(const FloatFormat& format, std::uint64_t code);
template <FormattedFloat T>
std::string to_hex_string(T x) {
  return to_hex_string(format_of<T>, to_code(x));
}

/// Sign, exponent and fraction in binary, those that the format has: "0 01111 0000000000" for float16(1), "01111111"
/// for float8_e8m0fnu(1).
std::string bit_string(const FloatFormat& format, std::uint64_t code);
template <FormattedFloat T>
std::string bit_string(T x) {
  return bit_string(format_of<T>, to_code(x));
}

/// The number that `text` stands for, rounded once from all of its digits: parse<float16>("1e-5"). All of it counts,
/// blanks too. Accepts signs, decimal and hexadecimal (0x1.8p-3) numbers of any length, inf, infinity and nan in either
/// case; ValueError for anything else. Overflow and what the format lacks are as in round_to; `random` as there.
std::uint64_t parse(std::string_view text, const FloatFormat& format, const Arithmetic& how = {},
                    std::uint32_t random = 0);
template <FormattedFloat T>
T parse(std::string_view text, const Arithmetic& how = {}, std::uint32_t random = 0) {
  return from_code<T>(static_cast<code_type<T>>(parse(text, format_of<T>, how, random)));
}
template <FormattedFloat T>
T parse(std::string_view text, Rounding rounding) {
  return parse<T>(text, Arithmetic{.rounding = rounding});
}

// ------------------------------------------------------------------------------------------ in the style of <charconv>

/// Writes into [first, last) as std::to_chars does, and returns what that does: no allocation, no locale, no final 0;
/// {last, value_too_large} if the text does not fit. Without a layout as to_string. With one alone, the shortest text
/// in it that reads back (chars_format::general: as without). With a precision, as printf's %e, %f, %g, %a with it,
/// correctly rounded from the exact value, ties to even; chars_format::hex has no "0x" and one digit before the point.
std::to_chars_result to_chars(char* first, char* last, const FloatFormat& format, std::uint64_t code,
                              std::chars_format layout = std::chars_format::general);
std::to_chars_result to_chars(char* first, char* last, const FloatFormat& format, std::uint64_t code,
                              std::chars_format layout, int precision);
template <FloatFormat F>
std::to_chars_result to_chars(char* first, char* last, basic_float<F> x,
                              std::chars_format layout = std::chars_format::general) {
  return to_chars(first, last, F, x.bits(), layout);
}
template <FloatFormat F>
std::to_chars_result to_chars(char* first, char* last, basic_float<F> x, std::chars_format layout, int precision) {
  return to_chars(first, last, F, x.bits(), layout, precision);
}

/// Reads the longest beginning of [first, last) that is a number, as std::from_chars does: no blanks, no plus sign, no
/// "0x"; {first, invalid_argument} and nothing stored if there is none. Otherwise `value` is that number, rounded once,
/// under `how`. Unlike there, that also holds with result_out_of_range: of a finite text that is beyond the format, or
/// one that is not zero and becomes zero. "nan" takes no parentheses.
std::from_chars_result from_chars(const char* first, const char* last, const FloatFormat& format, std::uint64_t& code,
                                  std::chars_format layout = std::chars_format::general, const Arithmetic& how = {},
                                  std::uint32_t random = 0);
template <FloatFormat F>
std::from_chars_result from_chars(const char* first, const char* last, basic_float<F>& value,
                                  std::chars_format layout = std::chars_format::general, const Arithmetic& how = {},
                                  std::uint32_t random = 0) {
  std::uint64_t code = value.bits();
  const std::from_chars_result result = from_chars(first, last, F, code, layout, how, random);
  value = basic_float<F>::from_bits(static_cast<detail::Storage<F>>(code));
  return result;
}

}  // namespace halfway
