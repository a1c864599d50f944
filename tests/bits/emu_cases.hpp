// Operands for the tests of matrix products: every dtype, every stride, and numbers from the corners of a format.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "halfway/emu/matmul.hpp"

namespace halfway::test {

/// How the elements of an operand are drawn.
enum class Numbers {
  bits,           ///< any code, NaN and infinities among them
  normal,         ///< around 1
  wide,           ///< any finite exponent
  cancelling,     ///< neighbours along the row of nearly equal magnitude and opposite sign
  ties,           ///< powers of two and their neighbours, 2^±12: sums end halfway
  edges,          ///< near the largest and the smallest exponents: products over- and underflow
  tiny,           ///< around 2^−63: products around the smallest normal float
  subnormal,      ///< subnormals and the numbers around them, and zeros
  specials,       ///< infinities, NaN, zeros of both signs, ones
  zeros_negative  ///< zeros of both signs and the smallest numbers
};
inline constexpr int kNumbers = 10;

/// A matrix in memory of its own, elements of a run-time dtype, with gaps between them that nobody may write to.
class Matrix {
 public:
  enum class Layout { rows, columns, padded_rows, padded_columns, scattered, backwards };
  static constexpr int kLayouts = 6;

  Matrix(DType dtype, std::int64_t rows, std::int64_t cols, Layout layout) : dtype_(dtype), rows_(rows), cols_(cols) {
    switch (layout) {
      case Layout::rows: row_stride_ = cols, col_stride_ = 1; break;
      case Layout::columns: row_stride_ = 1, col_stride_ = rows; break;
      case Layout::padded_rows: row_stride_ = cols + 5, col_stride_ = 1; break;
      case Layout::padded_columns: row_stride_ = 1, col_stride_ = rows + 3; break;
      case Layout::scattered: row_stride_ = 3 * cols + 1, col_stride_ = 3; break;
      case Layout::backwards: row_stride_ = -(cols + 2), col_stride_ = -1; break;
    }
    const std::int64_t last = row_stride_ * (rows - 1) + col_stride_ * (cols - 1);
    const bool empty = rows == 0 || cols == 0;
    origin_ = empty ? 0 : std::max<std::int64_t>(-last, 0);
    bytes_.assign(static_cast<std::size_t>((empty ? 1 : std::abs(last) + 1) * size_of(dtype)), std::uint8_t{0xA5});
  }

  /// The code of an element, in and out.
  void set(std::int64_t row, std::int64_t col, std::uint64_t code) {
    std::memcpy(bytes_.data() + offset(row, col), &code, static_cast<std::size_t>(size_of(dtype_)));
  }
  std::uint64_t get(std::int64_t row, std::int64_t col) const {
    std::uint64_t code = 0;
    std::memcpy(&code, bytes_.data() + offset(row, col), static_cast<std::size_t>(size_of(dtype_)));
    return code;
  }
  DType dtype() const { return dtype_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  emu::MatrixIn in() const {
    return {bytes_.data() + origin_ * size_of(dtype_), dtype_, rows_, cols_, row_stride_, col_stride_};
  }
  emu::MatrixOut out() {
    return {bytes_.data() + origin_ * size_of(dtype_), dtype_, rows_, cols_, row_stride_, col_stride_};
  }
  /// Everything, gaps included.
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::int64_t offset(std::int64_t row, std::int64_t col) const {
    return (origin_ + row * row_stride_ + col * col_stride_) * size_of(dtype_);
  }
  DType dtype_;
  std::int64_t rows_, cols_, row_stride_ = 0, col_stride_ = 0, origin_ = 0;
  std::vector<std::uint8_t> bytes_;
};

/// The fields of a dtype's codes.
struct Fields {
  int exponent_bits, fraction_bits;
  bool has_infinity;
  explicit Fields(DType t) : Fields(float_format(t)) {}
  explicit Fields(const FloatFormat& f)
      : exponent_bits(f.exponent_bits), fraction_bits(f.fraction_bits()), has_infinity(f.has_infinity()) {}
  int bias() const { return (1 << (exponent_bits - 1)) - 1; }
  int top() const { return (1 << exponent_bits) - 1; }  // infinities and NaN, or the largest numbers
  std::uint64_t code(bool negative, int exponent_field, std::uint64_t fraction) const {
    return (std::uint64_t{negative} << (exponent_bits + fraction_bits)) |
           (static_cast<std::uint64_t>(exponent_field) << fraction_bits) |
           (fraction & ((std::uint64_t{1} << fraction_bits) - 1));
  }
};

inline void fill(Matrix& x, Numbers numbers, std::mt19937_64& random) {
  const Fields f(x.dtype());
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto sign = [&] { return (random() & 1) != 0; };
  const auto around = [&](int exponent, int spread) {  // any fraction
    const int field = f.bias() + exponent + below(2 * spread + 1) - spread;
    return f.code(sign(), std::clamp(field, 0, f.top() - 1), random());
  };
  const auto draw = [&]() -> std::uint64_t {
    switch (numbers) {
      case Numbers::bits: return f.code(sign(), below(f.top() + 1), random());
      case Numbers::normal: return around(0, 2);
      case Numbers::wide: return f.code(sign(), below(f.top()), random());
      case Numbers::cancelling: return around(0, 1);
      case Numbers::ties: {
        static constexpr int exponents[] = {12, 11, 0, 0, -1, -12, -11, 1};
        const std::uint64_t one_off = below(4) == 0 ? 1 : 0;
        return f.code(sign(), f.bias() + exponents[below(8)], one_off);
      }
      case Numbers::edges: return f.code(sign(), sign() ? f.top() - 1 - below(3) : below(4), random());
      case Numbers::tiny: return around(-f.bias() / 2, 2);
      case Numbers::subnormal:
        if (below(4) == 0) return around(0, 1);
        return f.code(sign(), below(3) / 2, below(3) == 0 ? 0 : sign() ? random() : ~std::uint64_t{0} << below(3));
      case Numbers::specials:
        switch (below(12)) {
          case 0: return f.code(sign(), f.top(), 0);
          case 1:
            return below(4) == 0 ? f.code(sign(), f.top(), f.has_infinity ? 1 : ~std::uint64_t{0})  // NaN
                                 : f.code(false, f.bias(), 0);
          case 2: return f.code(sign(), 0, 0);
          case 3: return f.code(sign(), f.top() - 1, ~std::uint64_t{0});
          default: return f.code(sign(), f.bias(), 0);
        }
      case Numbers::zeros_negative: break;
    }
    return f.code(sign(), 0, static_cast<std::uint64_t>(below(3) / 2));
  };
  for (std::int64_t r = 0; r < x.rows(); ++r)
    for (std::int64_t c = 0; c < x.cols(); ++c) {
      std::uint64_t code = draw();
      if (numbers == Numbers::cancelling && c % 2 == 1)
        code = (x.get(r, c - 1) ^ f.code(true, 0, 0)) ^ static_cast<std::uint64_t>(below(2));
      x.set(r, c, code);
    }
}

}  // namespace halfway::test
