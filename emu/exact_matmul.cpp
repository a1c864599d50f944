// Exact products: error-free sums in lanes, and the long accumulator where they leave a rounding open.
#include "halfway/emu/exact_matmul.hpp"

#include <bit>
#include <climits>
#include <cmath>
#include <string>
#include <vector>

#include "emu/exact_dot.hpp"
#include "emu/exact_matmul_kernels.hpp"
#include "emu/matrix_codes.hpp"
#include "emu/widen.hpp"
#include "formats/parallel.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

using detail::Code;
using detail::Codes;
using detail::ExactSums;
using detail::kExactRows;
using detail::Unpacked;

void check(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c) {
  const auto shape = [](const auto& x) { return std::to_string(x.rows) + "x" + std::to_string(x.cols); };
  const std::string shapes = "A is " + shape(a) + ", B is " + shape(b) + ", D is " + shape(d);
  if (a.rows < 0 || a.cols < 0 || b.cols < 0 || a.cols != b.rows || d.rows != a.rows || d.cols != b.cols)
    throw ShapeError("exact_matmul", shapes + ": they must be MxK, KxN and MxN; transpose one or check their shapes");
  if (c && (c->rows != d.rows || c->cols != d.cols))
    throw ShapeError("exact_matmul", shapes + ", C is " + shape(*c) + "; it must be of D's size");
  for (const DType t : {a.dtype, b.dtype, d.dtype, c ? c->dtype : d.dtype})
    if (!is_floating(t))
      throw DTypeError("exact_matmul", "a matrix is " + std::string(name(t)) + "; cast it to a floating dtype first");
}

/// The numbers of a row or column, and what its products can be.
struct Line {
  bool finite = true;
  int min_exponent = INT_MAX, max_exponent = INT_MIN;  ///< of the numbers that are not zero: 2^exponent ≤ |x|

  void see(double x) {
    if (!std::isfinite(x)) finite = false;
    if (!std::isfinite(x) || x == 0) return;
    const int field = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7FF);
    min_exponent =
        std::min(min_exponent, std::max(field, 1) - 1023);  // of a subnormal: that of its last place is known
    max_exponent = std::max(max_exponent, field - 1023);
  }
  bool is_zero() const { return max_exponent == INT_MIN; }
};

/// x + y rounded to odd: to 51 bits or fewer it rounds as the exact sum does (Boldo and Melquiond 2008).
double add_to_odd(double x, double y) {
  const double sum = x + y, part = sum - x, rest = (x - (sum - part)) + (y - part);
  auto bits = std::bit_cast<std::uint64_t>(sum);
  if (rest != 0 && (bits & 1) == 0) bits += (rest > 0) == (sum > 0) ? 1 : ~std::uint64_t{0};
  return std::bit_cast<double>(bits);
}

/// sum + error ± dropped, rounded to `to`; nothing where that depends on what was dropped.
std::optional<Code> rounded(const Codes& to, double sum, double error, double dropped) {
  const double high = sum + error, part = high - sum;
  const double low = (sum - (high - part)) + (error - part);
  const bool wide = to.format == binary64;
  const auto add = [&](double rest) { return std::bit_cast<Code>(wide ? high + rest : add_to_odd(high, rest)); };
  const auto narrow = [&](Code code) {
    constexpr Codes from(binary64);
    detail::Context context;
    return wide ? code : halfway::detail::convert_code(to, from, code, context);
  };
  if (dropped == 0) return narrow(add(low));
  // Twice what was summed of it, as its sum was rounded; and the rounding of low ± that.
  const double bound = 2 * dropped + 0x1p-51 * std::fabs(low);
  const Code least = add(low - bound), most = add(low + bound);
  const Code down = narrow(least), up = least == most ? down : narrow(most);
  return down == up ? std::optional<Code>(down) : std::nullopt;
}

class Product {
 public:
  Product(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c)
      : b_(b),
        d_(d),
        c_(c),
        to_(float_format(d.dtype)),
        terms_(a.cols),
        kernels_(detail::exact_kernels()),
        // Significands of 24 bits have products of 48; float64's have two numbers.
        exact_products_(a.dtype != DType::float64 && b.dtype != DType::float64),
        wide_a_(detail::widened(a)),
        rows_(static_cast<std::size_t>(a.rows)) {
    for (std::int64_t i = 0; i < a.rows; ++i)
      for (std::int64_t k = 0; k < terms_; ++k) rows_[static_cast<std::size_t>(i)].see(row(i)[k]);
  }

