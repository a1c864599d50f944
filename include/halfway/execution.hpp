// How kernels run on this machine: threads and instruction-set targets. Neither changes a bit of any result; tests and
// benchmarks use these switches to prove it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halfway::execution {

/// Threads that a kernel may use; 1 in a build without OpenMP. Default: OpenMP's (OMP_NUM_THREADS, else all cores).
int threads();
/// Sets it; throws ValueError unless count ≥ 1.
void set_threads(int count);
/// Most threads that any kernel has really run on since the last call of this function (then starts again from 0).
int take_threads_used();

/// Kernels with less work than this many elementary steps run on one thread. Default: measured, see
/// docs/performance.md.
std::int64_t threading_threshold();
void set_threading_threshold(std::int64_t steps);

/// The Highway targets that this build holds and this machine runs, best first: {"AVX3_DL", "AVX3", "AVX2", …}. Where
/// the CPU has AVX512-BF16 or AMX-BF16, the first is the best one with these: "AVX3_DL+BF16", "AVX3_DL+BF16+AMX" (see
/// emu/native.hpp).
std::vector<std::string> targets();
/// The target that kernels run on now.
std::string target();
/// Uses that one from now on, or the best again for an empty name; throws ValueError and lists what there is.
/// Not while kernels run on other threads.
void use_target(std::string_view name);

}  // namespace halfway::execution
