// Khattak and Mikaitis 2025: products of matrices whose entries spread over twenty powers of ten, each entry one, two
// or three 16-bit words. More words help until the unit's rounding towards zero, which drifts as sums grow longer, is
// all that is left.
#include <fmt/format.h>

#include <cmath>
#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;
using experiments::scientific;

namespace {

constexpr std::int64_t size = 10;  ///< A is 10×n, B n×10

struct Unit {
  std::string name;
  emu::DotModel model;
  std::array<double, 3> published;  ///< at n = 10^6, of 1, 2 and 3 words; 0: not published
};

constexpr emu::DotModel to_nearest(emu::DotModel unit) {
  unit.rounding = Rounding::ties_to_even;
  return unit;
}
/// The rule of a V100, which has no bfloat16, for bfloat16.
constexpr emu::DotModel volta_bf16 = [] {
  emu::DotModel unit = emu::volta_f16;
  unit.operands = emu::operands::bf16;
  return unit;
}();

/// The figures: experiments/data of github.com/north-numerical-computing/MATLAB-tensor-core, at b12b5a7.
const std::vector<Unit> bfloat16_units{
    {"A100", emu::ampere_f16, {9.058678e-06, 1.947012e-06, 1.813173e-06}},
    {"B200", emu::blackwell_f16, {9.216378e-06, 2.845524e-06, 2.742058e-06}},
    {"B200, to nearest", to_nearest(emu::blackwell_f16), {8.572748e-06, 4.209459e-08, 1.176369e-08}},
    {"V100's rule", volta_bf16, {}},
    {"MI100", emu::mi100_bf16, {8.575323e-06, 3.818568e-08, 9.727898e-09}},
    {"MI250", emu::mi250_bf16, {8.575549e-06, 3.781132e-08, 1.095925e-08}},
    {"MI300X", emu::mi300_f16, {8.573679e-06, 5.336731e-08, 2.041421e-08}}};
const std::vector<Unit> float16_units{
    {"A100", emu::ampere_f16, {1.742788e-06, 1.525158e-06, 1.304541e-06}},
    {"B200", emu::blackwell_f16, {1.965975e-06, 2.231048e-06, 1.911647e-06}},
    {"B200, to nearest", to_nearest(emu::blackwell_f16), {1.189877e-06, 9.175207e-09, 9.422407e-09}},
    {"V100", emu::volta_f16, {1.189649e-06, 2.154430e-08, 1.932669e-08}},
    {"MI100", emu::mi100_f16, {1.188553e-06, 7.893212e-09, 8.497165e-09}},
    {"MI250", emu::mi250_f16, {1.188139e-06, 7.873299e-09, 8.575042e-09}},
    {"MI300X", emu::mi300_f16, {1.190191e-06, 1.139738e-08, 1.135594e-08}}};

using Numbers = std::vector<double>;

/// Entries ±10^U(−10, 10). Their last bits are those of the C library's pow.
Numbers draw(std::int64_t count, std::uint64_t seed, std::uint64_t stream) {
  Numbers numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto words = philox(seed, stream, i);
    const double u = (static_cast<double>(words[0]) + static_cast<double>(words[1]) * 0x1p-32) * 0x1p-32;
    numbers[i] = std::pow(10.0, 20 * u - 10) * (words[2] % 2 == 0 ? 1 : -1);
  }
  return numbers;
}

/// A matrix whose lines (rows of A, columns of B) are contiguous, as `lines` of `length`.
struct Lines {
  Numbers numbers;
  std::int64_t length;
  std::vector<double> scales = std::vector<double>(size);  ///< powers of two: largest entry of a line ≤ theta

  void scale_to(double theta) {
    for (std::int64_t line = 0; line < size; ++line) {
      double* const first = numbers.data() + line * length;
      double largest = 0;
      for (std::int64_t i = 0; i < length; ++i) largest = std::max(largest, std::abs(first[i]));
      scales[static_cast<std::size_t>(line)] = std::exp2(std::floor(std::log2(theta / largest)));
      for (std::int64_t i = 0; i < length; ++i) first[i] *= scales[static_cast<std::size_t>(line)];
    }
  }
  /// ≈ Σ word[j]·u^j, each word rounded to nearest even.
  std::vector<Tensor> words(DType dtype, int count, double u) const {
    std::vector<Tensor> result;
    Numbers rest = numbers;
    double unit = 1;
    for (int word = 0; word < count; ++word, unit *= u) {
      Numbers scaled = rest;
      for (double& number : scaled) number /= unit;
      result.push_back(cast(tensor(scaled, {size, length}), dtype));
      const Tensor rounded = cast(result.back(), DType::float64);
      for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= rounded.span<double>()[i] * unit;
    }
    return result;
  }
};

/// Products of words j and k with j + k < count, all in one sum: C of the next is D of the one before.
Tensor product_of_words(std::span<const Tensor> a, std::span<const Tensor> b, std::int64_t length, double u,
                        const emu::DotModel& unit) {
  const DType dtype = a[0].dtype();
  const FloatFormat format = float_format(dtype);
  std::vector<float> sums(size * size);
  const MatrixView<float> d(sums.data(), size, size);
  for (std::size_t j = 0; j < a.size(); ++j)
    for (std::size_t k = 0; j + k < a.size(); ++k) {
      // The power of two goes into A, where it may underflow, as in the authors' program.
      const double power = std::pow(u, static_cast<double>(j + k));
      const Tensor left = j + k == 0 ? a[j] : cast(cast(a[j], DType::float32) * power, dtype);
      const emu::MatrixIn right{b[k].data(), dtype, length, size, 1, length};
      emu::MatmulExtras extras;
      if (j + k > 0) extras.c = emu::MatrixIn(MatrixView<const float>(d));
      emu::matmul(experiments::view(left), right, d, {format, format, unit.output()}, unit, extras);
    }
  return tensor(sums, {size, size});
}

