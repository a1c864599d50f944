// The fastest that arithmetic allows: fused multiply-adds that never leave the registers, for the target in use.
#pragma once
#include <cstdint>

namespace halfway::bench {

/// About 2·pairs floating-point operations of float32; returns what depends on all of them.
float fuse_multiply_adds(std::int64_t pairs);

}  // namespace halfway::bench
