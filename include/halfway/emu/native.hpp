// Units that this machine has itself.
#pragma once
#include <string>

#include "halfway/emu/dot_model.hpp"

namespace halfway::emu {

/// What `matmul` computes the sums of a unit with on this machine: the instruction itself, "VDPBF16PS" for vdpbf16ps
/// where the CPU has AVX512-BF16, "TDPBF16PS" for tdpbf16ps where it has AMX-BF16; otherwise "emulation", where there
/// could have been an instruction with the reason: "emulation (this CPU has no AMX-BF16)". The bits are the same either
/// way: before its first use an instruction is compared with the model, and not used if one bit differs.
/// execution::use_target() with a name without "+BF16" and "+AMX" switches them off. The first call for each takes
/// about 10 ms.
std::string computed_by(const DotModel& unit);

}  // namespace halfway::emu
