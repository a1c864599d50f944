// Activation functions.
#pragma once
#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// x itself.
Tensor linear(const Tensor& x);
/// x where x > 0, else +0; a NaN stays one.
Tensor relu(const Tensor& x);
/// exp(x − max) / Σ exp(x − max) over the last axis.
Tensor softmax(const Tensor& x);

}  // namespace halfway
