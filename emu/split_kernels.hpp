// What the passes of a split product do in lanes. All arrays of their own are dense, row after row.
#pragma once
#include "emu/matmul_plan.hpp"
#include "emu/split.hpp"

namespace halfway::emu::detail {

/// An operand's rows become rows of components: bfloat16 codes where `precision` is bfloat, else float32 numbers.
struct SplitPass {
  MatrixIn x;
  FloatFormat precision;
  OperandSplit split;
  Subnormals inputs;
  int count;
  void* components;  ///< one matrix after the other

  std::int64_t size() const { return x.rows * x.cols; }
};

/// A sum of products and one more product, or C: sum ← before + after, element for element. One of both is `sum`.
struct JoinPass {
  const DotModel* model;
  const float* before;
  const float* after;
  float* sum;
  bool mask;  ///< a NaN of `before` counts as +0
};

/// The sums, and what else goes into D.
struct FinishPass {
  MatmulPlan plan;  ///< of which D, the extras and the model matter
  float* sums;
  float* c;  ///< as many elements: C as float32
};

struct SplitKernels {
  void (*split)(const SplitPass&, std::int64_t first_row, std::int64_t end_row);
  void (*join)(const JoinPass&, std::int64_t begin, std::int64_t end);
  /// Adds C, if there is one.
  void (*add_c)(const FinishPass&, std::int64_t first_row, std::int64_t end_row);
  /// Rounds to D's dtype, adds the bias, applies relu: in an environment that flushes as the model's results are.
  void (*write)(const FinishPass&, std::int64_t first_row, std::int64_t end_row);
};
/// Those of the target in use.
SplitKernels split_kernels();

}  // namespace halfway::emu::detail
