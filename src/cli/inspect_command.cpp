// halfway inspect: one number in several formats, to the last digit.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/inspect.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway::cli {

namespace {

struct InspectOptions {
  Subject subject;
  std::vector<FloatFormat> formats{binary16, bfloat};
  std::optional<FloatFormat> input_format;
  bool json = false;
};

// ---------------------------------------------------------------------------------------------------------- for people

constexpr std::size_t label_width = 14, line_width = 96;

/// A labelled line, broken where it would be too long: at a blank, if there is one.
std::string line(std::string_view label, std::string_view text) {
  constexpr std::size_t room = line_width - label_width;
  std::string lines = fmt::format("  {:<{}}", label, label_width - 2);
  while (text.size() > room) {
    const std::size_t blank = text.rfind(' ', room);
    const std::size_t end = blank == std::string_view::npos ? room : blank;
    lines.append(text.substr(0, end)).append("\n").append(label_width, ' ');
    text.remove_prefix(blank == std::string_view::npos ? end : end + 1);
  }
  return lines.append(text) + '\n';
}

/// "normal: 2^-4 * (1 + 614/1024)"
std::string composition(const Inspection& x) {
  if (!x.last_exponent || x.kind == "zero") return std::string(x.kind);
  const std::uint64_t one = std::uint64_t{1} << x.fraction_bits;
  const std::string fraction = fmt::format("{}/{}", x.fraction_field, one);
  const std::string factor = x.kind == "subnormal" ? fraction : "(1 + " + fraction + ")";
  return fmt::format("{}: {}2^{}{}", x.kind, x.sign != 0 ? "-" : "", *x.last_exponent + x.fraction_bits,
                     x.fraction_bits == 0 ? "" : " * " + factor);
}

std::string text_of(const Shown& x) { return x.code + "  " + x.shortest; }

/// The results of all directions, those with one result together.
std::string rounded_text(const std::array<Shown, directions.size()>& rounded) {
  std::string text;
  for (std::size_t i = 0; i < rounded.size(); ++i) {
    const auto same = [&](std::size_t j) { return rounded[j].code == rounded[i].code; };
    std::string names;
    bool told = false;
    for (std::size_t j = 0; j < rounded.size(); ++j) {
      if (!same(j)) continue;
      told = told || j < i;
      names.append(names.empty() ? "" : ", ").append(name(directions[j]));
    }
    if (!told) text += line(text.empty() ? "rounded" : "", text_of(rounded[i]) + "  " + names);
  }
  return text;
}

std::string text_of(const Inspection& x) {
  std::string text = fmt::format("{}  {}  {}\n", x.format, x.number.code, x.number.shortest);
  text +=
      line("fields", x.bits) + line("", composition(x)) + line("exactly", x.exact) + line("hexadecimal", x.hexadecimal);
  if (x.last_exponent) text += line("ulp", fmt::format("2^{}", *x.last_exponent));
  if (x.below) text += line("below", text_of(*x.below));
  if (x.above) text += line("above", text_of(*x.above));
  if (x.error)
    text += line("error",
                 fmt::format("{} absolute, {} relative, {} ulp", x.error->absolute, x.error->relative, x.error->ulps));
  if (x.rounded) text += rounded_text(*x.rounded);
  return text;
}

// -------------------------------------------------------------------------------------------------------- for programs

nlohmann::ordered_json json_of(const Shown& x) { return {{"code", x.code}, {"value", x.shortest}}; }

template <class T, class Convert>
nlohmann::ordered_json json_of(const std::optional<T>& x, Convert convert) {
  return x ? nlohmann::ordered_json(convert(*x)) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json json_of(const Inspection& x) {
  const auto shown = [](const Shown& each) { return json_of(each); };
  const auto number = [](int each) { return each; };
  nlohmann::ordered_json json{
      {"format", x.format},
      {"code", x.number.code},
      {"bits", x.bits},
      {"sign", x.sign},
      {"exponent_field", x.exponent_field},
      {"fraction_field", x.fraction_field},
      {"kind", std::string(x.kind)},
      {"value", x.exact},
      {"shortest", x.number.shortest},
      {"hexadecimal", x.hexadecimal},
      {"ulp_exponent", json_of(x.last_exponent, number)},
      {"below", json_of(x.below, shown)},
      {"above", json_of(x.above, shown)},
      {"error", json_of(x.error, [](const Inspection::Error& each) {
         return nlohmann::ordered_json{{"absolute", each.absolute}, {"relative", each.relative}, {"ulps", each.ulps}};
       })}};
  if (x.rounded) {
    for (std::size_t i = 0; i < directions.size(); ++i)
      json["rounded"][std::string(name(directions[i]))] = json_of((*x.rounded)[i]);
  }
  return json;
}

void run(const InspectOptions& options) {
  const bool is_code = options.subject.code.has_value();
  if (options.input_format && !is_code)
    throw CLI::ValidationError("--input-format", "is for a code, and '" + options.subject.text + "' is a number");
  const Subject subject =
      options.input_format ? value_of_code(options.subject, *options.input_format) : options.subject;
  auto json = nlohmann::ordered_json{{"input", options.subject.text}, {"formats", nlohmann::ordered_json::array()}};
  std::string text;
  for (const FloatFormat& format : options.formats) {
    const Inspection inspection = inspect(subject, format);
    if (options.json) json["formats"].push_back(json_of(inspection));
    if (!options.json) text += (text.empty() ? "" : "\n") + text_of(inspection);
  }
  std::cout << (options.json ? json.dump(2) + '\n' : text);
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* const command = app.add_subcommand(
      "inspect", "Shows a number in several formats: code, exact value, neighbours, rounding error, every direction");
  add_parsed_option(*command, "NUMBER", options->subject,
                    "Decimal (0.1, -1e-5), hexadecimal (0x1.8p-3), inf, nan, or a code of each format (bits:0x3C00, "
                    "bits:0b0011110000000000, 0b111)",
                    parse_subject)
      ->required()
      ->type_name("");
  add_parsed_option(*command, "--format", options->formats,
                    "Separated by commas: names, or notations such as e5m10 (default: float16,bfloat16)",
                    [](const std::string& text) { return parse_formats(text); })
      ->type_name("LIST");
  add_parsed_option(*command, "--input-format", options->input_format,
                    "The format of a code; its value is then rounded to the others",
                    [](const std::string& text) { return parse_format(text); })
      ->type_name("NAME");
  command->add_flag("--json", options->json, "As JSON; numbers are texts, with all of their digits where that is said");
  command->callback([options] { run(*options); });
}

}  // namespace halfway::cli
