#include "halfway/ops/matmul.hpp"

#include <algorithm>

#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/tensor/device.hpp"
#include "ops/common.hpp"
#include "ops/dense.hpp"
#include "ops/elementwise_internal.hpp"

namespace halfway {
namespace {

/// A tensor of matrices, read transposed or not.
struct Operand {
  Tensor tensor;
  bool transposed;

  std::int64_t rows() const { return extent(transposed ? 1 : 2); }
  std::int64_t cols() const { return extent(transposed ? 2 : 1); }
  std::size_t batch_rank() const { return tensor.shape().rank() - 2; }
  /// Extent `axis` of the leading ones of a result of `rank` such, to which it is broadcast.
  std::int64_t batch(std::size_t axis, std::size_t rank) const {
    return axis + batch_rank() < rank ? 1 : tensor.shape()[axis + batch_rank() - rank];
  }
  /// Its matrix number `index`.
  emu::MatrixIn view(std::int64_t index) const {
    const std::int64_t own_rows = extent(2), own_cols = extent(1);
    const auto* data = static_cast<const char*>(tensor.data()) + index * own_rows * own_cols * size_of(tensor.dtype());
    const emu::MatrixIn dense{data, tensor.dtype(), own_rows, own_cols, own_cols, 1};
    return transposed ? dense.transposed() : dense;
  }

