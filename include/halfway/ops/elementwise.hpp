// Element-wise operations. Each reads its operands exactly, computes in float32 (float64 for float64) and rounds once
// to the operands' dtype. Operands have equal dtypes: nothing is promoted; cast() says it.
//
// Shapes: equal; or one operand has one element; or one operand's shape is the last extents of the other's (a bias); or
// the first extents followed by ones (a number per row). Otherwise ShapeError. Integer and float8 tensors are storage:
// cast them first (DTypeError).
#pragma once
#include "halfway/tensor/tensor.hpp"

namespace halfway {

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& x);

// With a number, which is rounded to the tensor's dtype first, as a constant of it would be.
Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);
Tensor operator*(double a, const Tensor& b);
Tensor operator+(double a, const Tensor& b);

Tensor square(const Tensor& x);
Tensor sqrt(const Tensor& x);
/// e^x and the natural logarithm: the sequences of docs/numerics.md, within 1.1 and 0.85 ulp in float32.
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);

}  // namespace halfway
