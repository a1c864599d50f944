// Reverse-mode differentiation: a tape of what was computed while it lived.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "halfway/autograd/gradients.hpp"
#include "halfway/tensor/tensor.hpp"
#include "halfway/tensor/variable.hpp"

namespace halfway {

/// Records the operations of this thread while it lives: those that depend on a trainable variable or a watched tensor.
///
/// A gradient has the dtype of what it is the gradient of. Backward runs each record on the device that ran it forward,
/// and frees it. Where a value was used several times its gradients are added in the order in which backward meets
/// them. Tapes may be nested; each records.
class GradientTape {
 public:
  GradientTape();
  ~GradientTape();
  GradientTape(const GradientTape&) = delete;
  GradientTape& operator=(const GradientTape&) = delete;

  /// From now on records what depends on this tensor too.
  void watch(const Tensor& tensor);

  /// The gradients of a target (the sum of its elements, if there are several) with respect to variables. Once per
  /// tape: the records are gone afterwards. Throws ValueError for a second call or a target that was not recorded.
  Gradients gradient(const Tensor& target, std::span<const Variable> sources);
  /// The same for a scaled loss; what comes back has to be unscaled.
  ScaledGradients gradient(const ScaledLoss& target, std::span<const Variable> sources);
  /// The gradients with respect to watched tensors; empty where the target does not depend on one.
  std::vector<Tensor> gradient(const Tensor& target, std::span<const Tensor> sources);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

/// Runs `loss` under a tape; its value and the gradients with respect to `sources`.
std::pair<Tensor, Gradients> value_and_gradient(std::span<const Variable> sources, const std::function<Tensor()>& loss);

}  // namespace halfway
