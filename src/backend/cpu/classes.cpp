#include "backend/cpu/classes.hpp"

#include <algorithm>
#include <vector>

#include "backend/cpu/blocked32.hpp"
#include "backend/cpu/counting.hpp"
#include "backend/cpu/kernels.hpp"
#include "formats/functions.hpp"
#include "formats/parallel.hpp"

namespace halfway::backend::host {
namespace {

/// Keras' K.epsilon(); the clipping is done in float32, where 1 − ε is not 1.
constexpr double epsilon = 1e-7;
/// Elementary steps that one score costs, for the threading threshold.
constexpr std::int64_t steps_per_score = 16;

void exp_in_place(float* values, std::int64_t count) { exp_in_place_hwy(values, count); }
void exp_in_place(double* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = detail::exp_sequence(values[i]);
}

/// The largest of a row; a NaN, once met, stays.
template <class T>
Compute<T> row_maximum(const T* row, std::int64_t cols) {
  Compute<T> largest = static_cast<Compute<T>>(row[0]);
  for (std::int64_t c = 1; c < cols; ++c) {
    const auto x = static_cast<Compute<T>>(row[c]);
    if (!(x <= largest) && largest == largest) largest = x;
  }
  return largest;
}

/// values = exp(row − max) for rows [begin, begin + rows); many short rows share vectors.
template <class T>
void shifted_exponentials(const T* in, std::int64_t rows, std::int64_t cols, std::vector<Compute<T>>& values) {
  values.resize(static_cast<std::size_t>(rows * cols));
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* row = in + r * cols;
    const Compute<T> largest = row_maximum(row, cols);
    for (std::int64_t c = 0; c < cols; ++c)
      values[static_cast<std::size_t>(r * cols + c)] = static_cast<Compute<T>>(row[c]) - largest;
  }
  exp_in_place(values.data(), rows * cols);
}

/// Calls body(values, first_row, rows) for blocks of rows that fit the first-level cache, over all threads.
template <class T, class Body>
void for_row_blocks(const Execution& execution, const T* in, std::int64_t rows, std::int64_t cols, Body&& body) {
  const std::int64_t block = std::max<std::int64_t>(1, 2048 / std::max<std::int64_t>(1, cols));
  detail::parallel_for(rows, block, rows * cols * steps_per_score, execution.subnormals,
                       [&](std::int64_t begin, std::int64_t end) {
                         std::vector<Compute<T>> values;
                         for (std::int64_t r = begin; r < end; r += block) {
                           const std::int64_t size = std::min(block, end - r);
                           shifted_exponentials(in + r * cols, size, cols, values);
                           for (std::int64_t i = 0; i < size; ++i) body(values.data() + i * cols, r + i);
                         }
                       });
}

std::int64_t label_at(const ClassesCall& call, std::int64_t row) {
  switch (call.label_dtype) {
    case DType::uint8: return static_cast<const std::uint8_t*>(call.labels)[row];
    case DType::int32: return static_cast<const std::int32_t*>(call.labels)[row];
    default: return static_cast<const std::int64_t*>(call.labels)[row];
  }
}

/// Counts what rounding the result of forward(execution, call, loss) loses.
template <class Forward>
void count_loss(const Execution& execution, const ClassesCall& call, void* loss, Forward&& forward) {
  count_rounding(execution, call.dtype, {{call.scores, call.rows * call.classes}}, loss, call.rows,
                 [&](const Execution& quiet, Widened x, void* y) {
                   ClassesCall wide = call;
                   wide.dtype = DType::float32;
                   wide.scores = x[0];
                   forward(quiet, wide, y);
                 });
}

/// The same for backward(execution, call, gradient, out).
template <class Backward>
void count_gradient(const Execution& execution, const ClassesCall& call, const void* gradient, void* out,
                    Backward&& backward) {
  const std::int64_t scores = call.rows * call.classes;
  count_rounding(execution, call.dtype, {{call.scores, scores}, {gradient, call.rows}}, out, scores,
                 [&](const Execution& quiet, Widened x, void* dx) {
                   ClassesCall wide = call;
                   wide.dtype = DType::float32;
                   wide.scores = x[0];
                   backward(quiet, wide, x[1], dx);
                 });
}

template <class T>
T sum_of(const T* values, std::int64_t count) {
  return blocked32_sum<T>(count, [&](std::int64_t i) { return values[i]; });
}

}  // namespace

void softmax(const Execution& execution, DType dtype, const void* in, void* out, std::int64_t rows, std::int64_t cols) {
  if (counts(execution, dtype))
    return count_rounding(
        execution, dtype, {{in, rows * cols}}, out, rows * cols,
        [&](const Execution& quiet, Widened x, void* y) { softmax(quiet, DType::float32, x[0], y, rows, cols); });
  visit_floating(dtype, [&]<class T>(T) {
    for_row_blocks(execution, static_cast<const T*>(in), rows, cols, [&](const Compute<T>* e, std::int64_t r) {
      const Compute<T> sum = sum_of(e, cols);
      T* y = static_cast<T*>(out) + r * cols;
      for (std::int64_t c = 0; c < cols; ++c) y[c] = rounded<T>(e[c] / sum);
    });
  });
}

