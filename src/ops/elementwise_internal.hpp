// The unary operation that elementwise.cpp and activations.cpp share.
#pragma once
#include <string_view>

#include "backend/backend.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway::detail {

/// op(x), recorded with its backward rule.
Tensor unary(std::string_view operation, backend::Unary op, const Tensor& x);

}  // namespace halfway::detail
