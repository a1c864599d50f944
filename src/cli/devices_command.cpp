// halfway devices: what there is to emulate, and all that is known of one.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.hpp"
#include "cli/table.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/emu/native.hpp"

namespace halfway::cli {
namespace {

using emu::DeviceModel;
using emu::DeviceUnit;

struct DevicesOptions {
  std::vector<const DeviceModel*> devices;  ///< empty: the list
  bool json = false;
};

constexpr std::array operand_dtypes{DType::float16,        DType::bfloat16,    DType::float32,
                                    DType::float8_e4m3fn,  DType::float8_e5m2, DType::float8_e4m3fnuz,
                                    DType::float8_e5m2fnuz};
constexpr std::array precisions{Precision::default_, Precision::high, Precision::highest};

std::string text(std::string_view view) { return std::string(view); }

std::string_view kind_of(const DeviceModel& device) {
  switch (device.kind) {
    case emu::DeviceKind::gpu: return "GPU";
    case emu::DeviceKind::tpu: return "TPU";
    case emu::DeviceKind::cpu: break;
  }
  return "CPU";
}

std::string capability_of(const DeviceModel& device) {
  return device.compute_capability
             ? fmt::format("{}.{}", device.compute_capability->major, device.compute_capability->minor)
             : "";
}

/// How far the unit is known that the device's mixed policy uses.
std::string_view evidence_of(const DeviceModel& device) {
  const FloatFormat format = device.mixed_policy == "mixed_float16" ? binary16 : bfloat;
  const DeviceUnit* unit = emu::find_unit(device, format, format);
  return unit ? label(unit->model->evidence) : "no matrix unit for float16";
}

/// What a product of such operands gets; nothing where it is refused.
std::optional<emu::MatmulRule> rule_of(const DeviceModel& device, DType dtype, Precision precision) {
  try {
    constexpr std::int64_t some = 2;
    return emu::matmul_rule(device, dtype, dtype, some, some, {}, precision);
  } catch (const DTypeError&) {
    return std::nullopt;
  }
}
std::string rule_text(const DeviceModel& device, DType dtype, Precision precision) {
  const auto rule = rule_of(device, dtype, precision);
  return rule ? name(rule->algorithm) + " on " + text(rule->model.name) : "-";
}

std::vector<std::string> variants_of(const DeviceModel& device) {
  std::vector<std::string> names;
  for (const DeviceModel* variant : emu::device_variants())
    if (variant->name.starts_with(text(device.name) + ":")) names.push_back(text(variant->name));
  return names;
}

std::string list() {
  std::map<std::string_view, int> counts;
  std::string lines;
  for (const DeviceModel* device : emu::device_models()) {
    const std::string_view kind = kind_of(*device);
    lines += fmt::format("{} {}: {} ({}) [{}]\n", kind, counts[kind]++, device->description,
                         device == &emu::cpu ? "cpu" : fmt::format("emulated: {}", device->name), evidence_of(*device));
  }
  std::string variants;
  for (const DeviceModel* variant : emu::device_variants())
    variants.append(variants.empty() ? "" : ", ").append(variant->name);
  return lines + "Variants: " + variants + "\n";
}

std::string teraflops_text(double teraflops) { return teraflops > 0 ? fmt::format("{:.6g}", teraflops) : "-"; }

void print_facts(const DeviceModel& device) {
  const auto line = [](std::string_view what, const std::string& value) {
    if (!value.empty()) std::cout << fmt::format("  {:<20}{}\n", what, value);
  };
  std::string multiples, variants;
  for (const DType dtype : operand_dtypes)
    if (const int multiple = emu::preferred_multiple(device, dtype);
        multiple > 1 && rule_of(device, dtype, Precision::default_))
      multiples += fmt::format("{}{} for {}", multiples.empty() ? "" : ", ", multiple, name(dtype));
  for (const std::string& variant : variants_of(device)) variants += (variants.empty() ? "" : ", ") + variant;

  std::cout << fmt::format("{}: {}, {}\n", device.name, device.description,
                           &device == &emu::cpu ? "not emulated" : fmt::format("an emulated {}", kind_of(device)));
  line("compute capability", capability_of(device));
  line("made for", text(device.mixed_policy));
  line("subnormals",
       device.subnormals == Subnormals::keep ? "kept in element-wise work" : "flushed in element-wise work");
  line("sizes it likes", multiples.empty() ? "" : "multiples of " + multiples);
  if (device.array)
    line("arrays", fmt::format("{} of {}x{} cells", device.array->count, device.array->side, device.array->side));
  line("memory", device.memory_bytes > 0 ? fmt::format("{} GiB", device.memory_bytes >> 30) : "as much as there is");
  if (device.bytes_per_second > 0) line("bandwidth", fmt::format("{:.6g} GB/s", device.bytes_per_second / 1e9));
  if (device.float32_teraflops > 0)
    line("float32, float64",
         fmt::format("{:.6g} and {:.6g} TFLOP/s at best", device.float32_teraflops, device.float64_teraflops));
  line("figures from", text(device.source));
  line("remark", text(device.remark));
  line("variants", variants);
}

void print_units(const DeviceModel& device) {
  Table units({"operands", "sums", "unit", "TFLOP/s", "how far it is known"});
  for (const DeviceUnit& unit : device.units)
    units.add({text(name(unit.operands)), text(name(unit.model->output())), text(unit.model->name),
               teraflops_text(unit.teraflops), text(label(unit.model->evidence))});
  units.add({"float32", "float32", text(device.vector_unit->name), teraflops_text(device.float32_teraflops),
             text(label(device.vector_unit->evidence))});
  std::cout << '\n' << units.text() << '\n';

  Table rules({"operands", "Precision::default_", "high", "highest"});
  for (const DType dtype : operand_dtypes) {
    if (!rule_of(device, dtype, Precision::default_)) continue;
    std::vector<std::string> row{text(name(dtype))};
    for (const Precision precision : precisions) row.push_back(rule_text(device, dtype, precision));
    for (std::size_t i = 3; i > 1; --i)
      if (row[i] == row[1]) row[i] = "the same";
    rules.add(std::move(row));
  }
  std::cout << rules.text();

  std::set<std::string_view> told;
  for (const DeviceUnit& unit : device.units)
    if (!unit.model->unsettled.empty() && told.insert(unit.model->name).second)
      std::cout << (told.size() == 1 ? "\nUnsettled:\n" : "")
                << fmt::format("  {}: {}\n", unit.model->name, unit.model->unsettled);
  for (const DeviceUnit& unit : device.units)
    if (const std::string here = emu::computed_by(*unit.model); here != "emulation")
      std::cout << fmt::format("\nHere {} is computed by {}.\n", unit.model->name, here);
}

nlohmann::ordered_json json_of(const DeviceModel& device) {
  const auto figure = [](double value) { return value > 0 ? nlohmann::ordered_json(value) : nullptr; };
  nlohmann::ordered_json json{{"name", device.name},
                              {"description", device.description},
                              {"kind", kind_of(device)},
                              {"emulated", &device != &emu::cpu},
                              {"compute_capability", nullptr},
                              {"mixed_policy", device.mixed_policy},
                              {"flushes_subnormals", device.subnormals == Subnormals::flush},
                              {"memory_bytes", nullptr},
                              {"bytes_per_second", figure(device.bytes_per_second)},
                              {"float32_teraflops", figure(device.float32_teraflops)},
                              {"float64_teraflops", figure(device.float64_teraflops)},
                              {"source", device.source},
                              {"remark", device.remark},
                              {"variants", variants_of(device)}};
  if (device.compute_capability) json["compute_capability"] = capability_of(device);
  if (device.memory_bytes > 0) json["memory_bytes"] = device.memory_bytes;
  auto& units = json["units"] = nlohmann::ordered_json::array();
  for (const DeviceUnit& unit : device.units)
    units.push_back({{"operands", name(unit.operands)},
                     {"sums", name(unit.model->output())},
                     {"unit", unit.model->name},
                     {"revision", unit.model->revision},
                     {"teraflops", figure(unit.teraflops)},
                     {"evidence", label(unit.model->evidence)},
                     {"source", unit.model->source},
                     {"unsettled", unit.model->unsettled},
                     {"computed_by", emu::computed_by(*unit.model)}});
  auto& products = json["products"] = nlohmann::ordered_json::object();
  constexpr std::array names{"default", "high", "highest"};
  for (const DType dtype : operand_dtypes) {
    if (!rule_of(device, dtype, Precision::default_)) continue;
    auto& rules = products[text(name(dtype))];
    for (std::size_t i = 0; i < precisions.size(); ++i) {
      const emu::MatmulRule rule = *rule_of(device, dtype, precisions[i]);
      rules[names[i]] = {{"algorithm", name(rule.algorithm)}, {"unit", rule.model.name}};
    }
    rules["preferred_multiple"] = emu::preferred_multiple(device, dtype);
  }
  return json;
}

void run(const DevicesOptions& options) {
  if (options.json) {
    const auto& all = emu::device_models();
    const std::vector<const DeviceModel*> devices =
        options.devices.empty() ? std::vector(all.begin(), all.end()) : options.devices;
    auto json = nlohmann::ordered_json::array();
    for (const DeviceModel* device : devices) json.push_back(json_of(*device));
    std::cout << json.dump(2) << '\n';
    return;
  }
  if (options.devices.empty()) std::cout << list();
  for (const DeviceModel* device : options.devices) {
    if (device != options.devices.front()) std::cout << '\n';
    print_facts(*device);
    print_units(*device);
  }
}

ValueError unknown_device(const std::string& name) {
  std::string known;
  for (const auto& list : {emu::device_models(), emu::device_variants()})
    for (const DeviceModel* each : list) known.append(known.empty() ? "" : ", ").append(each->name);
  return {"halfway devices", "received \"" + name + "\", which is no device here; there is: " + known};
}

/// Throws ValueError and lists what there is.
std::vector<const DeviceModel*> parse_devices(const std::vector<std::string>& names) {
  std::vector<const DeviceModel*> devices;
  for (const std::string& name : names) {
    const DeviceModel* device = emu::find_device_model(name);
    if (device == nullptr) throw unknown_device(name);
    devices.push_back(device);
  }
  return devices;
}

}  // namespace

void add_devices_command(CLI::App& app) {
  const auto options = std::make_shared<DevicesOptions>();
  CLI::App* const command =
      app.add_subcommand("devices", "Lists the devices that are emulated; NAME: all that is known of one");
  command
      ->add_option_function<std::vector<std::string>>(
          "NAME",
          [options](const std::vector<std::string>& names) {
            try {
              options->devices = parse_devices(names);
            } catch (const ValueError& error) {
              throw CLI::ValidationError("NAME", error.what());
            }
          },
          "These, with their units, algorithms, figures and sources")
      ->type_name("");
  command->add_flag("--json", options->json, "All fields as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace halfway::cli