double infinity_norm(std::span<const double> matrix, std::int64_t columns) {
  double norm = 0;
  for (std::size_t row = 0; row < matrix.size() / static_cast<std::size_t>(columns); ++row) {
    double sum = 0;
    for (const double number :
         matrix.subspan(row * static_cast<std::size_t>(columns), static_cast<std::size_t>(columns)))
      sum += std::abs(number);
    norm = std::max(norm, sum);
  }
  return norm;
}

/// One pair of matrices.
struct Problem {
  Lines a, b;
  Tensor exact;
  double norms;  ///< ‖A‖∞·‖B‖∞
};
Problem problem(std::int64_t n, std::uint64_t seed) {
  Problem result{{draw(size * n, seed, 2 * static_cast<std::uint64_t>(n)), n},
                 {draw(size * n, seed, 2 * static_cast<std::uint64_t>(n) + 1), n},
                 {},
                 0};
  const Numbers& a = result.a.numbers;
  const Numbers& b = result.b.numbers;
  result.exact =
      experiments::exact_product({a.data(), DType::float64, size, n, n, 1}, {b.data(), DType::float64, n, size, 1, n});
  double norm_b = 0;  // B's rows are spread over its lines
  for (std::int64_t row = 0; row < n; ++row) {
    double sum = 0;
    for (std::int64_t line = 0; line < size; ++line) sum += std::abs(b[static_cast<std::size_t>(line * n + row)]);
    norm_b = std::max(norm_b, sum);
  }
  result.norms = infinity_norm(a, n) * norm_b;
  return result;
}

double error(const Problem& problem, const Tensor& scaled) {
  Numbers difference(size * size);
  for (std::size_t i = 0; i < difference.size(); ++i)
    difference[i] = scaled.span<float>()[i] / problem.a.scales[i / size] / problem.b.scales[i % size] -
                    problem.exact.span<double>()[i];
  return infinity_norm(difference, size) / problem.norms;
}

void study(DType dtype, std::int64_t longest, std::uint64_t seed, experiments::Csv& csv) {
  const std::vector<Unit>& units = dtype == DType::bfloat16 ? bfloat16_units : float16_units;
  const double u = dtype == DType::bfloat16 ? 0x1p-8 : 0x1p-11;
  const double largest = dtype == DType::bfloat16 ? 0x1.FEp127 : 65504, largest_sum = 0x1.FFFFFEp127;
  std::vector<std::array<double, 3>> last(units.size());
  std::int64_t last_n = 0;
  std::cout << fmt::format("{:>8} words", "n");
  for (const Unit& unit : units) std::cout << fmt::format("{:>18}", unit.name);
  std::cout << '\n';
  for (int step = 0; step < 20; ++step) {
    const auto n = static_cast<std::int64_t>(std::floor(std::pow(10.0, 1 + 5.0 * step / 19) + 1e-9));
    if (n > longest) break;
    Problem matrices = problem(n, seed);
    const double theta = std::min(largest, std::sqrt(largest_sum / static_cast<double>(n)));
    matrices.a.scale_to(theta), matrices.b.scale_to(theta);
    for (int words = 1; words <= 3; ++words) {
      const std::vector<Tensor> a = matrices.a.words(dtype, words, u), b = matrices.b.words(dtype, words, u);
      std::cout << fmt::format("{:>8} {:>5}", n, words) << std::flush;
      for (std::size_t i = 0; i < units.size(); ++i) {
        const double found = error(matrices, product_of_words(a, b, n, u, units[i].model));
        std::cout << fmt::format("{:>18}", scientific(found)) << std::flush;
        csv.row(name(dtype), words, units[i].name, n, found);
        last[i][static_cast<std::size_t>(words - 1)] = found;
      }
      std::cout << '\n';
    }
    last_n = n;
  }
  if (last_n != 1'000'000) return;
  std::cout << "\nn = 10^6 [published, other random numbers]\n";
  for (int words = 1; words <= 3; ++words)
    for (std::size_t i = 0; i < units.size(); ++i) {
      const double published = units[i].published[static_cast<std::size_t>(words - 1)];
      std::cout << fmt::format("{} word{}  {:<18}{:.2e}  [{}]\n", words, words > 1 ? "s" : " ", units[i].name,
                               last[i][static_cast<std::size_t>(words - 1)],
                               published == 0 ? "-" : fmt::format("{:.2e}", published));
    }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "||D - E|| / (||A|| ||B||) of 10xn by nx10 products with entries +-10^U(-10, 10), in the infinity norm, each "
      "entry\n"
      "one to three 16-bit words, on seven matrix units.",
      "khattak_mikaitis"};
  experiments::StudyOptions options;
  std::int64_t longest = 1'000'000;
  std::string format = "bfloat16";
  experiments::add_study_options(app, options, "format, words, unit, n, error");
  experiments::add_size(app, "--length", longest, 1'000'000, "Largest n of 20 from 10 to 10^6");
  app.add_option("--format", format, "bfloat16 or float16 (default: bfloat16)")
      ->check(CLI::IsMember({"bfloat16", "float16"}));
  return experiments::run(app, argc, argv, [&] {
    const DType dtype = *find_dtype(format);
    heading(fmt::format("{} words", name(dtype)));
    experiments::Csv csv("format,words,unit,n,error");
    study(dtype, longest, options.seed, csv);
    csv.write(options.csv);
  });
}
