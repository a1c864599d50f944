// Numbers of any dtype as float64.
#pragma once
#include <vector>

#include "halfway/emu/matmul.hpp"
#include "halfway/formats/bulk.hpp"

namespace halfway::emu::detail {

/// A row of x, exactly, its elements `out_stride` apart.
inline void widen_row(const MatrixIn& x, std::int64_t row, double* out, std::int64_t out_stride = 1) {
  const auto bytes = row * x.row_stride * size_of(x.dtype);
  const ConstArray codes{static_cast<const std::byte*>(x.data) + bytes, float_format(x.dtype), x.cols, x.col_stride};
  evaluate(Operation::convert, {&codes, 1}, {out, binary64, x.cols, out_stride});
}

/// All of x, row after row.
inline std::vector<double> widened(const MatrixIn& x) {
  std::vector<double> numbers(static_cast<std::size_t>(x.rows * x.cols));
  for (std::int64_t i = 0; i < x.rows; ++i) widen_row(x, i, numbers.data() + i * x.cols);
  return numbers;
}

}  // namespace halfway::emu::detail
