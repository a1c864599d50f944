#include "emu/matmul_check.hpp"

#include <string>

#include "halfway/errors.hpp"

namespace halfway::emu::detail {
namespace {

template <class Void>
std::string shape(const AnyMatrix<Void>& x) {
  return std::to_string(x.rows) + "x" + std::to_string(x.cols);
}

bool is_sixteen_bits(DType t) { return t == DType::float16 || t == DType::bfloat16; }
bool is_narrow(DType t) { return is_sixteen_bits(t) || t == DType::float32; }

}  // namespace

void check_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model) {
  const std::string shapes = "A is " + shape(a) + ", B is " + shape(b) + ", D is " + shape(d) + ": ";
  if (a.rows < 0 || a.cols < 0 || b.rows < 0 || b.cols < 0 || d.rows < 0 || d.cols < 0)
    throw ShapeError("matmul", shapes + "a size is negative; pass sizes of 0 or more");
  if (a.cols != b.rows)
    throw ShapeError("matmul", shapes + "A has not as many columns as B has rows; transpose one or check their shapes");
  if (d.rows != a.rows || d.cols != b.cols)
    throw ShapeError("matmul", shapes + "D must be " + std::to_string(a.rows) + "x" + std::to_string(b.cols));

  const std::string dtypes = "A is " + std::string(name(a.dtype)) + ", B is " + std::string(name(b.dtype)) + ", D is " +
                             std::string(name(d.dtype)) + ", algorithm " + name(algorithm) + ": ";
  if (algorithm == dot::f64_f64_f64) {
    if (a.dtype != DType::float64 || b.dtype != DType::float64 || d.dtype != DType::float64)
      throw DTypeError("matmul", dtypes + "this algorithm takes and gives float64 only; cast, or choose another");
    return;
  }
  if (!is_narrow(algorithm.lhs_precision_type) || !is_narrow(algorithm.rhs_precision_type) ||
      algorithm.accumulation_type != DType::float32)
    throw DTypeError("matmul", dtypes +
                                   "no such algorithm; there are products of float16, bfloat16 and float32 summed "
                                   "in float32 (BF16_BF16_F32, F16_F16_F32, F32_F32_F32, ...) and F64_F64_F64");
  if (!is_narrow(a.dtype) || !is_narrow(b.dtype))
    throw DTypeError("matmul", dtypes + "an operand must be float16, bfloat16 or float32; cast it first");
  if (!is_narrow(d.dtype))
    throw DTypeError("matmul",
                     dtypes + "the result must be float32, float16 or bfloat16; choose one and cast it after");
  if (model.kind != Summation::chain || model.pass < 0)
    throw ValueError("matmul",
                     "model " + std::string(model.name) +
                         ": this version computes chains with passes of 0 or more terms; change kind or pass");
}

}  // namespace halfway::emu::detail
