#include "halfway/ops/cast.hpp"

#include "ops/common.hpp"

namespace halfway {
namespace {

Tensor converted(const Tensor& x, DType dtype, const backend::Execution& execution, std::function<Tensor()> redo = {}) {
  detail::NewTensor made(dtype, x.shape());
  made.backend().convert(execution, x.dtype(), x.data(), dtype, made.data(), x.elements());
  return std::move(made).finish(std::move(redo));
}

Tensor recorded(const Tensor& x, Tensor y) {
  if (is_floating(y.dtype()) && detail::recording({&x}))
    detail::record({x}, y, [dtype = x.dtype()](const Tensor& gradient, const std::vector<bool>&) {
      return std::vector{cast(gradient, dtype)};
    });
  return y;
}

}  // namespace

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return recorded(x, converted(x, dtype, detail::execution()));
}

Tensor cast(const Variable& variable, DType dtype) {
  Tensor value = variable.value();
  if (value.dtype() == dtype) return value;
  // What is read again was counted the first time.
  const auto redo = [value, dtype] { return converted(value, dtype, {detail::execution().subnormals}); };
  return recorded(value, converted(value, dtype, detail::execution(), redo));
}

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (shape.elements() != x.elements())
    throw ShapeError("reshape", "received the shape " + to_string(x.shape()) + ", whose size differs from that of " +
                                    to_string(shape));
  Tensor y = detail::share_storage(x, shape);
  if (detail::recording({&x}))
    detail::record({x}, y, [old = x.shape()](const Tensor& gradient, const std::vector<bool>&) {
      return std::vector{reshape(gradient, old)};
    });
  return y;
}

}  // namespace halfway