 private:
  std::int64_t extent(std::size_t from_back) const { return tensor.shape()[tensor.shape().rank() - from_back]; }
};

[[noreturn]] void refuse(const Operand& a, const Operand& b) {
  const auto text = [](const Operand& x) {
    return to_string(x.tensor.shape()) + (x.transposed ? " (transposed)" : "");
  };
  throw ShapeError("matmul", "received the shapes " + text(a) + " and " + text(b) +
                                 "; it multiplies [..., M, K] by [..., K, N], leading dimensions equal or 1");
}

/// The matrices that belong together, in the order of the result's leading dimensions.
struct Pairs {
  std::vector<std::int64_t> extents;  ///< the result's leading dimensions
  std::vector<std::int64_t> a, b;     ///< which matrix of each operand
};

Pairs pair_up(const Operand& a, const Operand& b) {
  const std::size_t rank = std::max(a.batch_rank(), b.batch_rank());
  Pairs pairs{{}, {0}, {0}};
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t from_a = a.batch(axis, rank), from_b = b.batch(axis, rank);
    if (from_a != from_b && from_a != 1 && from_b != 1) refuse(a, b);
    const std::int64_t extent = from_a == 1 ? from_b : from_a;
    pairs.extents.push_back(extent);
    const auto spread = [&](std::vector<std::int64_t>& indices, std::int64_t own) {
      std::vector<std::int64_t> next;
      for (const std::int64_t index : indices)
        for (std::int64_t i = 0; i < extent; ++i) next.push_back(index * own + (own == 1 ? 0 : i));
      indices = std::move(next);
    };
    spread(pairs.a, from_a), spread(pairs.b, from_b);
  }
  return pairs;
}

emu::MatmulRule rule_for(const Operand& a, const Operand& b, const MatmulOptions& options) {
  return emu::matmul_rule(current_device().model(), a.tensor.dtype(), b.tensor.dtype(), a.rows(), b.cols(),
                          options.algorithm, options.precision.value_or(Precision::default_));
}

/// What is done to the sums on their way out.
struct Ending {
  const Tensor* bias = nullptr;
  bool relu = false;
};

Tensor product(const Operand& a, const Operand& b, const MatmulOptions& options, const Ending& ending = {}) {
  const Pairs pairs = pair_up(a, b);
  const DType dtype = a.tensor.dtype();
  const std::int64_t rows = a.rows(), cols = b.cols();
  const emu::MatmulRule rule = rule_for(a, b, options);
  std::vector<std::int64_t> extents = pairs.extents;
  extents.push_back(rows), extents.push_back(cols);
  return detail::computed(dtype, Shape(std::move(extents)), [&](const backend::Backend& backend, void* out) {
    std::vector<emu::MatmulProduct> products;
    for (std::size_t i = 0; i < pairs.a.size(); ++i) {
      auto* d = static_cast<char*>(out) + static_cast<std::int64_t>(i) * rows * cols * size_of(dtype);
      products.push_back({a.view(pairs.a[i]),
                          b.view(pairs.b[i]),
                          {d, dtype, rows, cols, cols, 1},
                          {.bias = ending.bias ? ending.bias->data() : nullptr, .relu = ending.relu}});
    }
    backend.matmul(detail::execution(), {products, rule});
  });
}

/// Sums a gradient over the leading dimensions that its operand was broadcast along.
Tensor reduce_to(Tensor gradient, const Shape& shape) {
  while (gradient.shape().rank() > shape.rank()) gradient = sum(gradient, 0);
  for (std::size_t axis = 0; axis + 2 < shape.rank(); ++axis)
    if (shape[axis] == 1 && gradient.shape()[axis] != 1) {
      std::vector<std::int64_t> kept(gradient.shape().begin(), gradient.shape().end());
      kept[axis] = 1;
      gradient = reshape(sum(gradient, axis), Shape(std::move(kept)));
    }
  return gradient;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b, const MatmulOptions& options) {
  detail::check_arithmetic("matmul", a);
  detail::check_same_dtype("matmul", a, b);
  const Operand left{a, options.transpose_a}, right{b, options.transpose_b};
  if (a.shape().rank() < 2 || b.shape().rank() < 2 || left.cols() != right.rows()) refuse(left, right);
  Tensor y = product(left, right, options);
  if (detail::recording({&a, &b}))
    detail::record(
        {a, b}, y,
        [saved_a = detail::Saved(a), saved_b = detail::Saved(b), a_shape = a.shape(), b_shape = b.shape(), options](
            const Tensor& gradient, const std::vector<bool>& wanted) {
          const bool ta = options.transpose_a, tb = options.transpose_b;
          const Operand g{gradient, false}, g_transposed{gradient, true};
          std::vector<Tensor> gradients(2);
          if (wanted[0]) {
            const Tensor other = saved_b.get();
            gradients[0] = reduce_to(
                ta ? product({other, tb}, g_transposed, options) : product(g, {other, !tb}, options), a_shape);
          }
          if (wanted[1]) {
            const Tensor other = saved_a.get();
            gradients[1] = reduce_to(
                tb ? product(g_transposed, {other, ta}, options) : product({other, !ta}, g, options), b_shape);
          }
          return gradients;
        });
  return y;
}

Tensor detail::dense(const Tensor& x, const Tensor& kernel, const Tensor& bias, bool relu) {
  check_arithmetic("dense", x), check_same_dtype("dense", x, kernel), check_same_dtype("dense", x, bias);
  const Operand left{x, false}, right{kernel, false};
  if (x.shape().rank() != 2 || kernel.shape().rank() != 2 || left.cols() != right.rows()) refuse(left, right);
  if (bias.shape() != Shape{right.cols()})
    throw ShapeError("dense", "received a bias of shape " + to_string(bias.shape()) + " for " +
                                  std::to_string(right.cols()) + " columns");
  // The bias is added where the sums are made: as the device adds elements only if both flush alike. Events are counted
  // step by step.
  const bool alike = rule_for(left, right, {}).model.results == current_device().model().subnormals;
  if (!alike || execution().events != nullptr) {
    const Tensor y = matmul(x, kernel) + bias;
    return relu ? halfway::relu(y) : y;
  }
  Tensor y = product(left, right, {}, {&bias, relu});
  if (recording({&x, &kernel, &bias}))
    record({x, kernel, bias}, y,
           [saved_x = Saved(x), saved_kernel = Saved(kernel), y = relu ? y : Tensor()](
               const Tensor& gradient, const std::vector<bool>& wanted) {
             const Tensor g = y.defined() ? relu_gradient(gradient, y) : gradient;
             std::vector<Tensor> gradients(3);
             if (wanted[0]) gradients[0] = product({g, false}, {saved_kernel.get(), true}, {});
             if (wanted[1]) gradients[1] = product({saved_x.get(), true}, {g, false}, {});
             if (wanted[2]) gradients[2] = sum(g, 0);
             return gradients;
           });
  return y;
}

}  // namespace halfway
