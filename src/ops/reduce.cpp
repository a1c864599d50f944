#include "halfway/ops/reduce.hpp"

#include "halfway/ops/elementwise.hpp"
#include "ops/common.hpp"

namespace halfway {
namespace {

/// The sum over [outer, axis, inner]'s middle, divided once; y has `shape`.
Tensor summed(const Tensor& x, const Shape& shape, std::int64_t outer, std::int64_t axis, std::int64_t inner,
              double divisor) {
  Tensor y = detail::computed(x.dtype(), shape, [&](const backend::Backend& backend, void* out) {
    backend.sum(detail::execution(), {x.dtype(), x.data(), out, outer, axis, inner, divisor});
  });
  if (detail::recording({&x}))
    detail::record({x}, y, [=, shape = x.shape()](const Tensor& gradient, const std::vector<bool>&) {
      // Every element gets its sum's gradient, divided as the sum was: in float32, by a number that 16 bits may not
      // hold.
      const Tensor share =
          detail::computed(gradient.dtype(), gradient.shape(), [&](const backend::Backend& backend, void* out) {
            backend.sum(detail::execution(), {gradient.dtype(), gradient.data(), out, outer * inner, 1, 1, divisor});
          });
      std::vector<std::int64_t> source(static_cast<std::size_t>(outer * axis));
      for (std::size_t row = 0; row < source.size(); ++row) source[row] = static_cast<std::int64_t>(row) / axis;
      return std::vector{detail::computed(gradient.dtype(), shape, [&](const backend::Backend& backend, void* out) {
        backend.take_rows(share.data(), source.data(), out, outer * axis,
                          static_cast<std::size_t>(inner) * static_cast<std::size_t>(size_of(share.dtype())));
      })};
    });
  return y;
}

Tensor over_all(std::string_view operation, const Tensor& x, bool mean) {
  detail::check_arithmetic(operation, x);
  return summed(x, {}, 1, x.elements(), 1, mean ? static_cast<double>(x.elements()) : 1);
}

Tensor over_axis(std::string_view operation, const Tensor& x, std::size_t axis, bool mean) {
  detail::check_arithmetic(operation, x);
  if (axis >= x.shape().rank())
    throw ShapeError(operation, "received the axis " + std::to_string(axis) + " for the shape " + to_string(x.shape()));
  std::vector<std::int64_t> extents;
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < x.shape().rank(); ++i) {
    if (i != axis) extents.push_back(x.shape()[i]);
    if (i < axis) outer *= x.shape()[i];
    if (i > axis) inner *= x.shape()[i];
  }
  return summed(x, Shape(std::move(extents)), outer, x.shape()[axis], inner,
                mean ? static_cast<double>(x.shape()[axis]) : 1);
}

}  // namespace

Tensor sum(const Tensor& x) { return over_all("sum", x, false); }
Tensor mean(const Tensor& x) { return over_all("mean", x, true); }
Tensor sum(const Tensor& x, std::size_t axis) { return over_axis("sum", x, axis, false); }
Tensor mean(const Tensor& x, std::size_t axis) { return over_axis("mean", x, axis, true); }

Tensor argmax(const Tensor& x) {
  detail::check_arithmetic("argmax", x);
  if (x.shape().rank() == 0 || x.shape().back() == 0)
    throw ShapeError("argmax", "received the shape " + to_string(x.shape()) + "; it works along a last axis");
  const std::int64_t cols = x.shape().back(), rows = x.elements() / cols;
  std::vector<std::int64_t> extents(x.shape().begin(), x.shape().end() - 1);
  return detail::computed(DType::int64, Shape(std::move(extents)), [&](const backend::Backend& backend, void* out) {
    backend.argmax(x.dtype(), x.data(), static_cast<std::int64_t*>(out), rows, cols);
  });
}

bool all_finite(const Tensor& x) {
  return !is_floating(x.dtype()) || detail::backend_of(x).all_finite(x.dtype(), x.data(), x.elements());
}

}  // namespace halfway
