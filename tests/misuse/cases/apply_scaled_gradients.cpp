// Scaled gradients have to be unscaled before they are applied.
// expect: (could not convert|cannot convert|no viable conversion|no matching|reference).*Gradients
#include "halfway/nn/loss_scale_optimizer.hpp"

void step(const halfway::LossScaleOptimizer& optimizer, const halfway::ScaledGradients& gradients) {
#ifdef MISUSE
  optimizer.apply_gradients(gradients);
#else
  optimizer.apply_gradients(optimizer.get_unscaled_gradients(gradients));
#endif
}
