#include "halfway/ops/matmul.hpp"

#include "halfway/tensor/device.hpp"
#include "ops/common.hpp"

namespace halfway {
namespace {

/// A rank-2 tensor, possibly read transposed.
struct Operand {
  Tensor tensor;
  bool transposed = false;

  emu::MatrixIn view() const {
    const std::int64_t rows = tensor.shape()[0], cols = tensor.shape()[1];
    const emu::MatrixIn dense{tensor.data(), tensor.dtype(), rows, cols, cols, 1};
    return transposed ? dense.transposed() : dense;
  }
};

Tensor product(const Operand& a, const Operand& b, const MatmulOptions& options) {
  const emu::MatrixIn left = a.view(), right = b.view();
  const emu::MatmulRule rule =
      emu::matmul_rule(current_device().model(), left.dtype, right.dtype, left.rows, right.cols, options.algorithm);
  return detail::computed(left.dtype, {left.rows, right.cols}, [&](const backend::Backend& backend, void* out) {
    backend.matmul(detail::execution(), {left, right, {out, left.dtype, left.rows, right.cols, right.cols, 1}, rule});
  });
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  detail::check_arithmetic("matmul", a);
  detail::check_same_dtype("matmul", a, b);
  if (a.shape().rank() != 2 || b.shape().rank() != 2 || a.shape()[1] != b.shape()[0])
    throw ShapeError("matmul", "received the shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                                   "; it multiplies [M, K] by [K, N]");
  Tensor y = product({a}, {b}, options);
  if (detail::recording({&a, &b}))
    detail::record({a, b}, y,
                   [saved_a = detail::Saved(a), saved_b = detail::Saved(b), options](const Tensor& gradient,
                                                                                     const std::vector<bool>& wanted) {
                     std::vector<Tensor> gradients(2);
                     if (wanted[0]) gradients[0] = product({gradient}, {saved_b.get(), true}, options);
                     if (wanted[1]) gradients[1] = product({saved_a.get(), true}, {gradient}, options);
                     return gradients;
                   });
  return y;
}

}  // namespace halfway
