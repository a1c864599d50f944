// Sums and means, in the order blocked32 (docs/numerics.md), in float32 (float64 for float64), rounded once.
#pragma once
#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// Over all elements; a scalar.
Tensor sum(const Tensor& x);
Tensor mean(const Tensor& x);
/// Over one axis, which disappears. Throws ShapeError for an axis that x does not have.
Tensor sum(const Tensor& x, std::size_t axis);
Tensor mean(const Tensor& x, std::size_t axis);
/// The first position of the largest number along the last axis, as int64. Not differentiable.
Tensor argmax(const Tensor& x);
/// Whether no element is infinite or NaN.
bool all_finite(const Tensor& x);

}  // namespace halfway
