// Units that this machine has itself.
#pragma once
#include <string>

#include "halfway/emu/dot_model.hpp"

namespace halfway::emu {

/// What `matmul` computes the sums of a unit with on this machine: "TDPBF16PS", the instruction itself, for tdpbf16ps
/// where the CPU has AMX-BF16; otherwise "emulation", where there could have been the instruction with the reason:
/// "emulation (this CPU has no AMX-BF16)". The bits are the same either way: before its first use the instruction is
/// compared with the model, and not used if one bit differs. execution::use_target() with a name without "+AMX"
/// switches it off. The first call takes about 10 ms.
std::string computed_by(const DotModel& unit);

}  // namespace halfway::emu
