// Errors of a product against the exact one.
#include "halfway/emu/error.hpp"

#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

#include "emu/matrix_codes.hpp"
#include "emu/widen.hpp"
#include "formats/parallel.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

using detail::Code;
using detail::Codes;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// x / y, 0 for 0 / 0.
double ratio(double x, double y) { return x == 0 ? 0.0 : x / y; }

/// √Σx², whatever the exponents.
double norm(const std::vector<double>& x) {
  double largest = 0, sum = 0;
  for (const double each : x) largest = std::max(largest, std::fabs(each));
  if (largest == 0 || !std::isfinite(largest)) return largest;
  for (const double each : x) sum += (each / largest) * (each / largest);
  return largest * std::sqrt(sum);
}

/// The last place that the format gives to x.
double last_place(const Codes& f, double x) {
  const int exponent = x == 0 ? f.emin : std::max(std::ilogb(x), f.emin);
  return std::ldexp(1.0, exponent - f.fraction_bits);
}

void check(const MatrixIn& actual, const MatrixView<const double>& exact, const MatrixIn* a, const MatrixIn* b) {
  const auto text = [](std::int64_t rows, std::int64_t cols) {
    return std::to_string(rows) + "x" + std::to_string(cols);
  };
  if (actual.rows != exact.rows() || actual.cols != exact.cols())
    throw ShapeError("compare", "the matrix is " + text(actual.rows, actual.cols) + ", the exact one " +
                                    text(exact.rows(), exact.cols()) + "; pass two of one size");
  if (a != nullptr && (a->rows != actual.rows || b->cols != actual.cols || a->cols != b->rows))
    throw ShapeError("compare", "A is " + text(a->rows, a->cols) + ", B is " + text(b->rows, b->cols) +
                                    ", their product " + text(actual.rows, actual.cols) + "; pass its own operands");
  for (const DType t : {actual.dtype, a != nullptr ? a->dtype : actual.dtype, b != nullptr ? b->dtype : actual.dtype})
    if (!is_floating(t))
      throw DTypeError("compare", "a matrix is " + std::string(name(t)) + "; cast it to a floating dtype first");
}

/// Every |x|.
std::vector<double> magnitudes(const MatrixIn& x) {
  std::vector<double> numbers = detail::widened(x);
  for (double& each : numbers) each = std::fabs(each);
  return numbers;
}

ErrorSummary summary(const MatrixIn& actual, const MatrixView<const double>& exact, const MatrixIn* a,
                     const MatrixIn* b) {
  const std::vector<double> d = detail::widened(actual), e = detail::widened(exact);
  std::vector<double> differences, sizes;  // of what is compared
  std::vector<double> products(a != nullptr ? d.size() : 0);
  std::vector<double> left, right;
  if (a != nullptr) {
    left = magnitudes(*a), right = magnitudes(*b);
    matmul(MatrixView<const double>(left.data(), a->rows, a->cols),
           MatrixView<const double>(right.data(), b->rows, b->cols),
           MatrixView<double>(products.data(), actual.rows, actual.cols), dot::f64_f64_f64);
  }
  ErrorSummary result{.dtype = actual.dtype};
  const Codes f(float_format(actual.dtype));
  double componentwise = 0;
  for (std::size_t i = 0; i < d.size(); ++i) {
    const double rounded = std::bit_cast<double>(
        detail::convert(binary64, f.format, detail::convert(f.format, binary64, std::bit_cast<Code>(e[i]))));
    const bool right_value = d[i] == rounded || (std::isnan(d[i]) && std::isnan(rounded));
    if (!right_value && !(std::isfinite(d[i]) && std::isfinite(rounded))) {
      ++result.specials_differ;
      continue;
    }
    ++result.elements, result.correctly_rounded += right_value;
    if (!std::isfinite(d[i])) continue;
    const double difference = std::fabs(d[i] - e[i]), relative = ratio(difference, std::fabs(e[i]));
    const double ulps = difference / last_place(f, e[i]);
    differences.push_back(difference), sizes.push_back(std::fabs(e[i]));
    result.max_ulps = std::max(result.max_ulps, ulps), result.mean_ulps += ulps;
    result.max_relative = std::max(result.max_relative, relative), result.mean_relative += relative;
    if (a != nullptr) componentwise = std::max(componentwise, ratio(difference, products[i]));
  }
  if (differences.empty()) return result;
  const auto count = static_cast<double>(differences.size());
  result.mean_ulps /= count, result.mean_relative /= count;
  result.frobenius = ratio(norm(differences), norm(sizes));
  result.max_norm =
      ratio(*std::max_element(differences.begin(), differences.end()), *std::max_element(sizes.begin(), sizes.end()));
  if (a != nullptr) {
    result.backward = ratio(norm(differences), norm(left) * norm(right));
    result.componentwise = componentwise;
  }
  return result;
}

}  // namespace

double ErrorSummary::digits() const { return max_norm == 0 ? infinity : -std::log10(max_norm); }

ErrorSummary compare(const MatrixIn& actual, const MatrixView<const double>& exact) {
  check(actual, exact, nullptr, nullptr);
  return halfway::detail::in_ieee_environment([&] { return summary(actual, exact, nullptr, nullptr); });
}

ErrorSummary compare(const MatrixIn& actual, const MatrixView<const double>& exact, const MatrixIn& a,
                     const MatrixIn& b) {
  check(actual, exact, &a, &b);
  return halfway::detail::in_ieee_environment([&] { return summary(actual, exact, &a, &b); });
}

std::string to_text(const ErrorSummary& errors, const std::optional<ErrorBounds>& bounds) {
  std::string text;
  const auto number = [](double x) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.3g", x);
    return std::string(digits);
  };
  const auto line = [&](std::string_view what, const std::string& first, const std::string& second = {}) {
    constexpr std::size_t width = 34, column = 12;  // what is not ASCII takes more bytes than places: none here
    std::string row(what);
    row.resize(std::max(width, row.size()), ' ');
    row += first;
    if (!second.empty()) row.resize(std::max(width + column, row.size() + 1), ' '), row += second;
    text += row + "\n";
  };
  line("elements (" + std::string(name(errors.dtype)) + ")", std::to_string(errors.elements));
  line("correctly rounded", std::to_string(errors.correctly_rounded));
  if (errors.specials_differ > 0) line("inf or nan on one side only", std::to_string(errors.specials_differ));
  line("error", "max", "mean");
  line("  in ulps", number(errors.max_ulps), number(errors.mean_ulps));
  line("  relative", number(errors.max_relative), number(errors.mean_relative));
  line("max|D-E| / max|E|", number(errors.max_norm), number(errors.digits()) + " digits");
  line("|D-E|_F / |E|_F", number(errors.frobenius));
  if (errors.backward) line("|D-E|_F / (|A|_F |B|_F)", number(*errors.backward));
  if (errors.componentwise) line("max |D-E| / (|A||B|)", number(*errors.componentwise));
  if (bounds) {
    line("  bound, sums: n u / (1 - n u)", number(bounds->deterministic), "n = " + std::to_string(bounds->terms));
    line("  bound, all roundings: block FMA", number(bounds->block_fma));
    line("  to expect, sums: sqrt(n) u", number(bounds->probabilistic), "u = " + number(bounds->unit_roundoff));
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const ErrorSummary& errors) { return out << to_text(errors); }

}  // namespace halfway::emu
