// What the formatters of std::format and {fmt} share.
#include <array>
#include <cctype>

#include "halfway/formats/formatter.hpp"
#include "halfway/formats/text.hpp"

namespace halfway::detail {

namespace {

std::string in_layout(const FormatSpec& spec, const FloatFormat& format, std::uint64_t code) {
  const char type = static_cast<char>(std::tolower(static_cast<unsigned char>(spec.type)));
  const std::chars_format layout = type == 'a'   ? std::chars_format::hex
                                   : type == 'e' ? std::chars_format::scientific
                                   : type == 'f' ? std::chars_format::fixed
                                                 : std::chars_format::general;
  const bool all = spec.precision < 0 && (type == '\0' || type == 'a');
  for (std::string text(64, '\0');; text.resize(8 * text.size())) {
    char *const first = text.data(), *const last = first + text.size();
    const auto [end, error] =
        all ? to_chars(first, last, format, code, layout) : to_chars(first, last, format, code, layout, spec.precision);
    if (error != std::errc()) continue;
    text.resize(static_cast<std::size_t>(end - first));
    return text;
  }
}

std::string code_in_hexadecimal(const FloatFormat& format, std::uint64_t code) {
  std::string text;
  for (int places = (format.bits() + 3) / 4; places-- > 0;) text += "0123456789abcdef"[code >> (4 * places) & 15];
  return text;
}

}  // namespace

std::string format_number(const FormatSpec& spec, const FloatFormat& format, std::uint64_t code) {
  const bool is_hexadecimal_code = spec.type == 'x' || spec.type == 'X';
  std::string sign, digits;
  if (spec.type == 'b') {
    digits = bit_string(format, code);
  } else if (is_hexadecimal_code) {
    digits = code_in_hexadecimal(format, code);
  } else {
    digits = in_layout(spec, format, code);
    if (digits[0] == '-') {
      sign = "-";
      digits.erase(0, 1);
    } else if (spec.sign != '-') {
      sign = spec.sign;
    }
  }
  const bool is_finite = is_hexadecimal_code || spec.type == 'b' || Codes(format).is_finite(code);
  if (spec.alternate && is_finite) sign += "0x";
  std::string text = sign + digits;
  if (spec.type >= 'A' && spec.type <= 'Z')
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::size_t width = static_cast<std::size_t>(spec.width), size = text.size();
  if (size >= width) return text;
  const std::size_t missing = width - size;
  if (spec.zeros && spec.align == '\0' && is_finite) return text.insert(sign.size(), missing, '0');
  const std::size_t before = spec.align == '<' ? 0 : spec.align == '^' ? missing / 2 : missing;
  std::string padded;
  const std::string_view fill(spec.fill, static_cast<std::size_t>(spec.fill_size));
  for (std::size_t i = 0; i < before; ++i) padded += fill;
  padded += text;
  for (std::size_t i = before; i < missing; ++i) padded += fill;
  return padded;
}

}  // namespace halfway::detail
