// How fast does the error of a sum grow with its length, unit by unit? The same random numbers through every matrix
// unit that multiplies them.
#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;
using experiments::scientific;

namespace {

/// The same operands at every K: the first K columns of A and rows of B.
struct Operands {
  Tensor a, b;   ///< A is rows×K; B is K×rows
  Tensor exact;  ///< A·B
};
std::vector<Operands> draw(const experiments::Distribution& distribution, DType dtype, std::int64_t rows,
                           std::span<const std::int64_t> lengths, std::uint64_t seed) {
  random::Generator generator{seed, random::stream_of(distribution.name)};
  const Tensor all_a = distribution.draw({rows, lengths.back()}, generator);
  const Tensor all_b = distribution.draw({rows, lengths.back()}, generator);  // a row for each column of B
  const auto prefix = [&](const Tensor& x, std::int64_t length, bool turned) {
    std::vector<float> values(static_cast<std::size_t>(rows * length));
    for (std::int64_t line = 0; line < rows; ++line)
      for (std::int64_t k = 0; k < length; ++k)
        values[static_cast<std::size_t>(turned ? k * rows + line : line * length + k)] =
            x.span<float>()[static_cast<std::size_t>(line * lengths.back() + k)];
    return cast(tensor(values, turned ? Shape{length, rows} : Shape{rows, length}), dtype);
  };
  std::vector<Operands> result;
  for (const std::int64_t length : lengths) {
    const Tensor a = prefix(all_a, length, false), b = prefix(all_b, length, true);
    result.push_back({a, b, experiments::exact_product(a, b)});
  }
  return result;
}

/// The last revision of every unit that multiplies such numbers without scales.
std::vector<const emu::DotModel*> units_for(const FloatFormat& format) {
  std::vector<const emu::DotModel*> units;
  for (const emu::DotModel* unit : emu::dot_models())
    if (unit->accepts(format) && unit->scale_block == 0 && unit->result != binary64 &&
        emu::find_dot_model(unit->name) == unit)
      units.push_back(unit);
  return units;
}

/// One unit's results at every K.
struct Results {
  const emu::DotModel* unit;
  std::vector<Tensor> products;
};

/// The first of the units before that gives the same bits everywhere, or nullptr.
const emu::DotModel* same_bits(std::span<const Results> before, const Results& results) {
  for (const Results& other : before) {
    bool equal = true;
    for (std::size_t i = 0; equal && i < results.products.size(); ++i)
      equal = bits_equal(other.products[i], results.products[i]);
    if (equal) return other.unit;
  }
  return nullptr;
}

void study(const experiments::Distribution& distribution, DType dtype, std::int64_t rows,
           std::span<const std::int64_t> lengths, std::uint64_t seed, experiments::Csv& csv) {
  heading(
      fmt::format("{0}, {1}: largest |D - E| / (|A||B|) of {2}x{2} elements", distribution.name, name(dtype), rows));
  experiments::StatusLine status;
  status.show("Drawing numbers ...");
  const std::vector<Operands> operands = draw(distribution, dtype, rows, lengths, seed);
  status.show("");
  std::cout << fmt::format("{:<32}", "K");
  for (std::size_t i = 0; i < lengths.size(); i += 2) std::cout << fmt::format("{:>9}", lengths[i]);
  std::cout << '\n';
  const auto bound = [&](const char* label, auto of_length) {
    std::cout << fmt::format("{:<32}", label);
    for (std::size_t i = 0; i < lengths.size(); i += 2)
      std::cout << fmt::format("{:>9}", scientific(of_length(static_cast<double>(lengths[i]))));
    std::cout << '\n';
  };
  bound("bound K·u, float32", [](double k) { return k * 0x1p-24; });
  bound("√K·u", [](double k) { return std::sqrt(k) * 0x1p-24; });

  std::vector<Results> all;
  for (const emu::DotModel* unit : units_for(float_format(dtype))) {
    status.show(fmt::format("{} ...", unit->name));
    Results results{unit, {}};
    for (const auto& [a, b, exact] : operands) results.products.push_back(experiments::product(a, b, *unit));
    status.show("");
    const emu::DotModel* const same = same_bits(all, results);
    std::cout << fmt::format("{:<32}", unit->name);
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const auto& [a, b, exact] = operands[i];
      const emu::ErrorSummary errors = experiments::errors(results.products[i], exact, a, b);
      csv.row(distribution.name, name(dtype), unit->name, lengths[i], *errors.componentwise, errors.frobenius,
              same == nullptr ? "" : same->name);
      if (i % 2 == 0 && same == nullptr) std::cout << fmt::format("{:>9}", scientific(*errors.componentwise));
    }
    std::cout << (same == nullptr ? "" : fmt::format("  the same bits as {}", same->name)) << '\n';
    all.push_back(std::move(results));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The error of sums against their length, for every matrix unit that multiplies numbers of a format.",
               "accumulation_order"};
  experiments::StudyOptions options;
  std::int64_t rows = 8, longest = 65'536;
  std::string format = "bfloat16";
  experiments::add_study_options(app, options,
                                 "distribution, format, unit, k, componentwise_error, frobenius_error, same_bits_as");
  experiments::add_size(app, "--size", rows, 1024, "Rows of A and columns of B");
  experiments::add_size(app, "--length", longest, 1 << 20, "Largest K, a power of two from 16");
  app.add_option("--format", format,
                 "Of the operands: bfloat16, float16, float32 (as tf32), float8_e4m3fn, … (default: bfloat16)")
      ->type_name("NAME");
  return experiments::run(app, argc, argv, [&] {
    const std::optional<DType> dtype = find_dtype(format);
    if (!dtype || !is_floating(*dtype) || *dtype == DType::float64)
      throw ValueError("--format", "received " + format +
                                       ", which no matrix unit multiplies; it takes bfloat16, float16, "
                                       "float32, float8_e4m3fn, float8_e5m2, float8_e4m3fnuz or float8_e5m2fnuz");
    experiments::Csv csv("distribution,format,unit,k,componentwise_error,frobenius_error,same_bits_as");
    const std::vector<std::int64_t> lengths = experiments::powers_of_two(std::min<std::int64_t>(16, longest), longest);
    for (const auto& distribution : {experiments::standard_normal(), experiments::uniform(0, 1)})
      study(distribution, *dtype, rows, lengths, options.seed, csv);
    csv.write(options.csv);
  });
}
