// Tensors: immutable dense arrays that copies share.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "halfway/formats/dtype.hpp"
#include "halfway/formats/matrix_view.hpp"
#include "halfway/tensor/shape.hpp"

namespace halfway {

class Tensor;

namespace detail {
struct TensorImpl;
/// Throws DTypeError unless `actual` is `wanted`.
void check_dtype(std::string_view operation, DType actual, DType wanted);
/// Throws ShapeError unless the tensor has rank 2 (`matrix`) or one element (`item`).
void check_matrix(const Shape& shape);
void check_item(const Shape& shape);
Tensor make_tensor_from_host(const void* data, DType dtype, const Shape& shape, std::int64_t count);
}  // namespace detail

/// An immutable dense row-major array in host memory. A default-constructed tensor is empty (`defined()` is false) and
/// stands for "no value": a gradient that does not exist.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(std::shared_ptr<const detail::TensorImpl> impl) : impl_(std::move(impl)) {}

  bool defined() const { return impl_ != nullptr; }
  DType dtype() const;
  const Shape& shape() const;
  std::int64_t elements() const { return shape().elements(); }

  /// The elements; throws DTypeError if T is another type than the tensor's.
  template <class T>
  std::span<const T> span() const {
    detail::check_dtype("Tensor::span", dtype(), dtype_of<T>);
    return {static_cast<const T*>(data()), static_cast<std::size_t>(elements())};
  }
  /// A rank-2 tensor as a view for emu::matmul; throws DTypeError or ShapeError.
  template <class T>
  MatrixView<const T> matrix() const {
    detail::check_dtype("Tensor::matrix", dtype(), dtype_of<T>);
    detail::check_matrix(shape());
    return {static_cast<const T*>(data()), shape()[0], shape()[1]};
  }
  /// The one element of a tensor that has one; throws DTypeError or ShapeError.
  template <class T>
  T item() const {
    detail::check_item(shape());
    return span<T>()[0];
  }
  /// The one element, of whatever numeric dtype, as the float64 that holds it.
  double number() const;

  const void* data() const;
  const std::shared_ptr<const detail::TensorImpl>& impl() const { return impl_; }

 private:
  std::shared_ptr<const detail::TensorImpl> impl_;
};

/// "inf", "[1, 2.5]", "[[1, 0], [0, 1]]": shortest digits that read back; long axes abbreviated as NumPy does.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

/// A scalar, rounded once from float64.
Tensor constant(double value, DType dtype = DType::float32);
/// `shape` filled with one value, rounded once from float64.
Tensor full(const Shape& shape, double value, DType dtype = DType::float32);
Tensor zeros(const Shape& shape, DType dtype = DType::float32);
Tensor ones(const Shape& shape, DType dtype = DType::float32);
/// A copy of `values`; throws ShapeError if their number does not fit `shape`.
template <class T>
Tensor tensor(std::span<const T> values, const Shape& shape) {
  return detail::make_tensor_from_host(values.data(), dtype_of<T>, shape, static_cast<std::int64_t>(values.size()));
}
template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  return tensor(std::span<const T>(values), shape);
}
template <class T>
Tensor tensor(std::initializer_list<T> values, const Shape& shape) {
  return tensor(std::span<const T>(values.begin(), values.size()), shape);
}
/// Same dtype, same shape, same bits (so −0 differs from +0 and a NaN equals itself).
bool bits_equal(const Tensor& a, const Tensor& b);

}  // namespace halfway
