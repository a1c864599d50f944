// Reading: detail/decimal.hpp reads, here the two ways to call it.
#include "formats/text_check.hpp"
#include "halfway/formats/detail/decimal.hpp"
#include "halfway/formats/text.hpp"

namespace halfway {

using detail::Codes;
using detail::Context;
using detail::ReadNumber;

std::uint64_t parse(std::string_view text, const FloatFormat& format, const Arithmetic& how, std::uint32_t random) {
  const Codes f = detail::codes_for("parse", format);
  const auto number = detail::read_number(text);
  if (!number)
    throw ValueError("parse",
                     std::string("received \"")
                         .append(text)
                         .append("\", which is not a number; write one such as 0.5, 1e-5, -0x1.8p-3, inf or nan"));
  Context context{how, random};
  return detail::round_read_number(f, *number, context);
}

namespace {

std::optional<ReadNumber> read_number(detail::TextReader& text, std::chars_format layout) {
  const bool negative = text.take('-');
  auto number = detail::read_special(text);
  if (!number) {
    switch (layout) {
      case std::chars_format::hex: number = detail::read_hexadecimal(text); break;
      case std::chars_format::fixed: number = detail::read_decimal(text, detail::ExponentPart::none); break;
      case std::chars_format::scientific: number = detail::read_decimal(text, detail::ExponentPart::required); break;
      default: number = detail::read_decimal(text); break;
    }
  }
  if (number) number->negative = negative;
  return number;
}

}  // namespace

std::from_chars_result from_chars(const char* first, const char* last, const FloatFormat& format, std::uint64_t& code,
                                  std::chars_format layout, const Arithmetic& how, std::uint32_t random) {
  const Codes f = detail::codes_for("from_chars", format);
  detail::TextReader text({first, static_cast<std::size_t>(last - first)}, false);
  const auto number = read_number(text, layout);
  if (!number) return {first, std::errc::invalid_argument};
  Context context{how, random};
  code = detail::round_read_number(f, *number, context);
  const bool vanished = number->kind == detail::Kind::finite && number->significand != 0 && f.is_zero(code);
  const bool out_of_range = (context.events & detail::event_overflow) != 0 || vanished;
  return {last - text.rest().size(), out_of_range ? std::errc::result_out_of_range : std::errc()};
}

}  // namespace halfway
