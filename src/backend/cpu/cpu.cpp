// The CPU's table: splits each call over threads and hands the ranges to the kernels.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "backend/backend.hpp"
#include "backend/cpu/classes.hpp"
#include "backend/cpu/convert.hpp"
#include "backend/cpu/counting.hpp"
#include "backend/cpu/kernels.hpp"
#include "backend/cpu/pool.hpp"
#include "backend/cpu/rmsprop.hpp"
#include "formats/parallel.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::backend {
namespace host {
namespace {

/// Ranges of element-wise work start at multiples of this, so that vectors stay whole.
constexpr std::int64_t element_grain = 4096;

void fill(DType dtype, void* out, std::int64_t count, double value) {
  visit_dtype(dtype, [&]<class T>(T) {
    const Execution exact;
    T element{};
    convert(exact, DType::float64, &value, dtype, &element, 1);
    std::fill_n(static_cast<T*>(out), count, element);
  });
}

void unary(const Execution& execution, Unary op, DType dtype, const void* in, void* out, std::int64_t count) {
  if (counts(execution, dtype))
    return count_rounding(execution, dtype, {{in, count}}, out, count, [&](const Execution& quiet, Widened x, void* y) {
      unary(quiet, op, DType::float32, x[0], y, count);
    });
  const UnaryCall call{op, dtype, in, out};
  const auto kernel = has_twin(dtype) ? unary_hwy : unary_ref;
  detail::parallel_for(count, element_grain, count, execution.subnormals,
                       [&](std::int64_t begin, std::int64_t end) { kernel(call, begin, end); });
}

void binary(const Execution& execution, const BinaryCall& call) {
  const std::int64_t count = call.rows * call.cols;
  if (counts(execution, call.dtype))
    return count_rounding(
        execution, call.dtype, {{call.a, elements_of(call.a_cover, call)}, {call.b, elements_of(call.b_cover, call)}},
        call.out, count, [&](const Execution& quiet, Widened x, void* y) {
          binary(quiet, {call.op, DType::float32, x[0], call.a_cover, x[1], call.b_cover, y, call.rows, call.cols});
        });
  const auto kernel = has_twin(call.dtype) ? binary_hwy : binary_ref;
  detail::parallel_for(count, element_grain, count, execution.subnormals,
                       [&](std::int64_t begin, std::int64_t end) { kernel(call, begin, end); });
}

void sum(const Execution& execution, const SumCall& call) {
  const auto kernel = has_twin(call.dtype) ? sum_hwy : sum_ref;
  const std::int64_t outputs = call.outer * call.inner;
  if (counts(execution, call.dtype))
    return count_rounding(execution, call.dtype, {{call.in, outputs * call.axis}}, call.out, outputs,
                          [&](const Execution& quiet, Widened x, void* y) {
                            sum(quiet, {DType::float32, x[0], y, call.outer, call.axis, call.inner, call.divisor});
                          });
  detail::parallel_for(outputs, 64, outputs * call.axis, execution.subnormals,
                       [&](std::int64_t begin, std::int64_t end) { kernel(call, begin, end); });
}

void matmul(const Execution& execution, const MatmulCall& call) {
  if (call.products.empty()) return;
  if (!counts(execution, call.products[0].d.dtype))
    return emu::matmul(call.products, call.rule.algorithm, call.rule.model);
  for (emu::MatmulProduct product : call.products) {
    const emu::MatrixOut d = product.d;
    count_rounding(execution, d.dtype, {}, d.data, d.rows * d.cols, [&](const Execution&, Widened, void* y) {
      product.d.data = y, product.d.dtype = DType::float32;
      emu::matmul(product.a, product.b, product.d, call.rule.algorithm, call.rule.model);
    });
  }
}

void argmax(DType dtype, const void* in, std::int64_t* out, std::int64_t rows, std::int64_t cols) {
  visit_floating(dtype, [&]<class T>(T) {
    detail::parallel_for(rows, 64, rows * cols, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        const T* row = static_cast<const T*>(in) + r * cols;
        std::int64_t best = 0;
        auto largest = static_cast<Compute<T>>(row[0]);
        for (std::int64_t c = 1; c < cols && largest == largest; ++c)
          if (const auto x = static_cast<Compute<T>>(row[c]); !(x <= largest)) {
            largest = x;
            best = c;
          }
        out[r] = best;
      }
    });
  });
}

bool all_finite(DType dtype, const void* in, std::int64_t count) {
  using std::isfinite;
  bool finite = true;
  visit_floating(dtype, [&]<class T>(T) {
    const T* x = static_cast<const T*>(in);
    detail::in_ieee_environment([&] {
      for (std::int64_t i = 0; i < count; ++i) finite &= isfinite(x[i]);
    });
  });
  return finite;
}

void take_rows(const void* in, const std::int64_t* indices, void* out, std::int64_t count, std::size_t row_bytes) {
  const auto steps = count * static_cast<std::int64_t>(row_bytes / 8);
  detail::parallel_for(count, 16, steps, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      std::memcpy(static_cast<char*>(out) + static_cast<std::size_t>(i) * row_bytes,
                  static_cast<const char*>(in) + static_cast<std::size_t>(indices[i]) * row_bytes, row_bytes);
  });
}

}  // namespace
}  // namespace host

const Backend& cpu() {
  static constexpr Backend table{.memory = "host",
                                 .allocate = host::allocate,
                                 .release = host::release,
                                 .fill = host::fill,
                                 .convert = host::convert,
                                 .unary = host::unary,
                                 .binary = host::binary,
                                 .sum = host::sum,
                                 .matmul = host::matmul,
                                 .softmax = host::softmax,
                                 .softmax_gradient = host::softmax_gradient,
                                 .crossentropy = host::crossentropy,
                                 .crossentropy_gradient = host::crossentropy_gradient,
                                 .logits_crossentropy = host::logits_crossentropy,
                                 .logits_crossentropy_gradient = host::logits_crossentropy_gradient,
                                 .rmsprop = host::rmsprop,
                                 .argmax = host::argmax,
                                 .all_finite = host::all_finite,
                                 .take_rows = host::take_rows};
  return table;
}

}  // namespace halfway::backend
