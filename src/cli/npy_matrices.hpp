// NumPy arrays as stacks of matrices: the last two axes are rows and columns.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "halfway/data/npy.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::cli {

/// An array of an .npy file and what its elements are.
struct Matrices {
  std::string file;
  NpyArray array;
  DType dtype;

  std::int64_t rows() const { return array.shape.end()[-2]; }
  std::int64_t cols() const { return array.shape.end()[-1]; }
  /// The axes before the last two.
  std::vector<std::int64_t> stack() const { return {array.shape.begin(), array.shape.end() - 2}; }
  /// The matrix at that place of a stack of shape `stack`, along whose axes this one's are repeated where they are 1.
  emu::MatrixIn matrix(const std::vector<std::int64_t>& stack, std::int64_t place) const;
};

/// float16, float32, float64, or raw codes of `input_format` (ml_dtypes), which must be a dtype; two axes or more.
Matrices read_matrices(const std::string& file, const std::optional<DType>& input_format);

/// What the stacks of two operands have in common, by NumPy's rule of broadcasting.
std::vector<std::int64_t> broadcast(const Matrices& a, const Matrices& b);
std::int64_t size_of_stack(const std::vector<std::int64_t>& stack);

/// An array of zeros in C's order, of NumPy's types where there is one, raw otherwise.
NpyArray zeros(DType dtype, std::vector<std::int64_t> shape);

/// "(2, 3)", "(3,)"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace halfway::cli
