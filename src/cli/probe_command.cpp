// halfway probe: a unit as if it were a black box.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "halfway/emu/probe.hpp"
#include "halfway/emu/unit_rule.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway::cli {
namespace {

struct ProbeOptions {
  std::string unit;
  std::optional<FloatFormat> input_format;
  std::int64_t terms = 64;
  std::uint64_t seed = 0;
  bool json = false;
};

/// The operands that are asked for, or the first that the unit takes; a tf32 unit gets float32.
FloatFormat operands_of(const emu::DotModel& unit, const std::optional<FloatFormat>& given) {
  FloatFormat format = given ? *given : unit.operands.empty() ? bfloat : unit.operands[0];
  if (format == tensor_float) format = binary32;
  if (unit.accepts(format)) return format;
  std::string list;
  for (const FloatFormat& each : unit.operands) list.append(list.empty() ? "" : ", ").append(name(each));
  throw DTypeError("halfway probe", std::string(unit.name) + " does not multiply " + to_string(format) + "; it takes " +
                                        (list.empty() ? "float32 and what fits into it" : list));
}

std::string text_of(const emu::DotModel& unit, const FloatFormat& operands, const emu::ProbeReport& report) {
  std::string text = fmt::format(
      "{}, {} operands, {} results, {} dot products\n\norder  {}\n\n", unit.name, to_string(operands),
      to_string(unit.output()), report.dot_products,
      report.order.empty() ? "not revealed: these operands reach too few exponents, or no tree fits" : report.order);
  std::size_t width = 0;
  for (const auto& [name, value] : report.properties) width = std::max(width, name.size());
  for (const auto& [name, value] : report.properties) text += fmt::format("{:<{}}  {}\n", name, width, value);
  text += report.models.empty() ? "\nno unit that is known gives these bits\n" : "\nthe same bits as\n";
  for (const emu::DotModel* each : report.models)
    text += fmt::format("  {}, revision {} ({})\n", each->name, each->revision, emu::label(each->evidence));
  if (report.nearest != nullptr)
    text += fmt::format("  nearest: {}, {} of {} random dot products wrong\n", report.nearest->name, report.wrong,
                        report.comparisons);
  return text;
}

std::string json_of(const emu::DotModel& unit, const FloatFormat& operands, const emu::ProbeReport& report) {
  using Json = nlohmann::ordered_json;
  Json json{{"unit", std::string(unit.name)},
            {"operands", to_string(operands)},
            {"results", to_string(unit.output())},
            {"dot_products", report.dot_products},
            {"order", report.order.empty() ? Json(nullptr) : Json(report.order)},
            {"properties", Json::object()},
            {"models", Json::array()}};
  for (const auto& [name, value] : report.properties) json["properties"][std::string(name)] = value;
  for (const emu::DotModel* each : report.models)
    json["models"].push_back({{"name", std::string(each->name)}, {"revision", each->revision}});
  return json.dump(2) + '\n';
}

void run(const ProbeOptions& options) {
  const emu::DotModel& unit = emu::dot_model(options.unit);
  const FloatFormat operands = operands_of(unit, options.input_format);
  const emu::ProbeReport report = emu::probe(emu::black_box(unit, operands, options.terms), options.seed);
  std::cout << (options.json ? json_of(unit, operands, report) : text_of(unit, operands, report));
}

}  // namespace

void add_probe_command(CLI::App& app) {
  const auto options = std::make_shared<ProbeOptions>();
  CLI::App* const command = app.add_subcommand(
      "probe", "Finds the order and the properties of a matrix unit from its results alone, and who it is");
  command->add_option("--unit", options->unit, "A matrix unit of docs/devices.md, taken as a black box")
      ->required()
      ->type_name("NAME");
  add_parsed_option(*command, "--input-format", options->input_format, "Of the operands (default: the unit's first)",
                    [](const std::string& text) { return parse_format(text); })
      ->type_name("NAME");
  command->add_option("--terms", options->terms, "Of each dot product (default: 64)")
      ->check(CLI::Range(2, 1024).description(""))
      ->type_name("N");
  command->add_option("--seed", options->seed, "Of the random dot products (default: 0)")->type_name("N");
  command->add_flag("--json", options->json, "Report as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace halfway::cli
