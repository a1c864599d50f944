// The guide's custom training loop, which two programs run.
#pragma once
#include <halfway/halfway.hpp>

#include "common.hpp"

namespace experiments {

/// Trains `model` with a GradientTape and a LossScaleOptimizer around RMSprop; prints a line for each epoch, and how
/// many steps were skipped.
void run_training_loop(const halfway::Model& model, const halfway::Policy& policy, const halfway::Mnist& digits,
                       const Options& options);

}  // namespace experiments
