// How accurate are XLA's dot algorithms, and why does the splitting of BF16_BF16_F32_X3 by truncation cost a factor of
// three, of seven on positive numbers?
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::Distribution;
using experiments::heading;
using experiments::product;
using experiments::scientific;

namespace {

struct Way {
  DotAlgorithm algorithm;
  emu::DotModel model;
  std::array<double, 3> expected;  ///< for the three cases; 0: no figure
};
const std::array<Way, 13> ways{{{dot::f32_f32_f32, emu::sequential, {1.1e-6, 3.4e-7, 2.1e-6}},
                                {dot::bf16_bf16_f32, emu::sequential, {3.6e-4, 2.45e-3, 2.4e-3}},
                                {dot::bf16_bf16_f32_x3, emu::sequential, {7.9e-6, 1.5e-5, 1.2e-5}},
                                {dot::nearest_split(dot::bf16_bf16_f32_x3), emu::sequential, {1.1e-6, 5.2e-6, 4.5e-6}},
                                {dot::bf16_bf16_f32_x6, emu::sequential, {8.0e-7, 1.4e-7, 1.2e-6}},
                                {dot::bf16_bf16_f32_x9, emu::sequential, {7.9e-7, 1.3e-7, 1.1e-6}},
                                {dot::tf32_tf32_f32, emu::sequential, {6.8e-4, 8.6e-4, 7.7e-4}},
                                {dot::nearest_split(dot::tf32_tf32_f32), emu::sequential, {5.6e-5, 2.9e-4, 3.0e-4}},
                                {dot::tf32_tf32_f32_x3, emu::sequential, {1.4e-6, 7.3e-7, 2.0e-6}},
                                {dot::nearest_split(dot::tf32_tf32_f32_x3), emu::sequential, {}},
                                {dot::f16_f16_f32, emu::sequential, {5.6e-5, 2.9e-4, 3.0e-4}},
                                {dot::f16_f16_f16, emu::sequential_f16, {9.5e-3, 2.5e-3, 2.3e-2}},
                                {dot::bf16_bf16_bf16, emu::sequential_bf16, {0.12, 3.3e-2, 0.17}}}};

struct Case {
  Distribution distribution;
  std::int64_t terms;
  std::string label() const { return fmt::format("{}, K = {}", distribution.name, terms); }
};

struct Operands {
  Tensor a, b, exact;
};
Operands draw(const Case& data, std::int64_t size, std::uint64_t seed) {
  random::Generator generator{seed, static_cast<std::uint64_t>(data.terms)};
  const Tensor a = data.distribution.draw({size, data.terms}, generator);
  const Tensor b = data.distribution.draw({data.terms, size}, generator);
  return {a, b, experiments::exact_product(a, b)};
}

void accuracies(std::span<const Case> cases, std::int64_t size, std::int64_t seeds, std::uint64_t first_seed,
                experiments::Csv& csv) {
  heading(fmt::format("max |D - E| / max |E| of {0}x{0} elements in a fused float32 chain: median (range) of {1} seeds",
                      size, seeds));
  std::cout << "In brackets what an independent scalar program found with one seed of its own, 64x64.\n\n";
  std::vector<std::vector<std::vector<double>>> errors(ways.size(), std::vector<std::vector<double>>(cases.size()));
  for (std::size_t i = 0; i < cases.size(); ++i)
    for (std::uint64_t seed = first_seed; seed < first_seed + static_cast<std::uint64_t>(seeds); ++seed) {
      experiments::StatusLine status;
      status.show(fmt::format("{}, seed {} ...", cases[i].label(), seed));
      const Operands operands = draw(cases[i], size, seed);
      for (std::size_t j = 0; j < ways.size(); ++j) {
        const Tensor d = product(operands.a, operands.b, ways[j].algorithm, ways[j].model);
        errors[j][i].push_back(experiments::errors(d, operands.exact).max_norm);
        csv.row(name(ways[j].algorithm), cases[i].distribution.name, cases[i].terms, seed, errors[j][i].back());
      }
    }
  std::cout << fmt::format("{:<26}", "");
  for (const Case& data : cases) std::cout << fmt::format("{:>42}", data.label());
  std::cout << '\n';
  for (std::size_t j = 0; j < ways.size(); ++j) {
    std::cout << fmt::format("{:<26}", name(ways[j].algorithm));
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const double expected = ways[j].expected[i];
      std::cout << fmt::format("{:>42}", experiments::median_and_range(errors[j][i]) +
                                             (expected == 0 ? "" : fmt::format(" [{}]", scientific(expected))));
    }
    std::cout << '\n';
  }
}

