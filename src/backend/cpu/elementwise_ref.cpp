// Element-wise operations, one scalar at a time: the definition.
#include <cmath>

#include "backend/cpu/kernels.hpp"
#include "formats/functions.hpp"

namespace halfway::backend::host {
namespace {

template <class C>
C apply(Unary op, C x) {
  switch (op) {
    case Unary::negate: return -x;
    case Unary::square: return x * x;
    case Unary::sqrt: return std::sqrt(x);  // IEEE 754: correctly rounded
    case Unary::exp: return detail::exp_sequence(x);
    case Unary::log: return detail::log_sequence(x);
    case Unary::relu: break;
  }
  return x <= 0 ? C{0} : x;  // a NaN stays one
}

template <class C>
C apply(Binary op, C a, C b) {
  switch (op) {
    case Binary::add: return a + b;
    case Binary::subtract: return a - b;
    case Binary::multiply: return a * b;
    case Binary::divide: return a / b;
    case Binary::relu_gradient: break;
  }
  return b <= 0 ? C{0} : a;
}

std::int64_t index_of(Cover cover, std::int64_t row, std::int64_t col, std::int64_t cols) {
  switch (cover) {
    case Cover::full: return row * cols + col;
    case Cover::row: return col;
    case Cover::column: return row;
    case Cover::scalar: break;
  }
  return 0;
}

}  // namespace

void unary_ref(const UnaryCall& call, std::int64_t begin, std::int64_t end) {
  visit_floating(call.dtype, [&]<class T>(T) {
    const T* in = static_cast<const T*>(call.in);
    T* out = static_cast<T*>(call.out);
    for (std::int64_t i = begin; i < end; ++i) out[i] = rounded<T>(apply(call.op, static_cast<Compute<T>>(in[i])));
  });
}

void binary_ref(const BinaryCall& call, std::int64_t begin, std::int64_t end) {
  visit_floating(call.dtype, [&]<class T>(T) {
    const T *a = static_cast<const T*>(call.a), *b = static_cast<const T*>(call.b);
    T* out = static_cast<T*>(call.out);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t row = i / call.cols, col = i % call.cols;
      out[i] = rounded<T>(apply(call.op, static_cast<Compute<T>>(a[index_of(call.a_cover, row, col, call.cols)]),
                                static_cast<Compute<T>>(b[index_of(call.b_cover, row, col, call.cols)])));
    }
  });
}

void exp_in_place_ref(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = detail::exp_sequence(values[i]);
}

}  // namespace halfway::backend::host
