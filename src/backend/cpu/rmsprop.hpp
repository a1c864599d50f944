// RMSprop's update, primitive by primitive in the variable's dtype (docs/numerics.md).
#pragma once
#include "backend/backend.hpp"

namespace halfway::backend::host {

/// rms ← ρ·rms + (1 − ρ)·g²; w ← w − lr·g/(√rms + ε), or with momentum m ← μ·m + lr·g/√(rms + ε), w ← w − m.
void rmsprop(const Execution& execution, const RmspropCall& call);

}  // namespace halfway::backend::host
