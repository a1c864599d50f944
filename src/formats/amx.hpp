// AMX: whether this machine has its bfloat16 tiles, and whether the target in use has.
#pragma once

namespace halfway::detail {

/// Whether the CPU has TDPBF16PS and the operating system keeps tile registers; it may yet refuse them to a process.
bool has_amx_bf16();
/// Whether the target that kernels run on (execution::target) has them too.
bool target_has_amx();

}  // namespace halfway::detail
