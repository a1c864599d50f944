#include "halfway/ops/activations.hpp"

#include "ops/common.hpp"
#include "ops/elementwise_internal.hpp"

namespace halfway {

Tensor linear(const Tensor& x) { return x; }

Tensor relu(const Tensor& x) { return detail::unary("relu", backend::Unary::relu, x); }

Tensor softmax(const Tensor& x) {
  detail::check_arithmetic("softmax", x);
  if (x.shape().rank() == 0 || x.shape().back() == 0)
    throw ShapeError("softmax",
                     "received the shape " + to_string(x.shape()) + "; it works along a last axis of classes");
  const std::int64_t cols = x.shape().back(), rows = x.elements() / cols;
  Tensor y = detail::computed(x.dtype(), x.shape(), [&](const backend::Backend& backend, void* out) {
    backend.softmax(detail::execution(), x.dtype(), x.data(), out, rows, cols);
  });
  if (detail::recording({&x}))
    detail::record({x}, y, [y, rows, cols](const Tensor& gradient, const std::vector<bool>&) {
      return std::vector{detail::computed(y.dtype(), y.shape(), [&](const backend::Backend& backend, void* out) {
        backend.softmax_gradient(detail::execution(), y.dtype(), gradient.data(), y.data(), out, rows, cols);
      })};
    });
  return y;
}

}  // namespace halfway
