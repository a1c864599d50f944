// What jax.lax.Precision does to a float32 product on a TPU v4, beside errors that a real one has shown, under both
// hypotheses about the order of its additions.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;
using experiments::scientific;

namespace {

/// github.com/ayaka14732/pallas-tpu-tutorial, chapter01/10_matmul_mxu/01_pallas_dot.txt, at b4ab035: TPU v4, 16×128 by
/// 128×128, max |D − E| / max |E|, where E is the product in float64 of the operands, or of the operands in bfloat16.
struct Published {
  Precision precision;
  double from_exact, from_rounded;  ///< 0: not published
};
constexpr std::array<Published, 3> published{
    {{Precision::default_, 2.2e-3, 1.1e-7}, {Precision::high, 0, 0}, {Precision::highest, 1.0e-7, 2.3e-3}}};

/// Like the operands of that log: whole numbers from −8 to 7, plus U(−1/2, 1/2).
Tensor draw(const Shape& shape, random::Generator& generator) {
  std::vector<float> whole(static_cast<std::size_t>(shape.elements()));
  for (float& number : whole) number = static_cast<float>(generator.below(16)) - 8;
  return tensor(whole, shape) + random::uniform(shape, generator, -0.5f, 0.5f);
}

/// The operands of one product; those of the log itself can be given as files.
struct Operands {
  Tensor a, b;
};

/// What the device computes float32 products by at that precision, operands split in one way or the other.
emu::MatmulRule rule(const char* device, Precision precision, OperandSplit split, std::int64_t m, std::int64_t n) {
  emu::MatmulRule found =
      emu::matmul_rule(*emu::find_device_model(device), DType::float32, DType::float32, m, n, {}, precision);
  found.algorithm.split = split;
  return found;
}

Tensor product_on(const char* device, Precision precision, const Operands& operands,
                  OperandSplit split = OperandSplit::xla) {
  const auto& [a, b] = operands;
  const auto [algorithm, unit] = rule(device, precision, split, a.shape()[0], b.shape()[1]);
  return experiments::product(a, b, algorithm, unit);
}

Tensor rounded(const Tensor& x) { return cast(cast(x, DType::bfloat16), DType::float32); }

Tensor read_operand(const std::string& file) {
  const NpyArray array = read_npy(std::filesystem::path(file));
  if (array.shape.size() != 2 || array.fortran_order)
    throw ShapeError("--operands", file + " holds no matrix of rows; save a two-dimensional C-ordered float32 array");
  return tensor(array.values<float>(), Shape(array.shape));
}

constexpr const char* h0 = "tpu_v4:h0";  // the device with the other hypothesis
constexpr const char* h4 = "tpu_v4";
constexpr const char* layout = "{:<9}{:<25}{:<4}{:>34}{:>11}{:>36}{:>11}\n";

void line(const Published& there, OperandSplit split, const char* device, const std::vector<Operands>& draws,
          experiments::Csv& csv) {
  std::vector<double> from_exact, from_rounded;
  std::string algorithm;
  for (const Operands& operands : draws) {
    const auto& [a, b] = operands;
    algorithm = name(rule(device, there.precision, split, a.shape()[0], b.shape()[1]).algorithm);
    const Tensor d = product_on(device, there.precision, operands, split);
    from_exact.push_back(experiments::errors(d, experiments::exact_product(a, b)).max_norm);
    from_rounded.push_back(experiments::errors(d, experiments::exact_product(rounded(a), rounded(b))).max_norm);
    csv.row(name(there.precision), algorithm, device, from_exact.size() - 1, from_exact.back(), from_rounded.back());
  }
  const auto published_number = [](double number) { return number == 0 ? "-" : scientific(number); };
  std::cout << fmt::format(layout, name(there.precision), algorithm, device == h4 ? "H4" : "H0",
                           experiments::median_and_range(from_exact), published_number(there.from_exact),
                           experiments::median_and_range(from_rounded), published_number(there.from_rounded));
}

void study(const std::vector<Operands>& draws, experiments::Csv& csv) {
  std::cout << fmt::format(layout, "", "", "", "from the exact product", "TPU v4", "from that of bfloat16", "TPU v4");
  for (const Published& there : published)
    for (const OperandSplit split : {OperandSplit::xla, OperandSplit::nearest})
      for (const char* device : {h0, h4})
        if (there.precision != Precision::default_ || split == OperandSplit::xla)  // one number: nothing to split
          line(there, split, device, draws, csv);
  std::int64_t elements = 0, differing = 0;
  for (const Operands& operands : draws) {
    const Tensor chain = product_on(h0, Precision::default_, operands);
    const Tensor groups = product_on(h4, Precision::default_, operands);
    const experiments::Difference difference = experiments::compare(std::span(&chain, 1), std::span(&groups, 1));
    elements += difference.elements, differing += difference.differing;
  }
  std::cout << fmt::format(
      "\nH0 (a chain down the array) and H4 (groups of four, then a chain) differ in {:.0f} % of the elements of the\n"
      "default product. Errors of other random numbers cannot tell which of them, if either, is the TPU's; those of "
      "the\n"
      "log's own numbers can be had by --operands (README.md). What the log does say: default is one pass over "
      "operands\n"
      "rounded to bfloat16, and highest loses no more than float32 sums do.\n",
      100.0 * static_cast<double>(differing) / static_cast<double>(elements));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The error of a 16x128 by 128x128 float32 product on an emulated TPU v4 at each precision, beside what a\n"
      "real one has shown.",
      "tpu_precision"};
  experiments::StudyOptions options;
  std::int64_t seeds = 16;
  std::vector<std::string> files;
  experiments::add_study_options(app, options, "precision, algorithm, device, draw, error, error_from_bfloat16");
  experiments::add_size(app, "--seeds", seeds, 1000, "How many pairs of operands");
  app.add_option("--operands", files, "Two .npy files, float32: the operands themselves")
      ->type_name("A.npy B.npy")
      ->expected(2);
  return experiments::run(app, argc, argv, [&] {
    std::vector<Operands> draws;
    if (!files.empty()) draws.push_back({read_operand(files[0]), read_operand(files[1])});
    for (std::int64_t i = 0; i < seeds && files.empty(); ++i) {
      random::Generator generator{options.seed, static_cast<std::uint64_t>(i)};
      const Tensor a = draw({16, 128}, generator);
      draws.push_back({a, draw({128, 128}, generator)});
    }
    heading(fmt::format("max |D - E| / max |E|: median (range) of {} product{}", draws.size(),
                        draws.size() == 1 ? "" : "s"));
    experiments::Csv csv("precision,algorithm,device,draw,error,error_from_bfloat16");
    study(draws, csv);
    csv.write(options.csv);
  });
}
