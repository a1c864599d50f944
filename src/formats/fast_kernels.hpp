// Kernels for the calls that matter most: conversions between float32 and the 16-bit formats under any arithmetic, and
// 16-bit arithmetic to nearest even, in float32 lanes.
#pragma once
#include "formats/bulk.hpp"

namespace halfway::detail {

/// Computes elements [begin, …) and returns how far it came, which may be a few elements short of `end`; `begin` is a
/// multiple of bulk_block. Counts, if it was found for that.
using FastKernel = std::int64_t (*)(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts& cases);

/// The kernel for that call on the target in use, or nothing.
FastKernel find_fast_kernel(const BulkPlan& plan, bool counting);

}  // namespace halfway::detail
