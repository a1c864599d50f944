// Conversions between any two dtypes.
#pragma once
#include <cstdint>

#include "backend/backend.hpp"

namespace halfway::backend::host {

/// float32 to and from 16 bits through the bulk kernels; every other pair element by element: numbers to floating
/// dtypes rounded once to nearest even, floating to integer dtypes truncated and clamped (NaN gives 0), bool is "not
/// zero".
void convert(const Execution& execution, DType from, const void* in, DType to, void* out, std::int64_t count);

}  // namespace halfway::backend::host
