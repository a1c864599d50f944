// Gradients that were never scaled cannot be unscaled.
// expect: (could not convert|cannot convert|no viable conversion|no matching|reference).*ScaledGradients
#include "halfway/autograd/tape.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"

halfway::Gradients differentiate(const halfway::LossScaleOptimizer& optimizer, halfway::GradientTape& tape,
                                 const halfway::Tensor& loss, std::span<const halfway::Variable> variables) {
#ifdef MISUSE
  return optimizer.get_unscaled_gradients(tape.gradient(loss, variables));
#else
  return optimizer.get_unscaled_gradients(tape.gradient(optimizer.get_scaled_loss(loss), variables));
#endif
}
