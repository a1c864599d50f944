// halfway matmul: products of NumPy files with the bits of any unit.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/matmul_report.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/emu/exact_matmul.hpp"
#include "halfway/emu/unit_rule.hpp"

namespace halfway::cli {
namespace {

constexpr std::string_view operation = "halfway matmul";

const emu::DeviceModel& device_of(const std::string& name) {
  if (const emu::DeviceModel* found = emu::find_device_model(name)) return *found;
  std::string names;
  for (const auto devices : {emu::device_models(), emu::device_variants()})
    for (const emu::DeviceModel* each : devices) names.append(names.empty() ? "" : ", ").append(each->name);
  throw ValueError(operation, "'" + name + "' is no device; there are " + names);
}

emu::MatmulRule rule_of(const MatmulOptions& options, const Matrices& a, const Matrices& b) {
  emu::MatmulRule rule = options.unit.empty()
                             ? emu::matmul_rule(device_of(options.device), a.dtype, b.dtype, a.rows(), b.cols(),
                                                options.algorithm, options.precision)
                             : emu::matmul_rule(emu::dot_model(options.unit), a.dtype, b.dtype, options.algorithm);
  rule.model.seed = options.seed;
  return rule;
}

/// The dtype of the unit's sums.
DType dtype_of_sums(const emu::MatmulRule& rule) {
  if (rule.algorithm == dot::f64_f64_f64) return DType::float64;
  const FloatFormat sums = rule.model.output();
  return sums == binary16 ? DType::float16 : sums == bfloat ? DType::bfloat16 : DType::float32;
}

MatmulTask task_of(const MatmulOptions& options) {
  Matrices a = read_matrices(options.a, options.input_format), b = read_matrices(options.b, options.input_format);
  std::optional<Matrices> c;
  if (!options.c.empty()) c = read_matrices(options.c, options.input_format);
  std::vector<std::int64_t> stack = broadcast(a, b), shape = stack;
  shape.push_back(a.rows()), shape.push_back(b.cols());
  if (c && c->array.shape != shape)
    throw ShapeError(operation, "'" + options.c + "' has the shape " + shape_text(c->array.shape) + ", the product " +
                                    shape_text(shape) + "; C must be of that shape");
  const emu::MatmulRule rule = rule_of(options, a, b);
  const DType dtype = options.result.value_or(dtype_of_sums(rule));
  return {std::move(a), std::move(b), std::move(c), stack, rule, dtype, zeros(dtype, shape)};
}

emu::MatrixOut result_matrix(MatmulTask& task, std::int64_t place) {
  return {task.d.data.data() + place * task.rows() * task.cols() * size_of(task.dtype),
          task.dtype,
          task.rows(),
          task.cols(),
          task.cols(),
          1};
}

/// Percents on a terminal, from the first second on; wiped out at the end.
class Progress {
 public:
  explicit Progress(std::int64_t all) : all_(all) {}
  ~Progress() {
    if (written_) std::fputs("\r      \r", stderr);
  }
  void add(std::int64_t done) {
    done_ += done;
    if (isatty(STDERR_FILENO) == 0 || std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(1)) return;
    std::fprintf(stderr, "\r%3d %%", static_cast<int>(done_ * 100 / std::max<std::int64_t>(all_, 1)));
    written_ = true;
  }

