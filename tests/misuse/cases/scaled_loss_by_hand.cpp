// Only a LossScaleOptimizer makes a scaled loss, so that the scale is the one that unscaling divides by.
// expect: private
#include "halfway/nn/loss_scale_optimizer.hpp"

halfway::ScaledLoss scale(const halfway::LossScaleOptimizer& optimizer, const halfway::Tensor& loss) {
#ifdef MISUSE
  return halfway::ScaledLoss(loss, optimizer.loss_scale().value());
#else
  return optimizer.get_scaled_loss(loss);
#endif
}
