// Khattak and Mikaitis 2025: products of matrices whose entries spread over twenty powers of ten, each entry one, two
// or three 16-bit words. More words help until the unit's rounding towards zero, which drifts as sums grow longer, is
// all that is left.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <random>

#include "study.hpp"

using namespace halfway;
using experiments::heading;

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
    {"MI250", emu::mi250_bf16_1k, {8.575549e-06, 3.781132e-08, 1.095925e-08}},
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

/// MATLAB's rand after rng(seed), which is NumPy's RandomState(seed): MT19937, 53 bits of two words.
class MatlabRandom {
 public:
  explicit MatlabRandom(std::uint64_t seed) : engine_(static_cast<std::mt19937::result_type>(seed)) {}
  double operator()() {
    const std::uint64_t high = engine_() >> 5, low = engine_() >> 6;
    return (static_cast<double>(high) * 0x1p26 + static_cast<double>(low)) * 0x1p-53;
  }
  void skip(std::int64_t count) { engine_.discard(2 * static_cast<unsigned long long>(count)); }

 private:
  std::mt19937 engine_;
};

Tensor rounded_to(DType dtype, const Numbers& numbers, const Shape& shape, Rounding rounding) {
  const auto rounded = [&]<class T>(std::vector<T> codes) {
    codes.resize(numbers.size());
    evaluate(Operation::convert, std::array{array_of(numbers)}, result_array(codes), {.rounding = rounding});
    return tensor(codes, shape);
  };
  return dtype == DType::bfloat16 ? rounded(std::vector<bfloat16>{}) : rounded(std::vector<float16>{});
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
  /// ≈ Σ word[j]·u^j, each word rounded in that direction.
  std::vector<Tensor> words(DType dtype, int count, double u, Rounding rounding) const {
    std::vector<Tensor> result;
    Numbers rest = numbers;
    double unit = 1;
    for (int word = 0; word < count; ++word, unit *= u) {
      Numbers scaled = rest;
      for (double& number : scaled) number /= unit;
      result.push_back(rounded_to(dtype, scaled, {size, length}, rounding));
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
/// Entries ±10^U(−10, 10): A, B, then their signs, each column after column, as the authors' program draws them. Their
/// last bits are those of the C library's pow.
Problem problem(std::int64_t n, MatlabRandom& random) {
  const auto count = static_cast<std::size_t>(size * n);
  Numbers a(count), b(count);
  const auto of_a = [n](std::size_t drawn) {  // A's columns, which have `size` entries, lie across its lines
    const auto place = static_cast<std::int64_t>(drawn);
    return static_cast<std::size_t>(place % size * n + place / size);
  };
  for (std::size_t i = 0; i < count; ++i) a[of_a(i)] = std::pow(10.0, random() * 20 - 10);
  for (double& number : b) number = std::pow(10.0, random() * 20 - 10);
  for (std::size_t i = 0; i < count; ++i) a[of_a(i)] *= random() < 0.5 ? -1 : 1;
  for (double& number : b) number *= random() < 0.5 ? -1 : 1;

  double norm_b = 0;  // B's rows are spread over its lines
  for (std::int64_t row = 0; row < n; ++row) {
    double sum = 0;
    for (std::int64_t line = 0; line < size; ++line) sum += std::abs(b[static_cast<std::size_t>(line * n + row)]);
    norm_b = std::max(norm_b, sum);
  }
  const double norms = infinity_norm(a, n) * norm_b;
  const Tensor exact =
      experiments::exact_product({a.data(), DType::float64, size, n, n, 1}, {b.data(), DType::float64, n, size, 1, n});
  return {{std::move(a), n}, {std::move(b), n}, exact, norms};
}

double error(const Problem& problem, const Tensor& scaled) {
  Numbers difference(size * size);
  for (std::size_t i = 0; i < difference.size(); ++i)
    difference[i] = scaled.span<float>()[i] / problem.a.scales[i / size] / problem.b.scales[i % size] -
                    problem.exact.span<double>()[i];
  return infinity_norm(difference, size) / problem.norms;
}

/// The 20 sizes, evenly spread between 10 and 10^6 on a logarithmic axis.
std::vector<std::int64_t> sizes() {
  std::vector<std::int64_t> result(20);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<std::int64_t>(std::floor(std::pow(10.0, 1 + 5.0 * static_cast<double>(i) / 19) + 1e-9));
  return result;
}

void study(DType dtype, std::int64_t longest, std::uint64_t seed, Rounding rounding, experiments::Csv& csv) {
  const std::vector<Unit>& units = dtype == DType::bfloat16 ? bfloat16_units : float16_units;
  const double u = dtype == DType::bfloat16 ? 0x1p-8 : 0x1p-11;
  const double largest = dtype == DType::bfloat16 ? 0x1.FEp127 : 65504, largest_sum = 0x1.FFFFFEp127;
  std::cout << fmt::format("words {:>8}", "n");
  for (const Unit& unit : units) std::cout << fmt::format("{:>18}", unit.name);
  std::cout << '\n';
  MatlabRandom random(seed);  // one stream for all, in the authors' order
  for (int words = 1; words <= 3; ++words)
    for (const std::int64_t n : sizes()) {
      if (n > longest) {
        random.skip(4 * size * n);
        continue;
      }
      Problem matrices = problem(n, random);
      const double theta = std::min(largest, std::sqrt(largest_sum / static_cast<double>(n)));
      matrices.a.scale_to(theta), matrices.b.scale_to(theta);
      const std::vector<Tensor> a = matrices.a.words(dtype, words, u, rounding);
      const std::vector<Tensor> b = matrices.b.words(dtype, words, u, rounding);
      std::cout << fmt::format("{:>5} {:>8}", words, n) << std::flush;
      std::string published = fmt::format("{:>14}", "published");
      for (const Unit& unit : units) {
        const double found = error(matrices, product_of_words(a, b, n, u, unit.model));
        std::cout << fmt::format("{:>18.5e}", found) << std::flush;
        csv.row(name(dtype), words, unit.name, n, found);
        const double there = unit.published[static_cast<std::size_t>(words - 1)];
        published += there == 0 ? fmt::format("{:>18}", "-") : fmt::format("{:>18.5e}", there);
      }
      std::cout << '\n' << (n == 1'000'000 ? published + '\n' : "");
    }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "||D - E|| / (||A|| ||B||) of 10xn by nx10 products with entries +-10^U(-10, 10), in the infinity norm, each "
      "entry\n"
      "one to three 16-bit words, on seven matrix units.",
      "khattak_mikaitis"};
  experiments::StudyOptions options{.csv = "", .seed = 1};  // the authors' seed
  std::int64_t longest = 1'000'000;
  std::string format = "bfloat16", words = "cut";
  experiments::add_study_options(app, options, "format, words, unit, n, error");
  experiments::add_size(app, "--length", longest, 1'000'000, "Largest n of 20 from 10 to 10^6");
  app.add_option("--format", format, "bfloat16 or float16 (default: bfloat16)")
      ->check(CLI::IsMember({"bfloat16", "float16"}));
  app.add_option("--words", words, "How numbers become words: cut, as in the published runs, or nearest (default: cut)")
      ->check(CLI::IsMember({"cut", "nearest"}));
  return experiments::run(app, argc, argv, [&] {
    const DType dtype = *find_dtype(format);
    heading(fmt::format("{} words, {}", name(dtype), words == "cut" ? "cut" : "rounded to nearest"));
    experiments::Csv csv("format,words,unit,n,error");
    study(dtype, longest, options.seed, words == "cut" ? Rounding::toward_zero : Rounding::ties_to_even, csv);
    csv.write(options.csv);
  });
}
