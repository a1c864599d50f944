// Matrix products on the current device.
#pragma once
#include <optional>

#include "halfway/emu/dot_algorithm.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// How a product is computed.
struct MatmulOptions {
  std::optional<DotAlgorithm> algorithm = {};  ///< unset: what the device does for these dtypes
};

/// a [M, K] times b [K, N], each element rounded once to the operands' dtype; the current device's matrix unit says in
/// which order and precision (emu/device_model.hpp). Backward: two products of the same device and algorithm. Throws
/// ShapeError or DTypeError.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

}  // namespace halfway
