// Metrics.
#pragma once
#include <cstdint>
#include <string_view>

#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// A metric that a model can be compiled with: a name, and a number per sample summed over a batch.
class Metric {
 public:
  using Total = double (*)(const Tensor& y_true, const Tensor& y_pred);
  constexpr Metric(std::string_view name, Total total) : name_(name), total_(total) {}
  /// By name; throws ValueError and lists what there is.
  Metric(const char* name);  // NOLINT(google-explicit-constructor): {.metrics = {"accuracy"}}

  constexpr std::string_view name() const { return name_; }
  double total(const Tensor& y_true, const Tensor& y_pred) const { return total_(y_true, y_pred); }

 private:
  std::string_view name_;
  Total total_;
};

/// How many of the rows of y_pred [n, classes] have their largest number at the label y_true [n].
double correct_predictions(const Tensor& y_true, const Tensor& y_pred);
inline constexpr Metric accuracy{"accuracy", correct_predictions};

/// The mean of the numbers it was given, in float64.
class Mean {
 public:
  /// Adds the elements of a tensor; `weight` counts each so many times.
  void update(const Tensor& values, double weight = 1);
  void update(double value, double weight = 1);
  double result() const;  ///< 0 of no numbers
  void reset() { *this = Mean(); }

 private:
  double total_ = 0, weight_ = 0;
};

/// The share of predictions that are right.
class SparseCategoricalAccuracy {
 public:
  void update(const Tensor& y_true, const Tensor& y_pred);
  double result() const { return mean_.result(); }
  void reset() { mean_.reset(); }

 private:
  Mean mean_;
};

}  // namespace halfway
