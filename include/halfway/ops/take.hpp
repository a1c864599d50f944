// Choosing rows.
#pragma once
#include <cstdint>
#include <span>

#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// The given rows (first axis) of x, in that order; bits are copied, on every device. Not differentiable. Throws
/// ValueError for a row that x does not have.
Tensor take(const Tensor& x, std::span<const std::int64_t> rows);
/// Rows [begin, end) of x.
Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end);

}  // namespace halfway
