// halfway.h: matrix products, devices, units, probing.
#include "c_api/guarded.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/emu/exact_matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/probe.hpp"
#include "halfway/emu/unit_rule.hpp"

using namespace halfway;
using namespace halfway::c_api;

namespace {

DType dtype_of(std::string_view function, const std::string& name, const char* text) {
  require(function, name, text);
  const auto found = find_dtype(text);
  if (found && is_floating(*found)) return *found;
  throw ValueError(function, name + " is '" + std::string(text) +
                                 "'; use float16, bfloat16, float32, float64, float8_e4m3fn, float8_e5m2, "
                                 "float8_e4m3fnuz or float8_e5m2fnuz");
}

template <class Void>
emu::AnyMatrix<Void> matrix_of(std::string_view function, const std::string& name, const halfway_matrix* x) {
  require(function, name, x);
  const DType dtype = dtype_of(function, name + "->format", x->format);
  if (x->rows < 0 || x->cols < 0)
    throw ShapeError(function, name + " is " + std::to_string(x->rows) + "x" + std::to_string(x->cols) +
                                   "; pass sizes of 0 or more");
  if (x->rows > 0 && x->cols > 0)
    (void)c_api::operand_of(function, name + "->data", x->data, {float_format(dtype), {}}, 1, 1);
  const bool written = !std::is_const_v<Void>;
  if (written && ((x->rows > 1 && x->row_stride == 0) || (x->cols > 1 && x->col_stride == 0)))
    throw ValueError(function, name + " has a stride of 0; results need places of their own");
  return {x->data, dtype, x->rows, x->cols, x->row_stride, x->col_stride};
}
emu::MatrixIn operand(std::string_view function, const std::string& name, const halfway_matrix* x) {
  return matrix_of<const void>(function, name, x);
}

const emu::DeviceModel& device_of(std::string_view function, const char* name) {
  require(function, "device", name);
  if (const emu::DeviceModel* found = emu::find_device_model(name)) return *found;
  std::string names;
  for (const emu::DeviceModel* each : emu::device_models()) names.append(names.empty() ? "" : ", ").append(each->name);
  throw ValueError(function, "there is no device '" + std::string(name) + "'; there are " + names);
}

emu::MatmulRule rule_of(std::string_view function, const halfway_matmul_options& options, DType lhs, DType rhs,
                        std::int64_t m, std::int64_t n) {
  if (options.reserved != 0)
    throw ValueError(function, "options->reserved is not 0; set it with halfway_default_matmul()");
  if (options.device != nullptr && options.unit != nullptr)
    throw ValueError(function, "options name a device and a unit; a unit stands for itself: set device to NULL");
  std::optional<DotAlgorithm> algorithm;
  if (options.algorithm != nullptr && !(algorithm = find_dot_algorithm(options.algorithm)))
    throw ValueError(function, "there is no algorithm '" + std::string(options.algorithm) +
                                   "'; use one of XLA's, such as BF16_BF16_F32, TF32_TF32_F32 or F32_F32_F32");
  Precision precision = Precision::default_;
  if (options.precision != nullptr) {
    const auto found = find_precision(options.precision);
    if (!found)
      throw ValueError(function,
                       "there is no precision '" + std::string(options.precision) + "'; use default, high or highest");
    precision = *found;
  }
  emu::MatmulRule rule = options.unit != nullptr
                             ? emu::matmul_rule(emu::dot_model(options.unit), lhs, rhs, algorithm)
                             : emu::matmul_rule(device_of(function, options.device == nullptr ? "cpu" : options.device),
                                                lhs, rhs, m, n, algorithm, precision);
  rule.model.seed = options.seed, rule.model.stream = options.stream;
  return rule;
}

/// Names are literals, or empty.
const char* text_of(std::string_view literal) { return literal.empty() ? "" : literal.data(); }

std::string lines_of(const emu::ProbeReport& report) {
  std::string text = "order: " + (report.order.empty() ? "not revealed" : report.order) + '\n';
  const auto add = [&](std::string_view what, std::string_view value) {
    text.append(what).append(": ").append(value).append("\n");
  };
  for (const emu::ProbedProperty& each : report.properties) add(each.name, each.value);
  for (const emu::DotModel* each : report.models) add("unit", each->name);
  if (report.nearest != nullptr)
    add("nearest", std::string(report.nearest->name) + ", " + std::to_string(report.wrong) + " of " +
                       std::to_string(report.comparisons) + " random dot products wrong");
  return text;
}

}  // namespace