void softmax_gradient(const Execution& execution, DType dtype, const void* gradient, const void* y, void* out,
                      std::int64_t rows, std::int64_t cols) {
  if (counts(execution, dtype))
    return count_rounding(execution, dtype, {{gradient, rows * cols}, {y, rows * cols}}, out, rows * cols,
                          [&](const Execution& quiet, Widened x, void* dx) {
                            softmax_gradient(quiet, DType::float32, x[0], x[1], dx, rows, cols);
                          });
  visit_floating(dtype, [&]<class T>(T) {
    using C = Compute<T>;
    detail::parallel_for(
        rows, 1, rows * cols * steps_per_score, execution.subnormals, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t r = begin; r < end; ++r) {
            const T* g = static_cast<const T*>(gradient) + r * cols;
            const T* p = static_cast<const T*>(y) + r * cols;
            T* dx = static_cast<T*>(out) + r * cols;
            const C sum =
                blocked32_sum<C>(cols, [&](std::int64_t c) { return static_cast<C>(g[c]) * static_cast<C>(p[c]); });
            for (std::int64_t c = 0; c < cols; ++c)
              dx[c] = rounded<T>(static_cast<C>(p[c]) * (static_cast<C>(g[c]) - sum));
          }
        });
  });
}

void crossentropy(const Execution& execution, const ClassesCall& call, void* loss) {
  if (counts(execution, call.dtype)) return count_loss(execution, call, loss, crossentropy);
  visit_floating(call.dtype, [&]<class T>(T) {
    using C = Compute<T>;
    constexpr C low = static_cast<C>(epsilon), high = C{1} - low;
    detail::parallel_for(
        call.rows, 1, call.rows * steps_per_score, execution.subnormals, [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t r = begin; r < end; ++r) {
            const C p = static_cast<C>(static_cast<const T*>(call.scores)[r * call.classes + label_at(call, r)]);
            const C clipped = p < low ? low : p > high ? high : p;
            static_cast<T*>(loss)[r] = rounded<T>(-detail::log_sequence(clipped));
          }
        });
  });
}

void crossentropy_gradient(const Execution& execution, const ClassesCall& call, const void* gradient, void* out) {
  if (counts(execution, call.dtype)) return count_gradient(execution, call, gradient, out, crossentropy_gradient);
  visit_floating(call.dtype, [&]<class T>(T) {
    using C = Compute<T>;
    constexpr C low = static_cast<C>(epsilon), high = C{1} - low;
    detail::parallel_for(call.rows, 1, call.rows * call.classes, execution.subnormals,
                         [&](std::int64_t begin, std::int64_t end) {
                           for (std::int64_t r = begin; r < end; ++r) {
                             const std::int64_t at = r * call.classes + label_at(call, r);
                             const C p = static_cast<C>(static_cast<const T*>(call.scores)[at]);
                             T* dp = static_cast<T*>(out);
                             std::fill(dp + r * call.classes, dp + (r + 1) * call.classes, T(C{0}));
                             if (p >= low && p <= high)
                               dp[at] = rounded<T>(-static_cast<C>(static_cast<const T*>(gradient)[r]) / p);
                             else if (!(p == p))
                               dp[at] = rounded<T>(p);  // a NaN stays visible
                           }
                         });
  });
}

void logits_crossentropy(const Execution& execution, const ClassesCall& call, void* loss) {
  if (counts(execution, call.dtype)) return count_loss(execution, call, loss, logits_crossentropy);
  visit_floating(call.dtype, [&]<class T>(T) {
    using C = Compute<T>;
    const T* in = static_cast<const T*>(call.scores);
    for_row_blocks(execution, in, call.rows, call.classes, [&](const C* e, std::int64_t r) {
      const T* row = in + r * call.classes;
      const C shifted = static_cast<C>(row[label_at(call, r)]) - row_maximum(row, call.classes);
      static_cast<T*>(loss)[r] = rounded<T>(detail::log_sequence(sum_of(e, call.classes)) - shifted);
    });
  });
}

void logits_crossentropy_gradient(const Execution& execution, const ClassesCall& call, const void* gradient,
                                  void* out) {
  if (counts(execution, call.dtype))
    return count_gradient(execution, call, gradient, out, logits_crossentropy_gradient);
  visit_floating(call.dtype, [&]<class T>(T) {
    using C = Compute<T>;
    for_row_blocks(execution, static_cast<const T*>(call.scores), call.rows, call.classes,
                   [&](const C* e, std::int64_t r) {
                     const C sum = sum_of(e, call.classes);
                     const C g = static_cast<C>(static_cast<const T*>(gradient)[r]);
                     const std::int64_t label = label_at(call, r);
                     T* dx = static_cast<T*>(out) + r * call.classes;
                     for (std::int64_t c = 0; c < call.classes; ++c) {
                       const C y = e[c] / sum;
                       dx[c] = rounded<T>(g * (c == label ? y - C{1} : y));
                     }
                   });
  });
}

}  // namespace halfway::backend::host
