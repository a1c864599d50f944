// halfway formats: the named formats, or any others, in a table.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "halfway/formats/detail/codes.hpp"
#include "halfway/formats/format_text.hpp"
#include "halfway/formats/text.hpp"

namespace halfway::cli {

namespace {

struct FormatsOptions {
  std::vector<FloatFormat> formats;
  bool json = false, markdown = false;
};

bool has_subnormals(const FloatFormat& f) { return f.has_zero && f.fraction_bits() > 0; }

std::string specials_text(const FloatFormat& f) {
  std::string text;
  const auto add = [&](bool has, const char* word) {
    text.append(!has || text.empty() ? "" : " ").append(has ? word : "");
  };
  add(f.has_infinity(), "inf");
  add(f.has_nan(), "nan");
  add(f.has_minus_zero(), "-0");
  add(!f.has_zero, "no 0");
  return text.empty() ? "none" : text;
}

/// What printf's %g makes of it: six digits.
std::string six_digits(const FloatFormat& f, std::uint64_t code) {
  char text[32];
  constexpr int digits = 6;
  const auto end = to_chars(std::begin(text), std::end(text), f, code, std::chars_format::general, digits).ptr;
  return {std::begin(text), end};
}

Table table_of(const std::vector<FloatFormat>& formats) {
  Table table({"format", "bits", "s/e/f", "bias", "max", "min normal", "min subnormal", "epsilon", "specials"});
  for (const FloatFormat& f : formats) {
    const auto power = [](int exponent) { return fmt::format("2^{}", exponent); };
    table.add({to_string(f), std::to_string(f.bits()),
               fmt::format("{}/{}/{}", f.is_signed ? 1 : 0, f.exponent_bits, f.fraction_bits()), std::to_string(f.bias),
               six_digits(f, f.max_finite()), power(f.emin()),
               has_subnormals(f) ? power(f.emin() - f.fraction_bits()) : "-", power(-f.fraction_bits()),
               specials_text(f)});
  }
  return table;
}

nlohmann::ordered_json json_of(const FloatFormat& f) {
  const detail::Codes codes(f);
  nlohmann::ordered_json json{{"name", to_string(f)},
                              {"bits", f.bits()},
                              {"sign_bits", f.is_signed ? 1 : 0},
                              {"exponent_bits", f.exponent_bits},
                              {"fraction_bits", f.fraction_bits()},
                              {"bias", f.bias},
                              {"specials", std::string(name(f.specials))},
                              {"has_infinity", f.has_infinity()},
                              {"has_nan", f.has_nan()},
                              {"has_minus_zero", f.has_minus_zero()},
                              {"has_zero", f.has_zero},
                              {"min_exponent", f.emin()},
                              {"max_exponent", f.emax()},
                              {"max", exact_decimal(f, codes.max_finite)},
                              {"min_normal", exact_decimal(f, codes.min_normal)},
                              {"min_subnormal", nullptr}};
  if (has_subnormals(f)) json["min_subnormal"] = exact_decimal(f, 1);
  json["epsilon"] =
      exact_decimal(binary64, detail::round_number<binary64>({detail::Kind::finite, false, -f.fraction_bits(), 1}));
  return json;
}

void run(const FormatsOptions& options) {
  if (options.json) {
    auto json = nlohmann::ordered_json::array();
    for (const FloatFormat& f : options.formats) json.push_back(json_of(f));
    std::cout << json.dump(2) << '\n';
  } else {
    const Table table = table_of(options.formats);
    std::cout << (options.markdown ? table.markdown() : table.text());
  }
}

}  // namespace

void add_formats_command(CLI::App& app) {
  const auto options = std::make_shared<FormatsOptions>();
  for (const NamedFormat& each : named_formats) options->formats.push_back(each.format);
  CLI::App* const command = app.add_subcommand("formats", "Lists number formats: widths, bias, range, specials");
  add_parsed_option(*command, "--format", options->formats,
                    "These, separated by commas: names, or notations such as e5m10 (default: all that have a name)",
                    [](const std::string& text) { return parse_formats(text); })
      ->type_name("LIST");
  auto* const json =
      command->add_flag("--json", options->json, "All fields, numbers with all of their digits, as JSON");
  command->add_flag("--markdown", options->markdown, "The table in Markdown")->excludes(json);
  command->callback([options] { run(*options); });
}

}  // namespace halfway::cli
