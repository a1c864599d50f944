// FP8 on Hopper: wgmma keeps 14 bits of its sums. What that costs against K, and what DeepSeek-V3 gains by adding the
// sums of every 128 terms outside, in float32.
#include <fmt/format.h>

#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;
using experiments::scientific;

namespace {

/// The matrix times a power of two that brings its largest element next to the largest e4m3 number, 448, in e4m3.
Tensor to_e4m3(const Tensor& x) {
  float largest = 0;
  for (const float number : x.span<float>()) largest = std::max(largest, std::abs(number));
  return cast(x * static_cast<double>(448 / largest), DType::float8_e4m3fn);
}

struct Way {
  const char* label;
  emu::DotModel model;
};
const std::array<Way, 5> ways{{{"H100 wgmma, straight", emu::hopper_wgmma_f8},
                               {"H100 wgmma, promoted", emu::hopper_wgmma_f8_promoted_128},
                               {"H100 mma.sync", emu::hopper_mma_f8},
                               {"B200 tcgen05", emu::blackwell_tcgen05_f8},
                               {"float32 chain", emu::sequential}}};

void study(const experiments::Distribution& distribution, std::int64_t size, std::int64_t longest, std::uint64_t seed,
           experiments::Csv& csv) {
  heading(fmt::format("{0}, scaled to 448 and rounded to e4m3; {1}x{1} elements", distribution.name, size));
  std::cout << fmt::format("{:>7}", "K");
  for (const Way& way : ways) std::cout << fmt::format("{:>24}", way.label);
  std::cout << "     largest |D - E| / |E|, and that of ||D - E||F / ||E||F\n";
  for (const std::int64_t terms : experiments::powers_of_two(std::min<std::int64_t>(32, longest), longest)) {
    random::Generator generator{seed, static_cast<std::uint64_t>(terms)};
    const Tensor a = to_e4m3(distribution.draw({size, terms}, generator));
    const Tensor b = to_e4m3(distribution.draw({terms, size}, generator));
    const Tensor exact = experiments::exact_product(a, b);
    std::cout << fmt::format("{:>7}", terms) << std::flush;
    for (const auto& [label, model] : ways) {
      const emu::ErrorSummary errors = experiments::errors(experiments::product(a, b, model), exact);
      std::cout << fmt::format("{:>24}", scientific(errors.max_relative) + ", " + scientific(errors.frobenius))
                << std::flush;
      csv.row(distribution.name, label, terms, errors.max_relative, errors.frobenius);
    }
    std::cout << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The error of FP8 products on Hopper against K: straight, and promoted to float32 every 128 terms.",
               "fp8_accumulation"};
  experiments::StudyOptions options;
  std::int64_t size = 64, longest = 8192;
  experiments::add_study_options(app, options, "distribution, way, k, max_relative_error, frobenius_error");
  experiments::add_size(app, "--size", size, 1024, "Rows and columns of the results");
  experiments::add_size(app, "--length", longest, 1 << 18, "Largest K");
  return experiments::run(app, argc, argv, [&] {
    experiments::Csv csv("distribution,way,k,max_relative_error,frobenius_error");
    for (const auto& distribution : {experiments::uniform(0, 1), experiments::standard_normal()})
      study(distribution, size, longest, options.seed, csv);
    std::cout << "\nPublished: DeepSeek-V3 (arXiv 2412.19437, section 3.3.2): sums keep around 14 bits on an H800; for "
                 "two random\n"
                 "matrices and K = 4096 \"a maximum relative error of nearly 2%\". How these were drawn is not said.\n";
    csv.write(options.csv);
  });
}