/// x ≈ high + low, bfloat16 numbers as float32, and what neither has.
struct Split {
  Tensor high, low, rest;
};
Split split(const Tensor& x, OperandSplit how) {
  std::vector<float> high;
  for (const float number : x.span<float>())
    high.push_back(how == OperandSplit::xla
                       ? std::bit_cast<float>(std::bit_cast<std::uint32_t>(number) & 0xFFFF0000)  // cut
                       : static_cast<float>(round_to<bfloat16>(number)));
  const Tensor upper = tensor(high, x.shape());
  const Tensor remainder = x - upper;  // exact
  const Tensor low = cast(cast(remainder, DType::bfloat16), DType::float32);
  return {upper, low, remainder - low};
}

/// max |x| / max |exact|.
double share(const Tensor& x, const Tensor& exact) {
  const auto largest = [](const Tensor& matrix) {
    double result = 0;
    for (const double number : matrix.span<double>()) result = std::max(result, std::abs(number));
    return result;
  };
  return largest(x) / largest(exact);
}

void reasons(std::span<const Case> cases, std::int64_t size, std::uint64_t seed) {
  heading("Where the error of X3 comes from: what it leaves out, exactly, as shares of max |E|");
  constexpr const char* layout = "{:<18}{:<10}{:>12}{:>14}{:>14}{:>16}{:>12}\n";
  std::cout << fmt::format(layout, "", "split", "mean low/x", "low·low", "remainders", "float32 sums", "together");
  for (const Case& data : cases) {
    const auto [a, b, exact] = draw(data, size, seed);
    for (const OperandSplit how : {OperandSplit::xla, OperandSplit::nearest}) {
      const Split x = split(a, how), y = split(b, how);
      double bias = 0;
      for (std::size_t i = 0; i < x.low.span<float>().size(); ++i)
        bias += x.low.span<float>()[i] / a.span<float>()[i] / static_cast<double>(a.elements());
      using experiments::exact_product;
      const Tensor low_low = exact_product(x.low, y.low);
      const Tensor remainders = exact_product(x.rest, b) + exact_product(a, y.rest) - exact_product(x.rest, y.rest);
      DotAlgorithm algorithm = dot::bf16_bf16_f32_x3;
      algorithm.split = how;
      const Tensor error = cast(product(a, b, algorithm), DType::float64) - exact;
      std::cout << fmt::format(layout, data.label(), how == OperandSplit::xla ? "cut" : "nearest", scientific(bias),
                               scientific(share(low_low, exact)), scientific(share(remainders, exact)),
                               scientific(share(error + low_low + remainders, exact)), scientific(share(error, exact)));
    }
  }
  std::cout
      << "\nCutting makes low as large as the last place of high, and gives it the sign of x; rounding halves its "
         "size\n"
         "and gives it either sign. X3 leaves low·low out. Cut, these products are about four times as large, and of\n"
         "positive numbers they all have one sign and add up, where rounded ones cancel.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The accuracy of XLA's dot algorithms, and where the error of BF16_BF16_F32_X3 comes from.", "bf16x3"};
  experiments::StudyOptions options;
  std::int64_t size = 64, seeds = 5, longest = 4096;
  experiments::add_study_options(app, options, "algorithm, distribution, k, seed, error");
  experiments::add_size(app, "--size", size, 1024, "Rows and columns of the results");
  experiments::add_size(app, "--seeds", seeds, 100, "How many seeds");
  experiments::add_size(app, "--length", longest, 1 << 16, "K of the longest sums");
  return experiments::run(app, argc, argv, [&] {
    const std::array<Case, 3> cases{{{experiments::uniform(0, 1), std::min<std::int64_t>(512, longest)},
                                     {experiments::standard_normal(), std::min<std::int64_t>(128, longest)},
                                     {experiments::standard_normal(), longest}}};
    experiments::Csv csv("algorithm,distribution,k,seed,error");
    accuracies(cases, size, seeds, options.seed, csv);
    reasons(cases, size, options.seed);
    csv.write(options.csv);
  });
}
