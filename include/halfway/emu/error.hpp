// How far a product is from the exact one, and how far theory lets it be.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>

#include "halfway/emu/matmul.hpp"

namespace halfway::emu {

/// Errors of a matrix D against the exact E, element by element and in norms. Elements where D or E, rounded to D's
/// dtype, is an infinity or NaN either agree or are counted apart, and count for nothing else.
struct ErrorSummary {
  DType dtype = DType::float32;                ///< D's
  std::int64_t elements = 0;                   ///< compared: all but those of the last field
  std::int64_t correctly_rounded = 0;          ///< of these, those that are E rounded to nearest even
  std::int64_t specials_differ = 0;            ///< infinities or NaN on one side, or different ones
  double max_ulps = 0, mean_ulps = 0;          ///< |d − e| in units of the last place that D's dtype gives to e
  double max_relative = 0, mean_relative = 0;  ///< |d − e| / |e|; ∞ where only e is 0
  double frobenius = 0;                        ///< ‖D − E‖F / ‖E‖F
  double max_norm = 0;                         ///< max |d − e| / max |e|
  std::optional<double> backward = {};         ///< ‖D − E‖F / (‖A‖F ‖B‖F)
  std::optional<double> componentwise = {};    ///< max |d − e| / (|A|·|B|), element for element: bounds are on this

  /// Decimal digits of the largest elements that are right: −log10(max_norm); ∞ without an error.
  double digits() const;
};

/// D, of any floating dtype, against E, which exact_matmul gives. float64 throughout: an error below 2^−53 of its
/// element is that of E. Throws ShapeError or DTypeError. Cost: some 10 ns an element.
ErrorSummary compare(const MatrixIn& actual, const MatrixView<const double>& exact);
/// The same with the two errors that are relative to the operands of D = A·B.
ErrorSummary compare(const MatrixIn& actual, const MatrixView<const double>& exact, const MatrixIn& a,
                     const MatrixIn& b);

/// What theory says of ErrorSummary::componentwise, for products of `terms` terms, barring over- and underflow; ∞ where
/// n·u ≥ 1.
struct ErrorBounds {
  std::int64_t terms = 0;
  double unit_roundoff = 0;  ///< u of the unit's sums: 2^−p to nearest, else 2^(1 − p)
  /// γ_n = n·u / (1 − n·u): of the sums alone, rounded after every term, in any order (Higham, "Accuracy and Stability
  /// of Numerical Algorithms", 2002, section 3.1). Operands or results that are rounded as well may exceed it.
  double deterministic = 0;
  /// √n·u: what the sums' errors add up to where they are independent and of mean zero, with a constant left off
  /// (Higham and Mary, SISC 41(5), 2019).
  double probabilistic = 0;
  /// What the rounding of the operands, the roundings inside blocks of terms and those between them allow together, in
  /// the way of Blanchard, Higham, Lopez, Mary and Pranesh (SISC 42(3), 2020) for block FMAs; docs/algorithms.md has
  /// the formula. Covers splits.
  double block_fma = 0;
};

/// The bounds for operands and results of these dtypes.
ErrorBounds error_bounds(std::int64_t terms, const DotAlgorithm& algorithm, const DotModel& model, DType operands,
                         DType result);

/// A table, a line per measure; with the bounds below the measure that they are on.
std::string to_text(const ErrorSummary& errors, const std::optional<ErrorBounds>& bounds = {});
std::ostream& operator<<(std::ostream& out, const ErrorSummary& errors);

}  // namespace halfway::emu
