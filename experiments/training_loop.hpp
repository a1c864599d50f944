// The guide's custom training loop, which two programs run.
#pragma once
#include <halfway/halfway.hpp>

#include "common.hpp"

namespace experiments {

/// Trains `model` with a GradientTape and a LossScaleOptimizer around RMSprop. Prints a line for each epoch, how many
/// steps were skipped, and what became of the loss scale.
void run_training_loop(const halfway::Model& model, const halfway::Policy& policy, const halfway::Mnist& digits,
                       const Options& options);

}  // namespace experiments
