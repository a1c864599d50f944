// Kernels for the calls that matter most: conversions between float32 and the 16-bit formats, and 16-bit arithmetic to
// nearest even, through float32 lanes.
#pragma once
#include "formats/bulk.hpp"

namespace halfway::detail {

using FastKernel = void (*)(const BulkPlan& plan, std::int64_t begin, std::int64_t end);

/// The kernel for that call on the target in use, or nothing.
FastKernel find_fast_kernel(const BulkPlan& plan);

}  // namespace halfway::detail
