// A matrix that somebody else owns: pointer, rows, columns, and the distance between neighbours in each direction.
#pragma once
#include <cstdint>
#include <type_traits>

namespace halfway {

/// Non-owning view of a rows × cols matrix; element (r, c) stands at data[r·row_stride + c·col_stride]. Strides count
/// elements. A transposed view costs nothing.
template <class T>
class MatrixView {
 public:
  constexpr MatrixView(T* data, std::int64_t rows, std::int64_t cols, std::int64_t row_stride, std::int64_t col_stride)
      : data_(data), rows_(rows), cols_(cols), row_stride_(row_stride), col_stride_(col_stride) {}
  /// Dense, row after row.
  constexpr MatrixView(T* data, std::int64_t rows, std::int64_t cols) : MatrixView(data, rows, cols, cols, 1) {}
  /// A view to read through from a view to write through.
  template <class U>
    requires std::is_same_v<const U, T>
  constexpr MatrixView(const MatrixView<U>& other)  // NOLINT(google-explicit-constructor): adds const only
      : MatrixView(other.data(), other.rows(), other.cols(), other.row_stride(), other.col_stride()) {}

  constexpr T* data() const { return data_; }
  constexpr std::int64_t rows() const { return rows_; }
  constexpr std::int64_t cols() const { return cols_; }
  constexpr std::int64_t row_stride() const { return row_stride_; }
  constexpr std::int64_t col_stride() const { return col_stride_; }
  constexpr T& operator()(std::int64_t row, std::int64_t col) const {
    return data_[row * row_stride_ + col * col_stride_];
  }
  constexpr MatrixView transposed() const { return {data_, cols_, rows_, col_stride_, row_stride_}; }

 private:
  T* data_;
  std::int64_t rows_, cols_, row_stride_, col_stride_;
};

}  // namespace halfway
