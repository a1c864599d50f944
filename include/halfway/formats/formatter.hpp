// Every number of the library in std::format, where the standard library has <format>: std::format("{:>8.3f}", x). For
// {fmt} there is fmt_formatter.hpp.
//
//   [[fill]align][sign][#][0][width][.precision][type]      as for float; width and precision are literal numbers
//   type = none                  to_string; with a precision as g
//        | e | E | f | F | g | G  rounded from the exact value; without a precision to six digits
//        | a | A                  hexadecimal: 1.8p+1; without a precision all of it; # puts 0x before it
//        | x | X                  the code in hexadecimal, all of its digits; # puts 0x before it
//        | b                      bit_string: sign, exponent and fraction
// An unknown type, # without one of a and x, a sign or a precision with x or b are format errors.
#pragma once
#include <version>
#ifdef __cpp_lib_format
#include <format>
#endif
#include <algorithm>
#include <memory>
#include <string>

#include "halfway/formats/basic_float.hpp"

namespace halfway::detail {

/// What stands between colon and brace.
struct FormatSpec {
  char fill[4] = {' '};  ///< one character, in UTF-8
  int fill_size = 1;
  char align = '\0';  ///< '<', '>', '^'; none: right
  char sign = '-';    ///< '-', '+', ' '
  bool alternate = false;
  bool zeros = false;
  int width = 0;
  int precision = -1;
  char type = '\0';
};

constexpr bool is_align(char c) { return c == '<' || c == '>' || c == '^'; }

/// A number of at most six digits; more are an error, and so is none at all.
template <class Fail>
constexpr int read_spec_number(const char*& at, const char* end, Fail fail) {
  int number = 0, digits = 0;
  for (; at != end && *at >= '0' && *at <= '9'; ++at, ++digits) number = 10 * number + (*at - '0');
  if (digits == 0 || digits > 6) fail("halfway: a width or a precision is a number of up to six digits");
  return number;
}

/// Reads a specification up to its brace; calls fail(message), which throws, for what it is not.
template <class Fail>
constexpr const char* read_spec(const char* at, const char* end, FormatSpec& spec, Fail fail) {
  if (at == end || *at == '}') return at;
  const auto lead = static_cast<unsigned char>(*at);
  const int size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (end - at > size && is_align(at[size])) {
    for (int i = 0; i < size; ++i) spec.fill[i] = at[i];
    spec.fill_size = size;
    at += size;
  }
  if (is_align(*at)) spec.align = *at++;
  if (at != end && (*at == '+' || *at == '-' || *at == ' ')) spec.sign = *at++;
  if (at != end && *at == '#') spec.alternate = true, ++at;
  if (at != end && *at == '0') spec.zeros = true, ++at;
  if (at != end && *at >= '1' && *at <= '9') spec.width = read_spec_number(at, end, fail);
  if (at != end && *at == '.') spec.precision = read_spec_number(++at, end, fail);
  if (at != end && *at != '}') spec.type = *at++;
  if (at != end && *at != '}') fail("halfway: a format is [[fill]align][sign][#][0][width][.precision][type]");
  const bool is_code = spec.type == 'x' || spec.type == 'X' || spec.type == 'b';
  if (spec.type != '\0' && std::string_view("eEfFgGaAxXb").find(spec.type) == std::string_view::npos)
    fail("halfway: the types are e, E, f, F, g, G, a, A, x, X and b");
  if (spec.alternate && std::string_view("aAxX").find(spec.type) == std::string_view::npos)
    fail("halfway: # goes with a, A, x and X");
  if (is_code && (spec.sign != '-' || spec.precision >= 0)) fail("halfway: a code has neither sign nor precision");
  return at;
}

/// The text, filled to its width.
std::string format_number(const FormatSpec& spec, const FloatFormat& format, std::uint64_t code);

}  // namespace halfway::detail

#ifdef __cpp_lib_format
template <halfway::FloatFormat F>
struct std::formatter<halfway::basic_float<F>, char> {
  constexpr auto parse(std::format_parse_context& context) {
    const char* const begin = std::to_address(context.begin());
    const char* const end = begin + (context.end() - context.begin());
    const char* const at =
        halfway::detail::read_spec(begin, end, spec_, [](const char* what) { throw std::format_error(what); });
    return context.begin() + (at - begin);
  }
  template <class Context>
  auto format(halfway::basic_float<F> x, Context& context) const {
    return std::ranges::copy(halfway::detail::format_number(spec_, F, x.bits()), context.out()).out;
  }

 private:
  halfway::detail::FormatSpec spec_;
};
#endif
