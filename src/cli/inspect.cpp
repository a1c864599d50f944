#include "cli/inspect.hpp"

#include <fmt/format.h>

#include <charconv>

#include "halfway/errors.hpp"
#include "halfway/formats/format_text.hpp"
#include "halfway/formats/text.hpp"
#include "halfway/formats/ulp.hpp"

namespace halfway::cli {

namespace {

std::string code_text(const FloatFormat& format, std::uint64_t code) {
  return fmt::format("0x{:0{}X}", code, (format.bits() + 3) / 4);
}
Shown shown(const FloatFormat& format, std::uint64_t code) {
  return {code_text(format, code), to_string(format, code)};
}

/// The digits of a code behind "0x" or "0b"; blanks and underscores between them are for the eye.
std::optional<std::uint64_t> parse_code(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0b") ? 2 : 0;
  if (base == 0) return std::nullopt;
  std::string digits(text.substr(2));
  std::erase_if(digits, [](char c) { return c == ' ' || c == '_'; });
  std::uint64_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return code;
}

/// A hexadecimal number in decimal digits: through float64, which must hold it.
Decimal decimal_of_hexadecimal(const std::string& text) {
  const std::uint64_t down = parse(text, binary64, {.rounding = Rounding::toward_negative});
  if (down != parse(text, binary64, {.rounding = Rounding::toward_positive}))
    throw ValueError("inspect", "'" + text + "' is no float64 number; write it with 53 bits or fewer, or in decimal");
  return Decimal(exact_decimal(binary64, down));
}

std::string_view kind_of(const detail::Codes& codes, std::uint64_t code) {
  if (codes.is_nan(code)) return "nan";
  if (codes.is_infinity(code)) return "infinity";
  if (codes.is_zero(code)) return "zero";
  return (code & codes.magnitude) < codes.min_normal ? "subnormal" : "normal";
}

Decimal power_of_two(int exponent) {
  const std::uint64_t code = detail::round_number<binary64>({detail::Kind::finite, false, exponent, 1});
  return Decimal(exact_decimal(binary64, code));
}

}  // namespace

Subject parse_subject(const std::string& text) {
  constexpr std::string_view code_prefix = "bits:";
  if (text.starts_with(code_prefix) || text.starts_with("0b")) {
    const bool prefixed = text.starts_with(code_prefix);
    const auto code = parse_code(std::string_view(text).substr(prefixed ? code_prefix.size() : 0));
    if (!code)
      throw ValueError("inspect", "'" + text + "' is no code; write one such as bits:0x3C00, bits:0b111 or 0b111");
    return {text, code, {}};
  }
  const std::uint64_t nearest = parse(text, binary64);
  const detail::Codes& f = detail::codes_of<binary64>;
  const bool is_word = text.find_first_of("nN") != std::string::npos;  // inf, nan
  if (is_word && !f.is_finite(nearest)) return {text, {}, {}};
  const bool hexadecimal = text.find_first_of("xX") != std::string::npos;
  return {text, {}, hexadecimal ? decimal_of_hexadecimal(text) : Decimal(text)};
}

Subject value_of_code(const Subject& code, const FloatFormat& format) {
  const std::string text = exact_decimal(format, *code.code);
  const bool finite = detail::Codes(format).is_finite(*code.code);
  return {text, {}, finite ? std::optional(Decimal(text)) : std::nullopt};
}

Inspection inspect(const Subject& subject, const FloatFormat& format) {
  const detail::Codes codes(format);
  const std::uint64_t code = subject.code ? *subject.code : parse(subject.text, format);
  Inspection result{.format = to_string(format),
                    .number = shown(format, code),
                    .kind = kind_of(codes, code),
                    .bits = bit_string(format, code),
                    .sign = (code & codes.sign) != 0,
                    .exponent_field = (code & codes.magnitude) >> codes.fraction_bits,
                    .fraction_field = code & codes.fraction,
                    .exact = exact_decimal(format, code),
                    .hexadecimal = to_hex_string(format, code),
                    .fraction_bits = codes.fraction_bits};
  if (!codes.is_nan(code)) {
    result.below = shown(format, detail::next_down(codes, code));
    result.above = shown(format, detail::next_up(codes, code));
  }
  if (codes.is_finite(code)) {
    result.last_exponent = detail::unpack(codes, code).exponent;
    if (subject.exact) {
      const Decimal error = Decimal(result.exact) - *subject.exact;
      result.error = {error.six_digits(), subject.exact->is_zero() ? "0" : error.six_digits_of_ratio(*subject.exact),
                      error.six_digits_of_ratio(power_of_two(*result.last_exponent))};
    }
  }
  if (!subject.code) {
    result.rounded.emplace();
    for (std::size_t i = 0; i < directions.size(); ++i)
      (*result.rounded)[i] = shown(format, parse(subject.text, format, {.rounding = directions[i]}));
  }
  return result;
}

}  // namespace halfway::cli
