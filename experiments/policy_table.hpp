// One table of what a policy and a device do to the same training run.
#pragma once
#include <halfway/halfway.hpp>

#include "common.hpp"

namespace experiments {

/// Trains the guide's model from the same weights on the same samples under each policy on each device, twice: once for
/// time and accuracy, once for counting what rounding loses; and prints a row for each.
void print_policy_table(int units, const halfway::Weights& initial_weights, const halfway::Mnist& digits,
                        const Options& options);

}  // namespace experiments
