#include "study.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace experiments {

using namespace halfway;

void add_study_options(CLI::App& app, StudyOptions& options, const std::string& columns) {
  app.option_defaults()->take_last();
  app.add_option("--csv", options.csv, "Also write the figures to FILE, a row each: " + columns)->type_name("FILE");
  app.add_option("--seed", options.seed,
                 fmt::format("Of the random numbers: the same seed, the same bits (default: {})", options.seed))
      ->type_name("N");
}

void add_size(CLI::App& app, const char* name, std::int64_t& size, std::int64_t most, const std::string& what) {
  app.add_option(name, size, fmt::format("{} (default: {})", what, size))
      ->check(CLI::Range(std::int64_t{1}, most))
      ->type_name("N");
}

void Csv::write(const std::string& file) const {
  if (file.empty()) return;
  const std::string beside = file + ".part";
  const auto fail = [&](const std::string& what) {
    throw FileError("--csv", file + " cannot be written: " + what + "; name a file in a folder that can be written to");
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) fail("it is a folder");
  std::ofstream out(beside, std::ios::binary);
  out << text_ << std::flush;
  if (!out) {
    std::filesystem::remove(beside, error);
    fail("its folder is missing, full or protected");
  }
  out.close();
  std::filesystem::rename(beside, file, error);
  if (error) fail(error.message());
}

Distribution standard_normal() {
  return {"N(0, 1)", [](const Shape& shape, random::Generator& generator) { return random::normal(shape, generator); }};
}

Distribution uniform(float low, float high) {
  return {fmt::format("U({}, {})", low, high), [low, high](const Shape& shape, random::Generator& generator) {
            return random::uniform(shape, generator, low, high);
          }};
}

emu::MatrixIn view(const Tensor& matrix) {
  const std::int64_t rows = matrix.shape()[0], cols = matrix.shape()[1];
  return {matrix.data(), matrix.dtype(), rows, cols, cols, 1};
}

namespace {

template <class T>
Tensor product_of(const Tensor& a, const Tensor& b, const DotAlgorithm& algorithm, const emu::DotModel& model,
                  const emu::MatmulExtras& extras) {
  const std::int64_t rows = a.shape()[0], cols = b.shape()[1];
  std::vector<T> sums(static_cast<std::size_t>(rows * cols));
  emu::matmul(view(a), view(b), MatrixView<T>(sums.data(), rows, cols), algorithm, model, extras);
  return tensor(sums, {rows, cols});
}

}  // namespace

Tensor product(const Tensor& a, const Tensor& b, const DotAlgorithm& algorithm, const emu::DotModel& model,
               const Tensor& c) {
  emu::MatmulExtras extras;
  if (c.defined()) extras.c = view(c);
  const FloatFormat sums = model.output();
  if (sums == binary16) return product_of<float16>(a, b, algorithm, model, extras);
  if (sums == bfloat) return product_of<bfloat16>(a, b, algorithm, model, extras);
  return product_of<float>(a, b, algorithm, model, extras);
}

Tensor product(const Tensor& a, const Tensor& b, const emu::DotModel& model) {
  return product(a, b, {float_format(a.dtype()), float_format(b.dtype()), model.output()}, model);
}

Tensor exact_product(const emu::MatrixIn& a, const emu::MatrixIn& b) {
  std::vector<double> sums(static_cast<std::size_t>(a.rows * b.cols));
  emu::exact_matmul(a, b, MatrixView<double>(sums.data(), a.rows, b.cols));
  return tensor(sums, {a.rows, b.cols});
}

Tensor exact_product(const Tensor& a, const Tensor& b) { return exact_product(view(a), view(b)); }

emu::ErrorSummary errors(const Tensor& d, const Tensor& exact) { return emu::compare(view(d), exact.matrix<double>()); }

emu::ErrorSummary errors(const Tensor& d, const Tensor& exact, const Tensor& a, const Tensor& b) {
  return emu::compare(view(d), exact.matrix<double>(), view(a), view(b));
}

std::string scientific(double number) { return number == 0 ? "0" : fmt::format("{:.1e}", number); }

std::string median_and_range(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return fmt::format("{} ({} to {})", scientific(numbers[numbers.size() / 2]), scientific(numbers.front()),
                     scientific(numbers.back()));
}

std::vector<std::int64_t> powers_of_two(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> powers;
  for (std::int64_t power = first; power <= last; power *= 2) powers.push_back(power);
  return powers;
}

}  // namespace experiments