void halfway_default_matmul(halfway_matmul_options* options) {
  if (options != nullptr) *options = {};
}

halfway_status halfway_matmul(const halfway_matrix* a, const halfway_matrix* b, const halfway_matrix* d,
                              const halfway_matmul_options* options) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_matmul";
    const emu::MatrixIn left = operand(function, "a", a), right = operand(function, "b", b);
    const emu::MatrixOut result = matrix_of<void>(function, "d", d);
    const halfway_matmul_options how = options == nullptr ? halfway_matmul_options{} : *options;
    const emu::MatmulRule rule = rule_of(function, how, left.dtype, right.dtype, left.rows, right.cols);
    emu::MatmulExtras extras{.c = {}, .bias = how.bias, .relu = how.relu != 0};
    if (how.addend != nullptr) extras.c = operand(function, "options->addend", how.addend);
    emu::matmul(left, right, result, rule.algorithm, rule.model, extras);
  });
}

halfway_status halfway_exact_matmul(const halfway_matrix* a, const halfway_matrix* b, const halfway_matrix* d,
                                    const halfway_matrix* c) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_exact_matmul";
    std::optional<emu::MatrixIn> addend;
    if (c != nullptr) addend = operand(function, "c", c);
    emu::exact_matmul(operand(function, "a", a), operand(function, "b", b), matrix_of<void>(function, "d", d), addend);
  });
}

const char* halfway_device_name(int32_t index) {
  const auto devices = emu::device_models();
  return index >= 0 && static_cast<std::size_t>(index) < devices.size()
             ? text_of(devices[static_cast<std::size_t>(index)]->name)
             : nullptr;
}

halfway_status halfway_describe_device(const char* device, halfway_device* description) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_describe_device";
    const emu::DeviceModel& model = device_of(function, device);
    require(function, "description", description);
    *description = {.description = text_of(model.description),
                    .mixed_policy = text_of(model.mixed_policy),
                    .remark = text_of(model.remark),
                    .source = text_of(model.source),
                    .kind = static_cast<int32_t>(model.kind),
                    .flushes = model.subnormals == Subnormals::flush,
                    .major = model.compute_capability ? model.compute_capability->major : -1,
                    .minor = model.compute_capability ? model.compute_capability->minor : -1,
                    .memory_bytes = model.memory_bytes};
  });
}

const char* halfway_unit_name(int32_t index) {
  const auto units = emu::dot_models();
  return index >= 0 && static_cast<std::size_t>(index) < units.size()
             ? text_of(units[static_cast<std::size_t>(index)]->name)
             : nullptr;
}

halfway_status halfway_describe_unit(const char* unit, halfway_unit* description) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_describe_unit";
    require(function, "unit", unit);
    const emu::DotModel& model = emu::dot_model(unit);
    require(function, "description", description);
    *description = {.result = text_of(name(model.output())),
                    .label = text_of(emu::label(model.evidence)),
                    .source = text_of(model.source),
                    .unsettled = text_of(model.unsettled),
                    .revision = model.revision,
                    .operand_formats = static_cast<int32_t>(model.operands.size())};
  });
}

const char* halfway_unit_operand(const char* unit, int32_t index) {
  const emu::DotModel* model = unit == nullptr ? nullptr : emu::find_dot_model(unit);
  return model != nullptr && index >= 0 && static_cast<std::size_t>(index) < model->operands.size()
             ? text_of(name(model->operands[static_cast<std::size_t>(index)]))
             : nullptr;
}

halfway_status halfway_probe(const halfway_black_box* box, uint64_t seed, char* text, size_t size) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_probe";
    require(function, "box", box);
    if (box->multiply == nullptr) throw ValueError(function, "box->multiply is NULL; pass a function");
    if (box->reserved != 0) throw ValueError(function, "box->reserved is not 0; set it to 0");
    emu::BlackBox asked{.a = c_api::format_of(function, "box->a_format", box->a_format),
                        .b = c_api::format_of(function, "box->b_format", box->b_format),
                        .result = c_api::format_of(function, "box->result_format", box->result_format),
                        .terms = box->terms,
                        .rows = box->rows,
                        .cols = box->cols};
    asked.takes_c = box->takes_c != 0;
    asked.multiply = [&](const void* a, const void* b, const void* c, void* d) {
      const int32_t status = box->multiply(a, b, c, d, box->user);
      if (status != 0)
        throw ValueError(function, "box->multiply returned " + std::to_string(status) + "; the probing ends there");
    };
    store_text(function, lines_of(emu::probe(asked, seed)), text, size);
  });
}
