// The seam: one table of functions over raw buffers. Everything above asks the table; a back-end is one more table.
//
// Conventions: buffers are dense and row-major, sizes count elements, results do not overlap operands. Operands are
// read exactly, computed in float32 (float64 for float64) in the documented order, every primitive rounded to nearest
// even, and each result is rounded once to its dtype; an arithmetic NaN is canonical (docs/numerics.md).
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "halfway/emu/device_model.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/formats/dtype.hpp"
#include "halfway/formats/rounding_events.hpp"

namespace halfway::backend {

/// How the current device executes.
struct Execution {
  Subnormals subnormals = Subnormals::keep;  ///< of element-wise work, reductions and conversions from float32
  RoundingEvents* events = nullptr;          ///< where to count what rounding loses, or nowhere
};

enum class Unary : std::uint8_t { negate, square, sqrt, exp, log, relu };
enum class Binary : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  relu_gradient  ///< a where b > 0, else +0: a is the gradient, b what relu gave
};

/// How an operand of a binary operation covers a rows × cols result.
enum class Cover : std::uint8_t {
  full,    ///< element by element
  scalar,  ///< one element for all
  row,     ///< cols elements, the same for each row (a bias)
  column   ///< rows elements, each for a whole row
};

struct BinaryCall {
  Binary op;
  DType dtype;
  const void* a;
  Cover a_cover;
  const void* b;
  Cover b_cover;
  void* out;
  std::int64_t rows, cols;
};
/// Elements of an operand that covers the result so.
constexpr std::int64_t elements_of(Cover cover, const BinaryCall& call) {
  switch (cover) {
    case Cover::full: return call.rows * call.cols;
    case Cover::row: return call.cols;
    case Cover::column: return call.rows;
    case Cover::scalar: break;
  }
  return 1;
}

/// out[o][i] = (blocked32 sum over k of in[o][k][i]) / divisor.
struct SumCall {
  DType dtype;
  const void* in;
  void* out;
  std::int64_t outer, axis, inner;
  double divisor;
};

/// Products that share a rule; results are dense, of one dtype.
struct MatmulCall {
  std::span<const emu::MatmulProduct> products;
  emu::MatmulRule rule;
};

/// rows × classes scores and one integer label a row.
struct ClassesCall {
  DType dtype;
  const void* scores;
  DType label_dtype;
  const void* labels;
  std::int64_t rows, classes;
};

struct RmspropCall {
  DType dtype;  ///< float32 or float64, of all buffers
  const void *gradient, *variable, *rms, *momentum;
  void *new_variable, *new_rms, *new_momentum;  ///< the momenta are null when `momentum_factor` is 0
  std::int64_t count;
  double learning_rate, rho, epsilon, momentum_factor;
};

struct Backend {
  std::string_view memory;  ///< "host", "cuda:0"

  void* (*allocate)(std::size_t bytes);  ///< 64-byte aligned; throws std::bad_alloc
  void (*release)(void* buffer, std::size_t bytes) noexcept;

  void (*fill)(DType dtype, void* out, std::int64_t count, double value);
  void (*convert)(const Execution&, DType from, const void* in, DType to, void* out, std::int64_t count);
  void (*unary)(const Execution&, Unary op, DType dtype, const void* in, void* out, std::int64_t count);
  void (*binary)(const Execution&, const BinaryCall&);
  void (*sum)(const Execution&, const SumCall&);
  void (*matmul)(const Execution&, const MatmulCall&);
  /// Softmax over the last axis of rows × cols.
  void (*softmax)(const Execution&, DType dtype, const void* in, void* out, std::int64_t rows, std::int64_t cols);
  /// out = y·(g − Σ g·y) per row.
  void (*softmax_gradient)(const Execution&, DType dtype, const void* gradient, const void* y, void* out,
                           std::int64_t rows, std::int64_t cols);
  /// loss[r] = −log(clip(p[r][label], ε, 1 − ε)); and dp[r][c] = −g[r]/p where c is the label and nothing was clipped.
  void (*crossentropy)(const Execution&, const ClassesCall&, void* loss);
  void (*crossentropy_gradient)(const Execution&, const ClassesCall&, const void* gradient, void* out);
  /// The same from logits: loss[r] = log Σ exp(x − max) − (x[label] − max); dx = g·(softmax(x) − [c = label]).
  void (*logits_crossentropy)(const Execution&, const ClassesCall&, void* loss);
  void (*logits_crossentropy_gradient)(const Execution&, const ClassesCall&, const void* gradient, void* out);
  void (*rmsprop)(const Execution&, const RmspropCall&);

  /// out[r] = the first column that holds the largest of a row's numbers (NaN counts as largest).
  void (*argmax)(DType dtype, const void* in, std::int64_t* out, std::int64_t rows, std::int64_t cols);
  /// Whether no element is infinite or NaN.
  bool (*all_finite)(DType dtype, const void* in, std::int64_t count);
  /// Rows of `row_bytes`: out[i] = in[indices[i]].
  void (*take_rows)(const void* in, const std::int64_t* indices, void* out, std::int64_t count, std::size_t row_bytes);
};

/// Host memory, this CPU, and every device that is emulated on it.
const Backend& cpu();
/// A real GPU; in a build without CUDA, throws a DeviceError that says how to get one with it.
const Backend& cuda(int ordinal);

}  // namespace halfway::backend
