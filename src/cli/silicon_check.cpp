// silicon_check: whether the models of matrix units give what real ones gave. Exit status: 0, 1 if any result is wrong
// or a file cannot be read, 2 for usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <cstring>
#include <iostream>
#include <optional>
#include <span>

#include "cli/silicon_file.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using emu::DotModel;

int count_wrong(const cli::SiliconFile& file, const DotModel& model) {
  int wrong = 0;
  for (const cli::SiliconResult& each : file.results)
    wrong += emu::dot_product(model, file.inputs, each.a, file.inputs, each.b, each.c) != each.d;
  return wrong;
}

static_assert(std::endian::native == std::endian::little);
void store(const emu::MatrixOut& x, std::int64_t row, std::int64_t col, std::uint64_t code) {
  const auto size = static_cast<std::size_t>(size_of(x.dtype));
  std::memcpy(static_cast<std::byte*>(x.data) + static_cast<std::size_t>(row * x.row_stride + col) * size, &code, size);
}
std::uint64_t load(const emu::MatrixOut& x, std::int64_t row, std::int64_t col) {
  const auto size = static_cast<std::size_t>(size_of(x.dtype));
  std::uint64_t code = 0;
  std::memcpy(&code, static_cast<std::byte*>(x.data) + static_cast<std::size_t>(row * x.row_stride + col) * size, size);
  return code;
}

/// The same by matmul, whose kernels are others: products of some lines' operands, of which the diagonals count.
/// Nothing where no dtype holds the operands.
std::optional<int> count_wrong_by_matmul(const cli::SiliconFile& file, const DotModel& model) {
  const std::optional<DType> inputs = find_dtype(name(file.inputs)), output = find_dtype(name(file.output));
  if (!inputs || !output) return std::nullopt;
  constexpr std::size_t at_once = 100;
  int wrong = 0;
  for (std::size_t first = 0; first < file.results.size(); first += at_once) {
    const std::span results = std::span(file.results).subspan(first, std::min(at_once, file.results.size() - first));
    const auto lines = static_cast<std::int64_t>(results.size());
    const auto terms = static_cast<std::int64_t>(results[0].a.size());
    const auto matrix = [lines](std::vector<std::byte>& codes, DType dtype, std::int64_t columns) {
      codes.resize(static_cast<std::size_t>(lines * columns * size_of(dtype)));
      return emu::MatrixOut(codes.data(), dtype, lines, columns, columns, 1);
    };
    std::vector<std::byte> a_codes, b_codes, d_codes;
    const emu::MatrixOut a = matrix(a_codes, *inputs, terms), b = matrix(b_codes, *inputs, terms),
                         d = matrix(d_codes, *output, lines);
    for (std::int64_t i = 0; i < lines; ++i) {
      const cli::SiliconResult& each = results[static_cast<std::size_t>(i)];
      for (std::int64_t k = 0; k < terms; ++k) {
        store(a, i, k, each.a[static_cast<std::size_t>(k)]);
        store(b, i, k, each.b[static_cast<std::size_t>(k)]);
      }
      for (std::int64_t j = 0; j < lines; ++j) store(d, i, j, each.c);
    }
    const auto in = [](const emu::MatrixOut& x) {
      return emu::MatrixIn(x.data, x.dtype, x.rows, x.cols, x.row_stride, x.col_stride);
    };
    emu::matmul(in(a), in(b).transposed(), d, {file.inputs, file.inputs, model.output()}, model, {.c = in(d)});
    for (std::int64_t i = 0; i < lines; ++i) wrong += load(d, i, i) != results[static_cast<std::size_t>(i)].d;
  }
  return wrong;
}

struct WrongModel {
  std::string_view what;
  DotModel model;
};

/// The model with one thing changed at a time: what a file must tell apart to count as evidence.
std::vector<WrongModel> wrong_models(const DotModel& right) {
  using emu::Addend, emu::TermOrder;
  std::vector<WrongModel> all;
  const auto vary = [&](std::string_view what, auto change) {
    all.push_back({what, right});
    change(all.back().model);
  };
  vary("F - 1", [](DotModel& m) { --m.fraction_bits; });
  vary("F + 1", [](DotModel& m) { ++m.fraction_bits; });
  vary("L halved", [](DotModel& m) { m.block /= 2; });
  vary(right.rounding == Rounding::toward_zero ? "to nearest" : "to zero", [](DotModel& m) {
    m.rounding = m.rounding == Rounding::toward_zero ? Rounding::ties_to_even : Rounding::toward_zero;
  });
  const bool last = right.addend == Addend::last;
  vary(last ? "c first" : "c last", [&](DotModel& m) { m.addend = last ? Addend::first : Addend::last; });
  if (right.order != TermOrder::natural) vary("k in order", [](DotModel& m) { m.order = TermOrder::natural; });
  const FloatFormat result = right.storage();
  all.push_back({"chain", {.name = "chain", .result = result, .pass_result = result}});
  return all;
}

