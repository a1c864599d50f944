// Matrix products with the bits of a given unit.
#pragma once
#include <optional>
#include <span>

#include "halfway/emu/dot_algorithm.hpp"
#include "halfway/emu/dot_model.hpp"
#include "halfway/formats/dtype.hpp"
#include "halfway/formats/matrix_view.hpp"

namespace halfway::emu {

/// A MatrixView whose element type is known at run time. `Void` is `const void` (an operand) or `void` (a result).
template <class Void>
struct AnyMatrix {
  Void* data;
  DType dtype;
  std::int64_t rows, cols, row_stride, col_stride;

  AnyMatrix(Void* data_, DType dtype_, std::int64_t rows_, std::int64_t cols_, std::int64_t row_stride_,
            std::int64_t col_stride_)
      : data(data_), dtype(dtype_), rows(rows_), cols(cols_), row_stride(row_stride_), col_stride(col_stride_) {}
  template <class T>
  AnyMatrix(const MatrixView<T>& view)  // NOLINT(google-explicit-constructor): forgets the type only
      : AnyMatrix(view.data(), dtype_of<std::remove_const_t<T>>, view.rows(), view.cols(), view.row_stride(),
                  view.col_stride()) {}
  AnyMatrix transposed() const { return {data, dtype, cols, rows, col_stride, row_stride}; }
};
using MatrixIn = AnyMatrix<const void>;
using MatrixOut = AnyMatrix<void>;

/// What else goes into a product.
struct MatmulExtras {
  /// M×N: what the sums start from or get added, as the model's `addend` says (+0 otherwise); where an algorithm sums
  /// several products, what is added to them last. Of a dtype whose numbers are numbers of the model's sums. May be D
  /// itself, element for element.
  std::optional<MatrixIn> c = {};
  /// N elements of D's dtype: added to each row of what was rounded to D's dtype, and rounded again.
  const void* bias = nullptr;
  bool relu = false;  ///< last: x ≤ 0 becomes +0
};

/// D = A·B (+ C); A is M×K, B is K×N, D is M×N and does not overlap them; any strides, any of M, N, K may be 0 (K = 0:
/// +0).
///
/// Operands are of 8 bits, float16, bfloat16 or float32 (float64 with F64_F64_F64): read exactly, rounded to nearest
/// even to the algorithm's precision type (to tf32: cut; several components: docs/algorithms.md; subnormals as the
/// model says), multiplied and summed as the model says (a tf32 unit takes float32 and cuts it itself), and rounded
/// once to nearest even to D's dtype (float32 or a 16-bit format; float64 for F64_F64_F64). The algorithm's
/// accumulation type is that of the model's sums. A NaN is the unit's where D has the format of the sum, D's canonical
/// NaN otherwise. Threads over outputs, never along K: the bits depend on neither threads nor instruction set.
///
/// Throws ShapeError, DTypeError or ValueError. Cost: see docs/performance.md; a model that no kernel knows is computed
/// by the definition, at about 0.1 µs a term.
void matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
            const DotModel& model = sequential, const MatmulExtras& extras = {});

/// The definition: one output after the other, in integers, no floating-point arithmetic inside.
void matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                const DotModel& model = sequential, const MatmulExtras& extras = {});

/// One of several products.
struct MatmulProduct {
  MatrixIn a, b;
  MatrixOut d;
  MatmulExtras extras = {};
};

/// All of them, as if one after the other; small ones share the threads. Everything is checked before anything is
/// written; no result may overlap another one.
void matmul(std::span<const MatmulProduct> products, const DotAlgorithm& algorithm, const DotModel& model = sequential);

}  // namespace halfway::emu
