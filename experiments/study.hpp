// What the studies of accumulators share: options, matrices, products by name, a file of comma-separated values.
#pragma once
#include <fmt/format.h>

#include <functional>
#include <halfway/halfway.hpp>
#include <string>
#include <vector>

#include "common.hpp"

namespace experiments {

/// --csv FILE and --seed N.
struct StudyOptions {
  std::string csv;  ///< empty: no file
  std::uint64_t seed = 0;
};
void add_study_options(CLI::App& app, StudyOptions& options, const std::string& columns);
/// A whole number from 1 to `most`.
void add_size(CLI::App& app, const char* name, std::int64_t& size, std::int64_t most, const std::string& what);

/// Rows under a header, for --csv FILE. The file appears under its name when all of it is there.
class Csv {
 public:
  explicit Csv(std::string header) : text_(std::move(header) + '\n') {}
  template <class... Values>
  void row(const Values&... values) {
    std::string line;
    (line.append(line.empty() ? "" : ",").append(field(fmt::format("{}", values))), ...);
    text_ += line + '\n';
  }
  /// Nothing for an empty name. Throws halfway::FileError.
  void write(const std::string& file) const;

 private:
  static std::string field(const std::string& text) {
    return text.find(',') == std::string::npos ? text : '"' + text + '"';
  }
  std::string text_;
};

/// How the numbers of a matrix are drawn.
struct Distribution {
  std::string name;
  std::function<halfway::Tensor(const halfway::Shape&, halfway::random::Generator&)> draw;
};
Distribution standard_normal();               ///< N(0, 1)
Distribution uniform(float low, float high);  ///< U(low, high)

/// A rank-2 tensor as emu::matmul takes it.
halfway::emu::MatrixIn view(const halfway::Tensor& matrix);
/// A·B (+ C) by that algorithm on that unit, in the format of the unit's sums.
halfway::Tensor product(const halfway::Tensor& a, const halfway::Tensor& b, const halfway::DotAlgorithm& algorithm,
                        const halfway::emu::DotModel& model = halfway::emu::sequential, const halfway::Tensor& c = {});
/// The same for operands that the unit takes as they are.
halfway::Tensor product(const halfway::Tensor& a, const halfway::Tensor& b, const halfway::emu::DotModel& model);
/// A·B, each element the exact sum rounded once to float64.
halfway::Tensor exact_product(const halfway::emu::MatrixIn& a, const halfway::emu::MatrixIn& b);
halfway::Tensor exact_product(const halfway::Tensor& a, const halfway::Tensor& b);

/// How far D is from the exact product, and with A and B how far for what they are.
halfway::emu::ErrorSummary errors(const halfway::Tensor& d, const halfway::Tensor& exact);
halfway::emu::ErrorSummary errors(const halfway::Tensor& d, const halfway::Tensor& exact, const halfway::Tensor& a,
                                  const halfway::Tensor& b);

/// "1.2e-05 (1.0e-05 to 1.5e-05)": the median and the ends; at least one number.
std::string median_and_range(std::vector<double> numbers);
/// "2.4e-03"; "0" and "inf" as they are.
std::string scientific(double number);
/// Powers of two from `first` to `last`, both among them.
std::vector<std::int64_t> powers_of_two(std::int64_t first, std::int64_t last);

}  // namespace experiments
