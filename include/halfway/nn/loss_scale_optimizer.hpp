// Loss scaling around an optimizer.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "halfway/autograd/tape.hpp"
#include "halfway/nn/loss_scale.hpp"
#include "halfway/nn/optimizer.hpp"

namespace halfway {

/// Wraps an optimizer: scales the loss, unscales the gradients, skips a step whose gradients are not finite, and moves
/// the loss scale. A handle, like the optimizer that it is.
class LossScaleOptimizer : public Optimizer {
 public:
  /// Throws ValueError if `inner` is itself a LossScaleOptimizer.
  LossScaleOptimizer(const Optimizer& inner, LossScale scale);
  /// The LossScaleOptimizer that `optimizer` is, if it is one.
  static std::optional<LossScaleOptimizer> from(const Optimizer& optimizer);

  /// The live state.
  const LossScale& loss_scale() const;
  Optimizer inner() const;
  std::int64_t skipped_steps() const;

  /// loss · scale, in the loss's dtype.
  ScaledLoss get_scaled_loss(const Tensor& loss) const;
  /// Each gradient times 1/scale, in float32 (float64 for float64), whatever its dtype.
  Gradients get_unscaled_gradients(const ScaledGradients& gradients) const;
  /// Scales, differentiates, unscales and applies; the unscaled loss.
  Tensor minimize(std::span<const Variable> variables, const std::function<Tensor()>& loss) const;

 private:
  explicit LossScaleOptimizer(std::shared_ptr<detail::OptimizerImpl> impl) : Optimizer(std::move(impl)) {}
};

}  // namespace halfway
