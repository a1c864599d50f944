// The processor's own matrix units: which ones this machine has, and whether the target in use has them.
#pragma once

namespace halfway::detail {

/// Whether the CPU has VDPBF16PS on registers of 512 bits, and the operating system keeps these.
bool has_avx512_bf16();
/// Whether the CPU has TDPBF16PS and the operating system keeps tile registers; it may yet refuse them to a process.
bool has_amx_bf16();
/// Whether the target that kernels run on (execution::target) has those of them that the machine has.
bool target_has_native_units();

}  // namespace halfway::detail
