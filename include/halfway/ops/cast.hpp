// Changing dtype and shape.
#pragma once
#include "halfway/tensor/tensor.hpp"
#include "halfway/tensor/variable.hpp"

namespace halfway {

/// Every element in another dtype: to floating dtypes rounded once to nearest even (on a device that flushes, subnormal
/// float32 inputs give zeros), to integers truncated and clamped. The gradient is cast back. The tensor itself if it
/// has that dtype already.
Tensor cast(const Tensor& x, DType dtype);
/// Reads a variable in a dtype; backward reads it again instead of keeping the cast.
Tensor cast(const Variable& variable, DType dtype);
/// The same elements in the same order; throws ShapeError unless the sizes agree.
Tensor reshape(const Tensor& x, const Shape& shape);

}  // namespace halfway
