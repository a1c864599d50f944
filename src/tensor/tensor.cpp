#include "halfway/tensor/tensor.hpp"

#include <atomic>
#include <cstring>

#include "halfway/errors.hpp"
#include "halfway/tensor/device.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway {
namespace {

const detail::TensorImpl& impl_of(const Tensor& tensor) {
  if (!tensor.defined()) throw ValueError("Tensor", "is empty (default-constructed): it has no dtype, shape or value");
  return *tensor.impl();
}

}  // namespace

DType Tensor::dtype() const { return impl_of(*this).dtype; }
const Shape& Tensor::shape() const { return impl_of(*this).shape; }
const void* Tensor::data() const { return impl_of(*this).storage->data(); }

double Tensor::number() const {
  detail::check_item(shape());
  double value = 0;
  detail::backend_of(*this).convert({}, dtype(), data(), DType::float64, &value, 1);
  return value;
}

Tensor full(const Shape& shape, double value, DType dtype) {
  detail::NewTensor made(dtype, shape);
  made.backend().fill(dtype, made.data(), shape.elements(), value);
  return std::move(made).finish();
}
Tensor constant(double value, DType dtype) { return full({}, value, dtype); }
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

bool bits_equal(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  const auto bytes = static_cast<std::size_t>(a.elements()) * static_cast<std::size_t>(size_of(a.dtype()));
  return std::memcmp(a.data(), b.data(), bytes) == 0;
}

namespace detail {

void check_dtype(std::string_view operation, DType actual, DType wanted) {
  if (actual != wanted)
    throw DTypeError(operation, "received a tensor of dtype " + std::string(name(actual)) + " where " +
                                    std::string(name(wanted)) + " was asked for; use cast() to change the dtype");
}

void check_matrix(const Shape& shape) {
  if (shape.rank() != 2)
    throw ShapeError("Tensor::matrix", "received the shape " + to_string(shape) + "; a matrix has rank 2: reshape()");
}

void check_item(const Shape& shape) {
  if (shape.elements() != 1)
    throw ShapeError("Tensor::item", "received the shape " + to_string(shape) + ", which has not exactly one element");
}

Tensor make_tensor_from_host(const void* data, DType dtype, const Shape& shape, std::int64_t count) {
  if (shape.elements() != count)
    throw ShapeError("tensor", "received " + std::to_string(count) + " values for the shape " + to_string(shape) +
                                   ", which holds " + std::to_string(shape.elements()));
  NewTensor made(dtype, shape);
  if (count > 0)
    std::memcpy(made.data(), data, static_cast<std::size_t>(count) * static_cast<std::size_t>(size_of(dtype)));
  return std::move(made).finish();
}

NewTensor::NewTensor(DType dtype, const Shape& shape) : dtype_(dtype), shape_(shape) {
  for (const std::int64_t extent : shape)
    if (extent == Shape::unknown)
      throw ShapeError("Tensor", "received the shape " + to_string(shape) + "; every extent of a tensor is known");
  const auto bytes = static_cast<std::size_t>(shape.elements()) * static_cast<std::size_t>(size_of(dtype));
  storage_ = std::make_shared<Buffer>(current_placement(), bytes);
}

Tensor NewTensor::finish(std::function<Tensor()> redo) && {
  return Tensor(std::make_shared<const TensorImpl>(
      TensorImpl{std::move(shape_), dtype_, std::move(storage_), next_id(), std::move(redo)}));
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

Tensor share_storage(const Tensor& tensor, const Shape& shape) {
  const TensorImpl& impl = impl_of(tensor);
  return Tensor(std::make_shared<const TensorImpl>(TensorImpl{shape, impl.dtype, impl.storage, next_id()}));
}

Tensor reading(const Tensor& tensor, std::uint64_t variable, bool trainable) {
  const TensorImpl& impl = impl_of(tensor);
  return Tensor(std::make_shared<const TensorImpl>(
      TensorImpl{impl.shape, impl.dtype, impl.storage, next_id(), {}, variable, trainable}));
}

const backend::Backend& backend_of(const Tensor& tensor) { return impl_of(tensor).storage->backend(); }

backend::Execution execution() { return {current_device().model().subnormals, current_events()}; }

}  // namespace detail
}  // namespace halfway
