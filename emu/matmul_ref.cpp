// The definition of a matrix product, in integers: codes in, codes out, one output after the other.
#include <cstring>
#include <vector>

#include "emu/matmul_check.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::emu {
namespace {

using halfway::detail::add;
using halfway::detail::convert_code;
using halfway::detail::fma;
using halfway::detail::multiply;
using halfway::detail::Storage;
using Code = std::uint64_t;

template <FloatFormat F>
Code load_code(const void* data, std::int64_t index) {
  Storage<F> bits;
  std::memcpy(&bits, static_cast<const char*>(data) + index * static_cast<std::int64_t>(sizeof bits), sizeof bits);
  return bits;
}

template <FloatFormat F>
void store_code(void* data, std::int64_t index, Code code) {
  const auto bits = static_cast<Storage<F>>(code);
  std::memcpy(static_cast<char*>(data) + index * static_cast<std::int64_t>(sizeof bits), &bits, sizeof bits);
}

/// An element as it stands in memory, widened to float32 (float64 stays).
Code read(const MatrixIn& x, std::int64_t row, std::int64_t col) {
  const std::int64_t index = row * x.row_stride + col * x.col_stride;
  switch (x.dtype) {
    case DType::float16: return convert_code<binary32, binary16>(load_code<binary16>(x.data, index));
    case DType::bfloat16: return convert_code<binary32, bfloat>(load_code<bfloat>(x.data, index));
    case DType::float64: return load_code<binary64>(x.data, index);
    default: return load_code<binary32>(x.data, index);
  }
}

/// The number that the unit multiplies: rounded to F and widened again; where the unit flushes, a subnormal number of
/// either format is a zero.
template <FloatFormat F>
Code round_operand(Code x, Subnormals inputs) {
  return convert_code<binary32, F>(convert_code<F, binary32>(x, {.inputs = inputs}), {.inputs = inputs});
}

Code operand(Code x, DType precision, Subnormals inputs) {
  switch (precision) {
    case DType::float16: return round_operand<binary16>(x, inputs);
    case DType::bfloat16: return round_operand<bfloat>(x, inputs);
    case DType::float64: return convert_code<binary64, binary64>(x, {.inputs = inputs});
    default: return round_operand<binary32>(x, inputs);
  }
}

void write(const MatrixOut& d, std::int64_t row, std::int64_t col, Code sum) {
  const std::int64_t index = row * d.row_stride + col * d.col_stride;
  switch (d.dtype) {
    case DType::float16: return store_code<binary16>(d.data, index, convert_code<binary16, binary32>(sum));
    case DType::bfloat16: return store_code<bfloat>(d.data, index, convert_code<bfloat, binary32>(sum));
    case DType::float64: return store_code<binary64>(d.data, index, sum);
    default: return store_code<binary32>(d.data, index, sum);
  }
}

/// Σ a[k]·b[k] in the format F, as the model says.
template <FloatFormat F>
Code dot(const Code* a, const Code* b, std::int64_t terms, const DotModel& model) {
  const halfway::Arithmetic how{.results = model.results};
  const std::int64_t pass = model.pass > 0 ? model.pass : terms;
  Code sum = 0;
  for (std::int64_t begin = 0; begin < terms; begin += pass) {
    Code acc = 0;
    for (std::int64_t k = begin; k < std::min(begin + pass, terms); ++k)
      acc = model.round_products ? add<F>(multiply<F>(a[k], b[k], how), acc, how) : fma<F>(a[k], b[k], acc, how);
    sum = begin == 0 ? acc : add<F>(sum, acc, how);
  }
  return sum;
}

}  // namespace

void matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                const DotModel& model) {
  detail::check_matmul(a, b, d, algorithm, model);
  const std::int64_t terms = a.cols;
  const auto at = [terms](std::vector<Code>& codes, std::int64_t i) { return codes.data() + i * terms; };
  std::vector<Code> rows(static_cast<std::size_t>(a.rows * terms)), cols(static_cast<std::size_t>(b.cols * terms));
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t k = 0; k < terms; ++k)
      at(rows, i)[k] = operand(read(a, i, k), algorithm.lhs_precision_type, model.inputs);
  for (std::int64_t j = 0; j < b.cols; ++j)
    for (std::int64_t k = 0; k < terms; ++k)
      at(cols, j)[k] = operand(read(b, k, j), algorithm.rhs_precision_type, model.inputs);

  const auto sum = algorithm.accumulation_type == DType::float64 ? dot<binary64> : dot<binary32>;
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.cols; ++j) write(d, i, j, sum(at(rows, i), at(cols, j), terms, model));
}

}  // namespace halfway::emu
