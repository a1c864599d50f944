// What elementwise.cpp shares with the operations that are made of its own.
#pragma once
#include <string_view>

#include "backend/backend.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway::detail {

/// op(x), recorded with its backward rule.
Tensor unary(std::string_view operation, backend::Unary op, const Tensor& x);
/// The gradient of relu(x) where y = relu(x).
Tensor relu_gradient(const Tensor& gradient, const Tensor& y);

}  // namespace halfway::detail
