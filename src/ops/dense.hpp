// The three operations of a Dense layer in one.
#pragma once
#include "halfway/tensor/tensor.hpp"

namespace halfway::detail {

/// x [M, K] · kernel [K, N] + bias [N], each step rounded to their dtype, then relu if asked for: the bits of the three
/// operations, forward and backward, in one pass over the result.
Tensor dense(const Tensor& x, const Tensor& kernel, const Tensor& bias, bool relu);

}  // namespace halfway::detail