  /// D's columns [first, first + count).
  void run(std::int64_t first, std::int64_t count) {
    const std::int64_t lanes = kernels_.lanes, panels = (count + lanes - 1) / lanes;
    panels_.assign(static_cast<std::size_t>(panels * lanes * terms_), 0.0);
    cols_.assign(static_cast<std::size_t>(count), {});
    first_col_ = first;
    for (std::int64_t j = 0; j < count; ++j) {
      double* const out = panels_.data() + j / lanes * lanes * terms_ + j % lanes;
      detail::widen_row(b_.transposed(), first + j, out, lanes);
      for (std::int64_t k = 0; k < terms_; ++k) cols_[static_cast<std::size_t>(j)].see(out[k * lanes]);
    }
    const std::int64_t groups = (d_.rows + kExactRows - 1) / kExactRows;
    constexpr std::int64_t terms_per_step = 4;  // about as fast as one element of an element-wise kernel
    halfway::detail::parallel_for(groups * panels, 1, d_.rows * count * terms_ / terms_per_step, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) {
                                    for (; begin < end; ++begin) tile(begin / panels * kExactRows, begin % panels);
                                  });
  }

 private:
  const double* row(std::int64_t i) const { return wide_a_.data() + i * terms_; }
  /// Element k of column j of these is at [k·lanes].
  const double* column(std::int64_t j) const {
    return panels_.data() + j / kernels_.lanes * kernels_.lanes * terms_ + j % kernels_.lanes;
  }

  /// Whether no product of two such lines, nor their sum, leaves what the kernels do exactly.
  bool is_safe(const Line& x, const Line& y, double c) const {
    if (!x.finite || !y.finite || !(std::fabs(c) < 0x1p1020)) return false;
    if (exact_products_ || x.is_zero() || y.is_zero()) return true;
    constexpr int lowest = -1022 + 52;  // products of two 53-bit numbers end above the smallest subnormal
    const int length = std::bit_width(static_cast<std::uint64_t>(terms_));
    return x.min_exponent + y.min_exponent >= lowest && x.max_exponent + y.max_exponent + 2 + length <= 1020;
  }

  void tile(std::int64_t first_row, std::int64_t panel) const {
    const std::int64_t lanes = kernels_.lanes, first = panel * lanes;
    const std::int64_t rows = std::min(kExactRows, d_.rows - first_row);
    const std::int64_t cols = std::min(lanes, static_cast<std::int64_t>(cols_.size()) - first);
    ExactSums sums{};
    std::array<const double*, kExactRows> a;
    for (std::int64_t r = 0; r < kExactRows; ++r) {
      a[static_cast<std::size_t>(r)] =
          row(first_row + std::min(r, rows - 1));  // the last one again where there is none
      for (std::int64_t j = 0; c_ && r < rows && j < cols; ++j) sums.sum[r][j] = addend(first_row + r, first + j);
    }
    (exact_products_ ? kernels_.products : kernels_.double_products)(a, column(first), terms_, sums);
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t j = 0; j < cols; ++j)
        store(first_row + r, first + j, sums.sum[r][j], sums.error[r][j], sums.dropped[r][j]);
  }
  double addend(std::int64_t i, std::int64_t j) const {
    const Code code = detail::load_code(*c_, i, first_col_ + j);
    return std::bit_cast<double>(detail::convert(binary64, float_format(c_->dtype), code));
  }
  /// One element of D; C is read before, as it may be D.
  void store(std::int64_t i, std::int64_t j, double sum, double error, double dropped) const {
    const double c = c_ ? addend(i, j) : 0.0;
    std::optional<Code> code;
    if (is_safe(rows_[static_cast<std::size_t>(i)], cols_[static_cast<std::size_t>(j)], c)) {
      const bool zero = sum + error == 0 && dropped == 0;
      if (!zero) code = rounded(to_, sum, error, dropped);
      if (zero && !(c == 0 && std::signbit(c))) code = 0;
    }
    if (!code) {
      constexpr Codes wide(binary64);
      const auto unpack = [&](double x) { return halfway::detail::unpack(wide, std::bit_cast<Code>(x)); };
      const double *const x = row(i), *const y = column(j);
      code = detail::exact_dot(
          to_, terms_, [&](std::int64_t k) { return unpack(x[k]); },
          [&](std::int64_t k) { return unpack(y[k * kernels_.lanes]); },
          c_ ? std::optional<Unpacked>(unpack(c)) : std::nullopt);
    }
    detail::store_code(d_, i, first_col_ + j, *code);
  }

  MatrixIn b_;
  MatrixOut d_;
  std::optional<MatrixIn> c_;
  Codes to_;
  std::int64_t terms_;
  detail::ExactKernels kernels_;
  bool exact_products_;
  std::vector<double> wide_a_, panels_;
  std::vector<Line> rows_, cols_;
  std::int64_t first_col_ = 0;
};

}  // namespace

void exact_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c) {
  check(a, b, d, c);
  if (d.rows == 0 || d.cols == 0) return;
  constexpr std::int64_t numbers_at_once = 1 << 21;  // of B, as float64: 16 MiB
  const std::int64_t group = std::max<std::int64_t>(numbers_at_once / std::max<std::int64_t>(a.cols, 1) / 8, 1) * 8;
  halfway::detail::in_ieee_environment([&] {
    Product product(a, b, d, c);
    for (std::int64_t first = 0; first < d.cols; first += group) product.run(first, std::min(group, d.cols - first));
  });
}

void exact_matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c) {
  check(a, b, d, c);
  const auto read = [](const MatrixIn& x, std::int64_t i, std::int64_t j) {
    return halfway::detail::unpack(Codes(float_format(x.dtype)), detail::load_code(x, i, j));
  };
  const Codes to(float_format(d.dtype));
  for (std::int64_t i = 0; i < d.rows; ++i)
    for (std::int64_t j = 0; j < d.cols; ++j) {
      std::optional<Unpacked> addend;
      if (c) addend = read(*c, i, j);
      detail::store_code(d, i, j,
                         detail::exact_dot(
                             to, a.cols, [&](std::int64_t k) { return read(a, i, k); },
                             [&](std::int64_t k) { return read(b, k, j); }, addend));
    }
}

}  // namespace halfway::emu
