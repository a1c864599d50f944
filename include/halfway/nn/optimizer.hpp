// Optimizers, as Keras defines them, primitive by primitive in the variable's dtype.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "halfway/autograd/gradients.hpp"

namespace halfway {

namespace detail {
class OptimizerImpl;
}

/// What became of a step.
enum class Step : std::uint8_t { applied, skipped };

/// A handle: copies name the same optimizer and its state.
class Optimizer {
 public:
  /// Applies the gradients to their variables and commits the state updates that come with them; variables without a
  /// gradient stay. Throws DTypeError or ShapeError, before anything is assigned, for a gradient that does not fit.
  Step apply_gradients(const Gradients& gradients) const;

  /// Steps applied; a skipped one does not count.
  std::int64_t iterations() const;
  double learning_rate() const;
  void set_learning_rate(double rate) const;
  /// Another optimizer of the same settings that has taken no step yet.
  Optimizer fresh() const;
  /// "RMSprop(learning_rate=0.001, …)"
  std::string describe() const;
  const std::shared_ptr<detail::OptimizerImpl>& impl() const { return impl_; }

  friend bool operator==(const Optimizer&, const Optimizer&) = default;  ///< the same optimizer

 protected:
  explicit Optimizer(std::shared_ptr<detail::OptimizerImpl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<detail::OptimizerImpl> impl_;
};

struct SGDOptions {
  double learning_rate = 0.01, momentum = 0.0;
  bool nesterov = false;
};
/// w ← w − lr·g; with momentum v ← μ·v − lr·g, w ← w + v; Nesterov: w ← w + (μ·v − lr·g).
class SGD : public Optimizer {
 public:
  explicit SGD(SGDOptions options = {});
};

struct RMSpropOptions {
  double learning_rate = 1e-3, rho = 0.9, momentum = 0.0, epsilon = 1e-7;
};
/// rms ← ρ·rms + (1 − ρ)·g²; w ← w − lr·g/(√rms + ε); with momentum m ← μ·m + lr·g/√(rms + ε), w ← w − m
/// (TensorFlow 2.1).
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(RMSpropOptions options = {});
};

}  // namespace halfway
