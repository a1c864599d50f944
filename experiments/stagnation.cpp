// Sums that stop growing: once half a unit in the last place of the sum exceeds every term, rounding to nearest drops
// them all. The harmonic series in four accumulators, and the chunks of Wang et al. 2018 that put it off.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <numeric>

#include "study.hpp"

using namespace halfway;
using experiments::grouped;
using experiments::heading;

namespace {

constexpr float one = 1.0f;

/// What the unit makes of the sum of the first `count` terms, `copies` times over (they differ only in random bits).
std::vector<float> sums(const Tensor& terms, std::int64_t count, const emu::DotModel& model, std::int64_t copies = 1) {
  const FloatFormat format = float_format(terms.dtype());
  const emu::MatrixIn ones{&one, DType::float32, 1, count, 0, 0};  // every element is the same 1
  const emu::MatrixIn column{terms.data(), terms.dtype(), count, copies, 1, 0};
  std::vector<float> result(static_cast<std::size_t>(copies));
  emu::matmul(ones, column, MatrixView<float>(result.data(), 1, copies), {format, format, model.output()}, model);
  return result;
}
float sum(const Tensor& terms, std::int64_t count, const emu::DotModel& model) { return sums(terms, count, model)[0]; }

/// 1, 1/2, …, 1/count.
std::vector<double> reciprocals(std::int64_t count) {
  std::vector<double> terms(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < terms.size(); ++i) terms[i] = 1.0 / static_cast<double>(i + 1);
  return terms;
}

/// The number of the first term that does not change the sum, nor does any after it. Sums of positive terms never fall.
std::int64_t first_lost_term(const Tensor& terms, const emu::DotModel& model) {
  const float last = sum(terms, terms.elements(), model);
  std::int64_t below = 0, reached = terms.elements();  // sum(below) < last = sum(reached)
  while (reached - below > 1) {
    const std::int64_t middle = (below + reached) / 2;
    (sum(terms, middle, model) == last ? reached : below) = middle;
  }
  return reached + 1;
}

struct Accumulator {
  DType dtype;
  emu::DotModel model;
  std::int64_t terms, published_term;
  double published_sum;
};

void harmonic(const std::vector<Accumulator>& rows, experiments::Csv& csv) {
  heading("The harmonic series 1 + 1/2 + 1/3 + …, each term and each sum rounded to nearest even");
  constexpr const char* layout = "{:<10}{:>18}{:>14}{:>18}{:>14}\n";
  std::cout << fmt::format(layout, "", "first lost term", "sum", "published term", "sum");
  for (const auto& [dtype, model, count, published_term, published_sum] : rows) {
    experiments::StatusLine status;
    status.show(fmt::format("Adding {} terms in {} ...", grouped(static_cast<std::uint64_t>(count)), name(dtype)));
    const Tensor terms = cast(tensor(reciprocals(count), {count}), dtype);
    const std::int64_t lost = first_lost_term(terms, model);
    const float reached = sum(terms, lost - 1, model);
    status.show("");
    std::cout << fmt::format(layout, name(dtype), grouped(static_cast<std::uint64_t>(lost)), reached,
                             grouped(static_cast<std::uint64_t>(published_term)), published_sum);
    csv.row("harmonic", name(dtype), lost, reached);
  }
}

/// The same model with random bits of its own.
emu::DotModel seeded(emu::DotModel model, std::uint64_t seed) {
  model.seed = seed;
  return model;
}

void stochastic(std::int64_t count, std::int64_t runs, std::uint64_t seed, experiments::Csv& csv) {
  heading(fmt::format("{} terms with stochastic rounding, {} runs", grouped(static_cast<std::uint64_t>(count)), runs));
  const std::vector<double> exact_terms = reciprocals(count);
  const double exact = std::accumulate(exact_terms.rbegin(), exact_terms.rend(), 0.0);  // the small ones first
  std::cout << fmt::format("exact: {:.4f}\n", exact);
  for (const auto& [dtype, model] : {std::pair{DType::float16, emu::sequential_f16_stochastic},
                                     std::pair{DType::bfloat16, emu::sequential_bf16_stochastic}}) {
    const Tensor terms = cast(tensor(exact_terms, {count}), dtype);
    const std::vector<float> results = sums(terms, count, seeded(model, seed), runs);
    double mean = 0, squares = 0;
    for (const float result : results) mean += result / static_cast<double>(runs);
    for (const float result : results) squares += (result - mean) * (result - mean) / static_cast<double>(runs);
    const auto [least, most] = std::minmax_element(results.begin(), results.end());
    std::cout << fmt::format("{:<10}mean {:.4f}, standard deviation {:.2f}, from {} to {}\n", name(dtype), mean,
                             std::sqrt(squares), *least, *most);
    for (const float result : results) csv.row("stochastic", name(dtype), count, result);
  }
}

emu::DotModel wang(int chunk, Rounding rounding, std::uint64_t seed) {
  emu::DotModel model = seeded(emu::wang_2018_chain, seed);
  model.pass = chunk, model.rounding = model.addend_rounding = rounding;
  return model;
}

void swamping(std::int64_t longest, std::uint64_t seed, experiments::Csv& csv) {
  heading("Wang et al. 2018: sums of numbers of mean 1 and standard deviation 1 in (1, 6, 9)");
  const std::vector<std::pair<std::string, emu::DotModel>> columns{
      {"float32", emu::sequential},
      {"nearest", wang(0, Rounding::ties_to_even, seed)},
      {"chunks of 64", wang(64, Rounding::ties_to_even, seed)},
      {"chunks of 256", wang(256, Rounding::ties_to_even, seed)},
      {"stochastic", wang(0, Rounding::stochastic, seed)}};
  random::Generator generator{seed, random::stream_of("swamping")};
  const float spread = std::sqrt(3.0f);  // U(1 − √3, 1 + √3) has variance 1
  const Tensor drawn = random::uniform({longest}, generator, 1 - spread, 1 + spread);
  std::vector<float> terms(static_cast<std::size_t>(longest));
  evaluate(Operation::convert, std::array{ConstArray{drawn.data(), binary32, longest}},
           Array{terms.data(), emu::e6m9, longest, 1, Held::as_float32});

  std::cout << fmt::format("{:>9}", "terms");
  for (const auto& [label, model] : columns) std::cout << fmt::format("{:>15}", label);
  std::cout << '\n';
  for (const std::int64_t count : experiments::powers_of_two(std::min<std::int64_t>(1024, longest), longest)) {
    std::cout << fmt::format("{:>9}", grouped(static_cast<std::uint64_t>(count)));
    for (const auto& [label, model] : columns) {
      const float result = sum(tensor(terms, {longest}), count, model);
      std::cout << fmt::format("{:>15}", result) << std::flush;
      csv.row("swamping", label, count, result);
    }
    std::cout << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Shows where sums stop growing in 16-bit and 32-bit accumulators, and what stochastic rounding and sums in\n"
      "chunks do about it, beside published figures.",
      "stagnation"};
  experiments::StudyOptions options;
  std::int64_t terms = 1'000'000, runs = 16, longest = 262'144, float32_terms = 1 << 22;
  experiments::add_study_options(app, options, "study, accumulator, terms, sum");
  experiments::add_size(app, "--terms", terms, 1 << 24, "Terms of the series with stochastic rounding");
  experiments::add_size(app, "--runs", runs, 1000, "Runs with stochastic rounding");
  experiments::add_size(app, "--length", longest, 1 << 24, "Most terms of the sums in chunks");
  experiments::add_size(app, "--float32-terms", float32_terms, 1 << 24, "Terms of the series in float32");
  return experiments::run(app, argc, argv, [&] {
    experiments::Csv csv("study,accumulator,terms,sum");
    harmonic({{DType::bfloat16, emu::sequential_bf16, 1000, 65, 5.0625},
              {DType::float16, emu::sequential_f16, 2000, 513, 7.0859375},
              {DType::float32, emu::sequential, float32_terms, 2'097'152, 15.4036827}},
             csv);
    stochastic(terms, runs, options.seed, csv);
    swamping(longest, options.seed, csv);
    csv.write(options.csv);
  });
}
