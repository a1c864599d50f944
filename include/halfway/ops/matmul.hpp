// Matrix products on the current device.
#pragma once
#include <optional>

#include "halfway/emu/dot_algorithm.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// How a product is computed.
struct MatmulOptions {
  std::optional<DotAlgorithm> algorithm = {};  ///< unset: what the device does for these dtypes
  std::optional<Precision> precision = {};  ///< of float32 operands, as the device resolves it; not with an algorithm
  bool transpose_a = false, transpose_b = false;  ///< read the last two dimensions exchanged; costs no copy
};

/// a [..., M, K] times b [..., K, N], each element rounded once to the operands' dtype; the current device's matrix
/// unit says in which order and precision (emu/device_model.hpp: matmul_rule). Leading dimensions count products and
/// broadcast as NumPy's do. Backward: products of the same device, algorithm and precision, each rounded to the dtype,
/// then summed over what was broadcast. Throws ShapeError or DTypeError; ValueError for an algorithm and a precision.
Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options = {});

}  // namespace halfway
