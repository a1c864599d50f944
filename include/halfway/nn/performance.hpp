// What a training step asks of a device, and how long the device itself would take: predicted, not measured.
#pragma once
#include <cstdint>
#include <optional>

#include "halfway/nn/model.hpp"
#include "halfway/tensor/device.hpp"

namespace halfway {

/// One step of Model::fit, from the batch to the new weights.
struct StepPrediction {
  double flops = 0;  ///< of its products, 2·M·N·K each
  double bytes = 0;  ///< that its operations read and write, each one by itself
  std::int64_t memory_bytes =
      0;  ///< the most that its tensors take at once: weights, state, batch, activations, gradients
  /// By the roofline (emu/roofline.hpp), operation after operation; nothing where the device's figures are not
  /// published. Launches, host and network are left out: a real step takes longer.
  std::optional<double> seconds = {};
};

/// The step of a compiled model as this library executes it on `device`. Nothing is computed and nothing of the model
/// changes: operations are written down instead of run, so sizes may be those of the device. Throws ValueError before
/// compile() and for a batch size below 1.
StepPrediction predict_step(const Model& model, std::int64_t batch_size, const Device& device = current_device());

}  // namespace halfway