/// One line, and with `sharpness` a second one; returns the number of wrong results of both ways.
int check(const std::string& path, bool sharpness) {
  const cli::SiliconFile file = cli::read_silicon_file(path);
  const FloatFormat inputs = file.inputs == binary32 ? tensor_float : file.inputs;
  const DotModel* model = emu::find_dot_model(file.unit, inputs, file.output);
  if (model == nullptr)
    throw FileError("silicon_check", fmt::format("'{}': found unit {} with {} operands and {} results, which no model "
                                                 "describes; see docs/devices.md for those that there are",
                                                 path, file.unit, name(inputs), name(file.output)));
  const int wrong = count_wrong(file, *model);
  const std::optional<int> by_matmul = count_wrong_by_matmul(file, *model);
  fmt::print("{}: {} of {} wrong, {} ({} revision {}, {}, measured on {})\n", path, wrong, file.results.size(),
             by_matmul ? fmt::format("{} by matmul", *by_matmul) : "no matmul takes them", model->name, model->revision,
             label(model->evidence), file.card);
  if (sharpness) {
    int rejected = 0;
    std::string counts;
    for (const auto& [what, other] : wrong_models(*model)) {
      const int differs = count_wrong(file, other);
      rejected += differs > 0;
      counts += fmt::format("{} {}: {}", counts.empty() ? "" : ",", what, differs);
    }
    fmt::print("  wrong models rejected: {};{}\n", rejected, counts);
  }
  return wrong + by_matmul.value_or(0);
}

std::string sum_of(const DotModel& m) {
  using emu::Addend, emu::Summation;
  const auto each = [](int terms) { return terms == 0 ? std::string("all") : std::to_string(terms); };
  std::string c = m.addend == Addend::last ? ", c last" : m.addend == Addend::late ? ", c late" : "";
  if (m.order == emu::TermOrder::odd_first) c += ", odd before even";
  if (m.order == emu::TermOrder::pairs_apart) c += ", k mod 4 in {0, 1} before {2, 3}";
  if (m.group > 0) c = ", groups of " + std::to_string(m.group) + " exact" + c;
  if (m.scale_block > 0) c += ", a scale per " + std::to_string(m.scale_block);
  const std::string block = each(m.block > 0 ? m.block : m.instruction);
  switch (m.kind) {
    case Summation::chain: return m.round_products ? "chain of rounded products" : "chain" + c;
    case Summation::lanes: return fmt::format("{} lanes of {}{}", m.lanes, block, c);
    case Summation::tree: return fmt::format("tree of {}{}", block, c);
    case Summation::exact: return fmt::format("exact by {}{}", block, c);
    case Summation::aligned: break;
  }
  return fmt::format("aligned by {}, F = {}{}", block, m.fraction_bits, c);
}

/// The table of docs/devices.md.
void print_models() {
  fmt::print("| model | operands | sum | rounded | how far it is known | unsettled |\n|---|---|---|---|---|---|\n");
  for (const DotModel* m : emu::dot_models()) {
    std::string operands;
    for (const FloatFormat& f : m->operands) operands += fmt::format("{}{}", operands.empty() ? "" : ", ", name(f));
    const std::string result = m->result == emu::e8m13  ? "E8M13"
                               : m->result == emu::e6m9 ? "E6M9"
                                                        : std::string(name(m->result));
    fmt::print("| `{}`{} | {} | {}{}{} | {} {} | {} | {} |\n", m->name,
               m->revision > 1 ? fmt::format(", revision {}", m->revision) : "", operands.empty() ? "any" : operands,
               sum_of(*m), m->pass > 0 ? fmt::format(", passes of {}", m->pass) : "",
               m->inputs == Subnormals::flush ? ", flushing" : "", result, name(m->rounding), label(m->evidence),
               m->unsettled);
  }
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int data_error = 1, usage_error = 2;
  CLI::App app{"Compares the models of matrix units with files of dot products that real ones computed.",
               "silicon_check"};
  std::vector<std::string> files;
  bool sharpness = false, models = false;
  app.add_option("FILE", files, "files as docs/devices.md describes them, gzipped or not");
  app.add_flag("--sharpness", sharpness, "also count the wrong results of wrong models: F ± 1, L halved, ...");
  app.add_flag("--models", models, "print the table of models instead");
  try {
    app.parse(argc, argv);
    if (files.empty() != models) throw CLI::ValidationError("name files, or --models");
    if (models) print_models();
    int wrong = 0;
    for (const std::string& file : files) wrong += check(file, sharpness);
    return wrong == 0 ? 0 : data_error;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return data_error;
  }
}
