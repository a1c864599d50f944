// Losses with their names.
#pragma once
#include <string_view>

#include "halfway/ops/crossentropy.hpp"
#include "halfway/ops/reduce.hpp"

namespace halfway {

/// A loss: one number per sample, in the predictions' dtype, and their mean.
class Loss {
 public:
  using PerSample = Tensor (*)(const Tensor& y_true, const Tensor& y_pred);

  constexpr Loss(std::string_view name, PerSample per_sample) : name_(name), per_sample_(per_sample) {}
  /// By name; throws ValueError and lists what there is.
  Loss(const char* name);  // NOLINT(google-explicit-constructor): {.loss = "sparse_categorical_crossentropy"}

  constexpr std::string_view name() const { return name_; }
  Tensor per_sample(const Tensor& y_true, const Tensor& y_pred) const { return per_sample_(y_true, y_pred); }
  /// The mean over the samples, summed in float32 and rounded once to the predictions' dtype.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred) const { return mean(per_sample(y_true, y_pred)); }

 private:
  std::string_view name_;
  PerSample per_sample_;
};

/// From probabilities: clipped to [ε, 1 − ε], never swapped for logits behind your back.
inline constexpr Loss sparse_categorical_crossentropy{"sparse_categorical_crossentropy", ops::sparse_crossentropy};
inline constexpr Loss sparse_categorical_crossentropy_from_logits{"sparse_categorical_crossentropy_from_logits",
                                                                  ops::sparse_crossentropy_from_logits};

}  // namespace halfway
