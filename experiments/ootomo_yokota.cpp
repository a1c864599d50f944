// Float32 products on float16 tensor cores: two float16 numbers stand for one float32 number, three products for one.
// Ootomo and Yokota 2022: what is left of the error is the rounding towards zero inside the unit, and it goes away when
// the sums are taken outside.
#include <fmt/format.h>

#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;
using experiments::product;

namespace {

/// x ≈ high + low / 2^11, both float16 to nearest even. Without the factor, low would underflow.
struct Halves {
  Tensor high, low;
};
Halves halves(const Tensor& x) {
  const Tensor high = cast(x, DType::float16);
  const Tensor rest = x - cast(high, DType::float32);  // exact
  return {high, cast(rest * 2048.0, DType::float16)};
}

/// A·B by three products of halves on `unit`; the sums of the two small ones are one sum.
Tensor corrected(const Halves& a, const Halves& b, const emu::DotModel& unit) {
  const Tensor cross = product(a.high, b.low, dot::f16_f16_f32, unit);
  const Tensor small = product(a.low, b.high, dot::f16_f16_f32, unit) + cross;
  return product(a.high, b.high, dot::f16_f16_f32, unit) + small * (1.0 / 2048);
}

/// The unit with another final rounding.
constexpr emu::DotModel to_nearest(emu::DotModel unit) {
  unit.rounding = Rounding::ties_to_even;
  return unit;
}
/// Each instruction's `terms` summed from zero in the unit, their sums added outside, to nearest even.
constexpr emu::DotModel summed_outside(emu::DotModel unit, int terms) {
  unit.pass = terms;
  return unit;
}

constexpr emu::DotModel a100 = emu::ampere_f16;

struct Way {
  std::string label;
  std::array<double, 3> expected;  ///< at K = 1024, 16384, 262144
  std::function<Tensor(const Tensor& a, const Tensor& b)> compute;
};
const std::vector<Way> ways{
    {"float16 alone",
     {2.4e-4, 2.5e-4, 5.0e-4},
     [](const Tensor& a, const Tensor& b) {
       return product(cast(a, DType::float16), cast(b, DType::float16), dot::f16_f16_f32, a100);
     }},
    {"corrected, in the unit",
     {1.8e-6, 2.6e-5, 4.2e-4},
     [](const Tensor& a, const Tensor& b) { return corrected(halves(a), halves(b), a100); }},
    {"corrected, unit to nearest",
     {5.0e-7, 2.4e-6, 1.0e-5},
     [](const Tensor& a, const Tensor& b) { return corrected(halves(a), halves(b), to_nearest(a100)); }},
    {"corrected, outside",
     {1.7e-7, 5.3e-7, 2.3e-6},
     [](const Tensor& a, const Tensor& b) { return corrected(halves(a), halves(b), summed_outside(a100, 16)); }},
    {"float32 chain", {6.0e-7, 2.3e-6, 9.7e-6}, [](const Tensor& a, const Tensor& b) {
       return product(a, b, dot::f32_f32_f32);
     }}};

/// What is expected at that K, if anything is.
std::string expected(const Way& way, std::int64_t terms) {
  constexpr std::array<std::int64_t, 3> at{1024, 16384, 262144};
  for (std::size_t i = 0; i < at.size(); ++i)
    if (at[i] == terms) return experiments::scientific(way.expected[i]);
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Float32 products on the float16 tensor cores of an A100, with and without Ootomo's and Yokota's corrections:\n"
      "16xK by Kx32, entries U(-1, 1), ||D - E||F / ||E||F.",
      "ootomo_yokota"};
  experiments::StudyOptions options;
  std::int64_t longest = 262'144;
  experiments::add_study_options(app, options, "way, k, error");
  experiments::add_size(app, "--length", longest, 1 << 20, "Largest K, a power of four above 64");
  return experiments::run(app, argc, argv, [&] {
    heading("16xK by Kx32, U(-1, 1), A100: relative error (in brackets: an independent scalar program's)");
    experiments::Csv csv("way,k,error");
    std::vector<std::string> lines;
    std::cout << fmt::format("{:>9}", "K");
    for (const Way& way : ways) std::cout << fmt::format("{:>28}", way.label);
    std::cout << '\n';
    for (std::int64_t terms = 256; terms <= longest; terms *= 4) {
      experiments::StatusLine status;
      status.show(fmt::format("K = {} ...", terms));
      random::Generator generator{options.seed, static_cast<std::uint64_t>(terms)};
      const Tensor a = random::uniform({16, terms}, generator, -1, 1),
                   b = random::uniform({terms, 32}, generator, -1, 1);
      const Tensor exact = experiments::exact_product(a, b);
      std::string line = fmt::format("{:>9}", terms);
      for (const Way& way : ways) {
        const double error = experiments::errors(way.compute(a, b), exact).frobenius;
        const std::string there = expected(way, terms);
        line += fmt::format("{:>28}", experiments::scientific(error) + (there.empty() ? "" : " [" + there + "]"));
        csv.row(way.label, terms, error);
      }
      status.show("");
      std::cout << line << '\n';
    }
    std::cout << "\nThe unit rounds its sums towards zero: that drift grows like K and undoes the correction. Sums of "
                 "16 terms\n"
                 "from zero, added outside to nearest, are more accurate than the float32 chain.\n";
    csv.write(options.csv);
  });
}
