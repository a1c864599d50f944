#include "halfway/formats/format_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "halfway/errors.hpp"

namespace halfway {

namespace {

constexpr std::array<std::string_view, 5> specials_names{"ieee", "nan_all_ones", "nan_minus_zero", "p3109", "none"};

int ieee_bias(int exponent_bits) { return (1 << (exponent_bits - 1)) - 1; }

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

template <class Range, class Name>
std::string listed(const Range& range, Name name_of) {
  std::string list;
  for (const auto& each : range) list.append(list.empty() ? "" : ", ").append(name_of(each));
  return list;
}

[[noreturn]] void fail(std::string_view text, const std::string& what) {
  throw ValueError("parse_format", quoted(text) + " " + what);
}

/// Takes the number that `text` begins with: small ones only, for no field of a format is large.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool begins_with_digit(std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; }

/// e5m10, which all of `text` must be.
std::optional<FloatFormat> take_widths(std::string_view text) {
  if (!take(text, "e") || !begins_with_digit(text)) return std::nullopt;
  const auto exponent_bits = take_number(text);
  if (!exponent_bits || !take(text, "m") || !begins_with_digit(text)) return std::nullopt;
  const auto fraction_bits = take_number(text);
  if (!fraction_bits || !text.empty()) return std::nullopt;
  // No wider than any format: the bias must be computable before is_supported() says no.
  const int exponent = std::clamp(*exponent_bits, 0, 20), fraction = std::clamp(*fraction_bits, 0, 60);
  return FloatFormat{fraction + 1, exponent, exponent == 0 ? 0 : ieee_bias(exponent)};
}

void read_option(std::string_view whole, std::string_view option, FloatFormat& format) {
  std::string_view rest = option;
  if (take(rest, "bias=")) {
    const auto bias = take_number(rest);
    if (!bias || !rest.empty()) fail(whole, "has the option " + quoted(option) + "; write a bias such as bias=7");
    format.bias = *bias;
  } else if (take(rest, "specials=")) {
    const auto* const found = std::ranges::find(specials_names, rest);
    if (found == specials_names.end()) {
      fail(whole, "has the option " + quoted(option) +
                      "; there are specials=" + listed(specials_names, [](std::string_view each) { return each; }));
    }
    format.specials = static_cast<Specials>(found - specials_names.begin());
  } else if (option == "unsigned") {
    format.is_signed = false;
  } else if (option == "no_zero") {
    format.has_zero = false;
  } else {
    fail(whole, "has the option " + quoted(option) + "; there are bias=N, specials=NAME, unsigned and no_zero");
  }
}

}  // namespace

std::string_view name(Specials specials) { return specials_names[static_cast<std::size_t>(specials)]; }

std::string to_string(const FloatFormat& format) {
  for (const NamedFormat& each : named_formats)
    if (each.format == format) return std::string(each.name);
  std::string text = "e" + std::to_string(format.exponent_bits) + "m" + std::to_string(format.fraction_bits());
  if (format.bias != ieee_bias(format.exponent_bits)) text += ":bias=" + std::to_string(format.bias);
  if (format.specials != Specials::ieee) text.append(":specials=").append(name(format.specials));
  if (!format.is_signed) text += ":unsigned";
  if (!format.has_zero) text += ":no_zero";
  return text;
}

FloatFormat parse_format(std::string_view text) {
  if (const auto named = find_format(text)) return *named;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto widths = take_widths(text.substr(0, colon));
  if (!widths) {
    fail(text, "is no format; there are " + listed(named_formats, [](const NamedFormat& each) { return each.name; }) +
                   ", and others by their widths: e5m10, e4m3:bias=8:specials=nan_minus_zero");
  }
  FloatFormat format = *widths;
  for (std::size_t at = colon; at < text.size();) {
    const std::size_t end = std::min(text.find(':', at + 1), text.size());
    read_option(text, text.substr(at + 1, end - at - 1), format);
    at = end;
  }
  if (!is_supported(format)) {
    fail(text,
         "is beyond the formats that are computed with: 3 to 32 bits, of them 1 to 8 of exponent and up to 23 of "
         "fraction, biases from -127 to 382, and two finite numbers or more beside the specials; float64 is the only "
         "wider one");
  }
  return format;
}

std::vector<FloatFormat> parse_formats(std::string_view list) {
  std::vector<FloatFormat> formats;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    formats.push_back(parse_format(list.substr(at, end - at)));
    at = end + 1;
  }
  return formats;
}

}  // namespace halfway
