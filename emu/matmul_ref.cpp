// The definition of a matrix product, in integers: codes in, codes out, one output after the other.
#include <cstring>
#include <vector>

#include "emu/dot_ref.hpp"
#include "emu/matmul_check.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::emu {
namespace {

using detail::Code;
using detail::Codes;
using detail::Unpacked;
using halfway::detail::Context;
using halfway::detail::convert_code;

template <class Storage>
Code load(const void* data, std::int64_t index) {
  Storage bits;
  std::memcpy(&bits, static_cast<const char*>(data) + index * static_cast<std::int64_t>(sizeof bits), sizeof bits);
  return bits;
}

template <class Matrix>
Code load_code(const Matrix& x, std::int64_t row, std::int64_t col) {
  const std::int64_t index = row * x.row_stride + col * x.col_stride;
  switch (size_of(x.dtype)) {
    case 1: return load<std::uint8_t>(x.data, index);
    case 2: return load<std::uint16_t>(x.data, index);
    case 4: return load<std::uint32_t>(x.data, index);
    default: return load<std::uint64_t>(x.data, index);
  }
}

template <class Storage>
void store(void* data, std::int64_t index, Code code) {
  const auto bits = static_cast<Storage>(code);
  std::memcpy(static_cast<char*>(data) + index * static_cast<std::int64_t>(sizeof bits), &bits, sizeof bits);
}

void store_code(const MatrixOut& d, std::int64_t row, std::int64_t col, Code code) {
  const std::int64_t index = row * d.row_stride + col * d.col_stride;
  switch (size_of(d.dtype)) {
    case 2: return store<std::uint16_t>(d.data, index, code);
    case 4: return store<std::uint32_t>(d.data, index, code);
    default: return store<std::uint64_t>(d.data, index, code);
  }
}

Code convert(const FloatFormat& to, const FloatFormat& from, Code code) {
  Context context;
  return from == to ? code : convert_code(Codes(to), Codes(from), code, context);
}

/// The number that the unit multiplies: an element rounded to the algorithm's precision type. Where the unit flushes,
/// what is subnormal as a float32 is a zero before it is rounded.
Unpacked operand(const DotModel& model, const MatrixIn& x, std::int64_t row, std::int64_t col, const FloatFormat& to) {
  const Code code = load_code(x, row, col);
  const FloatFormat from = float_format(x.dtype);
  if (from == to) return detail::read_operand(model, to, code);
  Context narrowing{.how = {.inputs = model.inputs}};
  const Codes single(binary32);
  const Code wide = convert(binary32, from, code);
  return detail::read_operand(model, to, convert_code(Codes(to), single, wide, narrowing));
}

/// What a rounded sum in column j becomes: + bias, rounded; relu. Flushing as the model does.
Code finished(const DotModel& model, const MatmulExtras& extras, DType dtype, Code x, std::int64_t j) {
  const Codes f(float_format(dtype));
  if (extras.bias != nullptr) {
    const MatrixIn bias{extras.bias, dtype, 1, j + 1, j + 1, 1};
    // The sum is made in float32 (float64) and then rounded to D's dtype.
    const Codes wide(dtype == DType::float64 ? binary64 : binary32);
    Context how{.how = {.inputs = model.results, .results = model.results}};
    const auto widened = [&](Code code) {
      return halfway::detail::unpack(wide, convert(wide.format, f.format, code), how);
    };
    const Unpacked y = widened(load_code(bias, 0, j)), z = widened(x);
    const Code sum = dtype == DType::float64 ? halfway::detail::add<halfway::detail::u128>(wide, z, y, how)
                                             : halfway::detail::add<std::uint64_t>(wide, z, y, how);
    x = convert(f.format, wide.format, wide.is_nan(sum) ? wide.nan : sum);
  }
  const bool positive = (x & f.sign) == 0 && !f.is_zero(x);
  return extras.relu && !positive && !f.is_nan(x) ? 0 : x;
}

}  // namespace

void matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                const DotModel& unit, const MatmulExtras& extras) {
  detail::check_matmul(a, b, d, algorithm, unit, extras);
  DotModel model = unit;
  if (algorithm == dot::f64_f64_f64) model.result = binary64;
  const std::int64_t terms = a.cols;
  std::vector<Unpacked> rows, cols;
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t k = 0; k < terms; ++k) rows.push_back(operand(model, a, i, k, algorithm.lhs_precision_type));
  for (std::int64_t j = 0; j < b.cols; ++j)
    for (std::int64_t k = 0; k < terms; ++k) cols.push_back(operand(model, b, k, j, algorithm.rhs_precision_type));

  const auto line = [terms](const std::vector<Unpacked>& x, std::int64_t i) {
    return std::span(x).subspan(static_cast<std::size_t>(i * terms), static_cast<std::size_t>(terms));
  };
  const int fraction_bits = algorithm.lhs_precision_type.fraction_bits() + algorithm.rhs_precision_type.fraction_bits();
  const FloatFormat from = model.output(), to = float_format(d.dtype);
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.cols; ++j) {
      std::optional<Code> c;
      if (extras.c) c = convert(from, float_format(extras.c->dtype), load_code(*extras.c, i, j));
      const Code sum = detail::dot_ref(model, {line(rows, i), line(cols, j), fraction_bits}, c);
      store_code(d, i, j, finished(model, extras, d.dtype, convert(to, from, sum), j));
    }
}

}  // namespace halfway::emu