 private:
  std::int64_t all_, done_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  bool written_ = false;
};

/// Rows of a product at a time, so many as take about half a second; all at once where random bits count the elements.
void multiply(MatmulTask& task) {
  using Clock = std::chrono::steady_clock;
  Progress progress(task.count() * task.rows());
  const bool stochastic = is_stochastic(task.rule.model.rounding) || is_stochastic(task.rule.model.addend_rounding);
  std::int64_t rows_at_once = stochastic ? task.rows() : 64;
  for (std::int64_t place = 0; place < task.count(); ++place) {
    const emu::MatrixIn a = task.a.matrix(task.stack, place), b = task.b.matrix(task.stack, place);
    const emu::MatrixOut d = result_matrix(task, place);
    task.rule.model.stream = static_cast<std::uint64_t>(place);
    for (std::int64_t row = 0; row < task.rows();) {
      const std::int64_t count = std::min(rows_at_once, task.rows() - row);
      const auto part = [&]<class Void>(const emu::AnyMatrix<Void>& x) {
        auto* const begin = static_cast<std::conditional_t<std::is_const_v<Void>, const std::byte, std::byte>*>(x.data);
        return emu::AnyMatrix<Void>(begin + row * x.row_stride * size_of(x.dtype), x.dtype, count, x.cols, x.row_stride,
                                    x.col_stride);
      };
      emu::MatmulExtras extras;
      if (task.c) extras.c = part(task.c->matrix(task.stack, place));
      const auto begin = Clock::now();
      emu::matmul(part(a), b, part(d), task.rule.algorithm, task.rule.model, extras);
      if (Clock::now() - begin < std::chrono::milliseconds(500)) rows_at_once *= 4;
      row += count, progress.add(count);
    }
  }
}

MatmulErrors errors_of(const MatmulTask& task) {
  const std::int64_t size = task.rows() * task.cols();
  std::vector<double> exact(static_cast<std::size_t>(task.count() * size));
  for (std::int64_t place = 0; place < task.count(); ++place) {
    const MatrixView<double> part(exact.data() + place * size, task.rows(), task.cols());
    std::optional<emu::MatrixIn> c;
    if (task.c) c = task.c->matrix(task.stack, place);
    emu::exact_matmul(task.a.matrix(task.stack, place), task.b.matrix(task.stack, place), part, c);
  }
  const std::int64_t all_rows = task.count() * task.rows();
  const emu::MatrixIn d{task.d.data.data(), task.dtype, all_rows, task.cols(), task.cols(), 1};
  const MatrixView<const double> right(exact.data(), all_rows, task.cols());
  const bool one = task.count() == 1 && !task.c;  // only then the errors relative to the operands are defined
  const emu::ErrorSummary summary =
      one ? emu::compare(d, right, task.a.matrix({}, 0), task.b.matrix({}, 0)) : emu::compare(d, right);
  if (!one) return {summary, {}};
  return {summary, emu::error_bounds(task.a.cols(), task.rule.algorithm, task.rule.model, task.a.dtype, task.dtype)};
}

void run(const MatmulOptions& options) {
  MatmulTask task = task_of(options);
  multiply(task);
  std::optional<MatmulErrors> errors;
  if (options.exact) errors = errors_of(task);
  write_npy(options.out, task.d);
  std::cout << (options.json ? matmul_json(options, task, errors) : matmul_text(options, task, errors));
}

DType floating_dtype(const std::string& text) {
  const auto found = find_dtype(text);
  if (found && is_floating(*found)) return *found;
  throw ValueError("halfway", "'" + text +
                                  "' is no floating-point dtype; there are float16, bfloat16, float32, float64, "
                                  "float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz");
}

DotAlgorithm algorithm_of(const std::string& text) {
  if (const auto found = find_dot_algorithm(text)) return *found;
  std::string names;
  for (const DotAlgorithm& each : dot_algorithms()) names.append(names.empty() ? "" : ", ").append(name(each));
  throw ValueError("halfway", "'" + text + "' is no dot algorithm; there are " + names);
}

Precision precision_of(const std::string& text) {
  if (const auto found = find_precision(text)) return *found;
  throw ValueError("halfway", "'" + text + "' is no precision; there are default, high, highest");
}

}  // namespace

void add_matmul_command(CLI::App& app) {
  const auto options = std::make_shared<MatmulOptions>();
  CLI::App* const command =
      app.add_subcommand("matmul", "Multiplies matrices of NumPy files with the bits of any device or matrix unit");
  command->add_option("A", options->a, "An .npy file, M x K, with any leading axes")->required()->type_name("");
  command->add_option("B", options->b, "K x N, with leading axes that fit A's as in NumPy")->required()->type_name("");
  command->add_option("-o,--output", options->out, "Where the product goes, M x N; written when it is complete")
      ->required()
      ->type_name("FILE");
  command->add_option("-c,--addend", options->c, "What is added, of the product's shape")->type_name("FILE");
  auto* const device = command->add_option("--device", options->device, "As halfway devices lists them (default: cpu)")
                           ->type_name("NAME");
  command->add_option("--unit", options->unit, "A matrix unit of docs/devices.md instead of a device's choice")
      ->excludes(device)
      ->type_name("NAME");
  add_parsed_option(*command, "--algorithm", options->algorithm,
                    "A dot algorithm as XLA names it, such as BF16_BF16_F32_X3 (default: the device's)", algorithm_of)
      ->type_name("NAME");
  add_parsed_option(*command, "--precision", options->precision,
                    "default, high, highest: of float32 operands, resolved by the device", precision_of)
      ->type_name("NAME");
  add_parsed_option(*command, "--out", options->result, "Dtype of the product (default: that of the unit's sums)",
                    floating_dtype)
      ->type_name("DTYPE");
  add_parsed_option(*command, "--input-format", options->input_format,
                    "Of raw arrays (V1, V2: the types of ml_dtypes), for the file does not say it", floating_dtype)
      ->type_name("DTYPE");
  command->add_option("--seed", options->seed, "Of units that round stochastically (default: 0)")->type_name("N");
  command->add_flag("--exact", options->exact, "Also the errors against the exact product, and their bounds");
  command->add_flag("--json", options->json, "Report as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace halfway::cli
