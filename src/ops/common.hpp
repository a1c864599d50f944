// What operations share.
#pragma once
#include <string_view>

#include "autograd/record.hpp"
#include "backend/backend.hpp"
#include "halfway/errors.hpp"
#include "halfway/tensor/tensor.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway::detail {

/// Throws DTypeError unless arithmetic exists for the dtype: float16, bfloat16, float32, float64.
void check_arithmetic(std::string_view operation, const Tensor& x);
/// Throws DTypeError unless both have the same dtype.
void check_same_dtype(std::string_view operation, const Tensor& a, const Tensor& b);

/// A new tensor of the shape and dtype of `like`, filled by body(out).
template <class Body>
Tensor computed(DType dtype, const Shape& shape, Body&& body) {
  NewTensor made(dtype, shape);
  body(made.backend(), made.data());
  return std::move(made).finish();
}

}  // namespace halfway::detail
