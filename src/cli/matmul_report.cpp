#include "cli/matmul_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace halfway::cli {

std::string matmul_text(const MatmulOptions& options, const MatmulTask& task,
                        const std::optional<MatmulErrors>& errors) {
  const emu::DotModel& unit = task.rule.model;
  const auto operand = [](const Matrices& x) {
    return fmt::format("{} {} {}", x.file, shape_text(x.array.shape), name(x.dtype));
  };
  std::string text =
      fmt::format("{} x {}{} -> {} {} {}\n", operand(task.a), operand(task.b), task.c ? " + " + operand(*task.c) : "",
                  options.out, shape_text(task.d.shape), name(task.dtype));
  if (options.unit.empty()) text += fmt::format("device     {}\n", options.device);
  text += fmt::format("algorithm  {}\nunit       {}, revision {}\nknown      {}\n", name(task.rule.algorithm),
                      unit.name, unit.revision, emu::label(unit.evidence));
  if (!unit.unsettled.empty()) text += fmt::format("unsettled  {}\n", unit.unsettled);
  if (errors) text += "\n" + emu::to_text(errors->summary, errors->bounds);
  return text;
}

std::string matmul_json(const MatmulOptions& options, const MatmulTask& task,
                        const std::optional<MatmulErrors>& errors) {
  using Json = nlohmann::ordered_json;
  const emu::DotModel& unit = task.rule.model;
  const auto array = [](const std::string& file, const std::vector<std::int64_t>& shape, DType dtype) {
    return Json{{"file", file}, {"shape", shape}, {"dtype", std::string(name(dtype))}};
  };
  const auto operand = [&](const Matrices& x) { return array(x.file, x.array.shape, x.dtype); };
  Json json{{"a", operand(task.a)},
            {"b", operand(task.b)},
            {"c", task.c ? operand(*task.c) : Json(nullptr)},
            {"d", array(options.out, task.d.shape, task.dtype)},
            {"device", options.unit.empty() ? Json(options.device) : Json(nullptr)},
            {"algorithm", name(task.rule.algorithm)},
            {"unit", std::string(unit.name)},
            {"revision", unit.revision},
            {"known", std::string(emu::label(unit.evidence))},
            {"unsettled", std::string(unit.unsettled)}};
  if (errors) {
    const emu::ErrorSummary& summary = errors->summary;
    const auto number = [](std::optional<double> x) { return x && std::isfinite(*x) ? Json(*x) : Json(nullptr); };
    json["errors"] = Json{{"elements", summary.elements},
                          {"correctly_rounded", summary.correctly_rounded},
                          {"specials_differ", summary.specials_differ},
                          {"max_ulps", number(summary.max_ulps)},
                          {"mean_ulps", number(summary.mean_ulps)},
                          {"max_relative", number(summary.max_relative)},
                          {"mean_relative", number(summary.mean_relative)},
                          {"frobenius", number(summary.frobenius)},
                          {"max_norm", number(summary.max_norm)},
                          {"backward", number(summary.backward)},
                          {"componentwise", number(summary.componentwise)}};
    if (errors->bounds)
      json["errors"].update({{"deterministic_bound", number(errors->bounds->deterministic)},
                             {"probabilistic_bound", number(errors->bounds->probabilistic)},
                             {"block_fma_bound", number(errors->bounds->block_fma)}});
  }
  return json.dump(2) + '\n';
}

}  // namespace halfway::cli
