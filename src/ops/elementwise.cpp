#include "halfway/ops/elementwise.hpp"

#include <algorithm>

#include "halfway/ops/cast.hpp"
#include "halfway/ops/reduce.hpp"
#include "ops/common.hpp"
#include "ops/elementwise_internal.hpp"

namespace halfway {
namespace detail {
namespace {

using backend::Binary;
using backend::Cover;
using backend::Unary;

/// How two operands cover their result.
struct Broadcast {
  Shape shape;
  std::int64_t rows, cols;
  Cover a, b;
};

bool ends_with(const Shape& whole, const Shape& part) {
  return part.rank() <= whole.rank() &&
         std::equal(part.begin(), part.end(), whole.end() - static_cast<std::ptrdiff_t>(part.rank()));
}

/// Whether `part` is the first extents of `whole` and ones for the rest; `kept` gets how many.
bool starts_with(const Shape& whole, const Shape& part, std::size_t& kept) {
  if (part.rank() != whole.rank()) return false;
  kept = part.rank();
  while (kept > 0 && part[kept - 1] == 1) --kept;
  return std::equal(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(kept), whole.begin());
}

/// The small operand's cover of the whole, with the rows and columns that it implies.
bool cover(const Shape& whole, const Shape& part, Cover& how, std::int64_t& rows, std::int64_t& cols) {
  std::size_t kept = 0;
  if (part == whole) {
    how = Cover::full;
    rows = 1, cols = whole.elements();
  } else if (part.elements() == 1 && part.rank() <= whole.rank()) {
    how = Cover::scalar;
    rows = 1, cols = whole.elements();
  } else if (ends_with(whole, part)) {
    how = Cover::row;
    cols = part.elements(), rows = cols == 0 ? 0 : whole.elements() / cols;
  } else if (starts_with(whole, part, kept)) {
    how = Cover::column;
    rows = part.elements(), cols = rows == 0 ? 0 : whole.elements() / rows;
  } else {
    return false;
  }
  return true;
}

Broadcast broadcast(std::string_view operation, const Shape& a, const Shape& b) {
  Broadcast result{a, 0, 0, Cover::full, Cover::full};
  if (cover(a, b, result.b, result.rows, result.cols)) return result;
  result.shape = b;
  if (cover(b, a, result.a, result.rows, result.cols)) return result;
  throw ShapeError(operation, "received the shapes " + to_string(a) + " and " + to_string(b) +
                                  ", which neither are equal nor cover one another (a scalar, the last extents, or the "
                                  "first extents followed by ones); reshape() one of them");
}

/// Sums a gradient over what its operand was spread over.
Tensor reduce_to(const Tensor& gradient, const Broadcast& how, Cover cover, const Shape& shape) {
  switch (cover) {
    case Cover::full: return gradient;
    case Cover::scalar: return reshape(sum(gradient), shape);
    case Cover::row: return reshape(sum(reshape(gradient, {how.rows, how.cols}), 0), shape);
    case Cover::column: break;
  }
  return reshape(sum(reshape(gradient, {how.rows, how.cols}), 1), shape);
}

Tensor evaluate(Binary op, const Tensor& a, const Tensor& b, const Broadcast& how) {
  return computed(a.dtype(), how.shape, [&](const backend::Backend& backend, void* out) {
    backend.binary(execution(), {op, a.dtype(), a.data(), how.a, b.data(), how.b, out, how.rows, how.cols});
  });
}

constexpr std::string_view name_of_op(Binary op) {
  switch (op) {
    case Binary::add: return "add";
    case Binary::subtract: return "subtract";
    case Binary::multiply: return "multiply";
    case Binary::divide: return "divide";
    case Binary::relu_gradient: break;
  }
  return "relu_gradient";
}

/// The gradients of a op b with respect to a and b, before they are summed over what was broadcast.
Tensor gradient_of_a(Binary op, const Tensor& g, const Saved& b) {
  if (op == Binary::multiply) return g * b.get();
  if (op == Binary::divide) return g / b.get();
  return g;
}
Tensor gradient_of_b(Binary op, const Tensor& g, const Saved& a, const Saved& b) {
  if (op == Binary::multiply) return g * a.get();
  if (op == Binary::divide) return -(g * (a.get() / b.get())) / b.get();
  return op == Binary::subtract ? -g : g;
}

Tensor binary(Binary op, const Tensor& a, const Tensor& b) {
  check_arithmetic(name_of_op(op), a);
  check_same_dtype(name_of_op(op), a, b);
  const Broadcast how = broadcast(name_of_op(op), a.shape(), b.shape());
  Tensor y = evaluate(op, a, b, how);
  if (recording({&a, &b}))
    record({a, b}, y,
           [op, how, saved_a = Saved(a), saved_b = Saved(b), a_shape = a.shape(), b_shape = b.shape()](
               const Tensor& g, const std::vector<bool>& wanted) {
             std::vector<Tensor> gradients(2);
             if (wanted[0]) gradients[0] = reduce_to(gradient_of_a(op, g, saved_b), how, how.a, a_shape);
             if (wanted[1]) gradients[1] = reduce_to(gradient_of_b(op, g, saved_a, saved_b), how, how.b, b_shape);
             return gradients;
           });
  return y;
}

/// The gradient of op(x) where y = op(x).
Tensor unary_gradient(Unary op, const Tensor& g, const Tensor& x, const Tensor& y) {
  switch (op) {
    case Unary::negate: return -g;
    case Unary::square: return g * (x * 2.0);
    case Unary::sqrt: return g / (y * 2.0);
    case Unary::exp: return g * y;
    case Unary::log: return g / x;
    case Unary::relu: break;
  }
  return relu_gradient(g, y);
}

}  // namespace

Tensor relu_gradient(const Tensor& gradient, const Tensor& y) {
  return evaluate(Binary::relu_gradient, gradient, y, {y.shape(), 1, y.elements(), Cover::full, Cover::full});
}

Tensor unary(std::string_view operation, backend::Unary op, const Tensor& x) {
  check_arithmetic(operation, x);
  Tensor y = computed(x.dtype(), x.shape(), [&](const backend::Backend& backend, void* out) {
    backend.unary(execution(), op, x.dtype(), x.data(), out, x.elements());
  });
  if (recording({&x})) {
    // Each rule needs x or y; what it does not need is not kept.
    const bool needs_x = op == Unary::square || op == Unary::log, needs_y = !needs_x && op != Unary::negate;
    record({x}, y,
           [op, x = needs_x ? x : Tensor(), y = needs_y ? y : Tensor()](const Tensor& g, const std::vector<bool>&) {
             return std::vector{unary_gradient(op, g, x, y)};
           });
  }
  return y;
}

}  // namespace detail

using backend::Binary;
using backend::Unary;

Tensor operator+(const Tensor& a, const Tensor& b) { return detail::binary(Binary::add, a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) { return detail::binary(Binary::subtract, a, b); }
Tensor operator*(const Tensor& a, const Tensor& b) { return detail::binary(Binary::multiply, a, b); }
Tensor operator/(const Tensor& a, const Tensor& b) { return detail::binary(Binary::divide, a, b); }
Tensor operator-(const Tensor& x) { return detail::unary("negate", Unary::negate, x); }

Tensor operator+(const Tensor& a, double b) { return a + constant(b, a.dtype()); }
Tensor operator-(const Tensor& a, double b) { return a - constant(b, a.dtype()); }
Tensor operator*(const Tensor& a, double b) { return a * constant(b, a.dtype()); }
Tensor operator/(const Tensor& a, double b) { return a / constant(b, a.dtype()); }
Tensor operator*(double a, const Tensor& b) { return constant(a, b.dtype()) * b; }
Tensor operator+(double a, const Tensor& b) { return constant(a, b.dtype()) + b; }

Tensor square(const Tensor& x) { return detail::unary("square", Unary::square, x); }
Tensor sqrt(const Tensor& x) { return detail::unary("sqrt", Unary::sqrt, x); }
Tensor exp(const Tensor& x) { return detail::unary("exp", Unary::exp, x); }
Tensor log(const Tensor& x) { return detail::unary("log", Unary::log, x); }

}  // namespace halfway
