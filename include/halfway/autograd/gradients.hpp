// Gradients, and the scaled loss and gradients that must not be mistaken for them.
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

#include "halfway/tensor/variable.hpp"

namespace halfway {

class GradientTape;
class LossScaleOptimizer;

/// A variable and the gradient of the target with respect to it, in the variable's dtype; an empty tensor if the target
/// does not depend on the variable.
struct Gradient {
  Variable variable;
  Tensor value;
};

/// A new value for a variable that is no weight (a running mean), waiting for the step that it belongs to.
struct DeferredUpdate {
  Variable variable;
  Tensor value;
};

/// The gradients of one step, in the order of the sources, and the state updates of its forward pass. An optimizer that
/// applies them commits the updates; one that skips the step drops both.
class Gradients {
 public:
  Gradients() = default;
  explicit Gradients(std::vector<Gradient> items, std::vector<DeferredUpdate> updates = {})
      : items_(std::move(items)), updates_(std::move(updates)) {}

  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }
  const Gradient& operator[](std::size_t i) const { return items_.at(i); }
  const std::vector<DeferredUpdate>& updates() const { return updates_; }

 private:
  std::vector<Gradient> items_;
  std::vector<DeferredUpdate> updates_;
};

/// A loss times a loss scale. Only a LossScaleOptimizer makes one.
class ScaledLoss {
 public:
  double scale() const { return scale_; }

 private:
  friend class LossScaleOptimizer;
  friend class GradientTape;
  ScaledLoss(Tensor value, double scale) : value_(std::move(value)), scale_(scale) {}
  Tensor value_;
  double scale_;
};

/// The gradients of a scaled loss: to be unscaled by the very scale that was used, before anything else is done with
/// them.
class ScaledGradients {
 public:
  double scale() const { return scale_; }

 private:
  friend class LossScaleOptimizer;
  friend class GradientTape;
  ScaledGradients(Gradients gradients, double scale) : gradients_(std::move(gradients)), scale_(scale) {}
  Gradients gradients_;
  double scale_;
};

}  // namespace halfway
