#include "emu/matmul_check.hpp"

#include <string>

#include "emu/split.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu::detail {
namespace {

template <class Void>
std::string shape(const AnyMatrix<Void>& x) {
  return std::to_string(x.rows) + "x" + std::to_string(x.cols);
}

bool is_result(DType t) { return t == DType::float16 || t == DType::bfloat16 || t == DType::float32; }
bool is_operand(DType t) { return is_result(t) || (is_floating(t) && size_of(t) == 1); }
/// Whether every number of `part` is one of `whole`.
bool holds(const FloatFormat& whole, const FloatFormat& part) {
  return part.precision <= whole.precision && part.emin() >= whole.emin() && part.emax() <= whole.emax();
}
bool is_accumulator(const FloatFormat& f) { return f == binary16 || f == bfloat || f == binary32; }
bool is_precision(const FloatFormat& f) {
  return is_accumulator(f) || f == tensor_float || f == e4m3fn || f == e5m2 || f == e4m3fnuz || f == e5m2fnuz;
}
/// Whether its products of components are those of a preset, of operands that have float32's exponents.
bool is_known_split(const DotAlgorithm& x) {
  const int operations = x.num_primitive_operations, needed = components_for(operations);
  const auto counts = [&](int components) { return components == 1 || components == needed; };  // 1: as JAX writes it
  if (primitive_operations(operations).empty() || !counts(x.lhs_component_count) || !counts(x.rhs_component_count))
    return false;
  const FloatFormat& f = x.lhs_precision_type;
  return operations == 1 || (f == x.rhs_precision_type && x.accumulation_type == binary32 &&
                             (f == bfloat || (f == tensor_float && operations == 3)));
}

}  // namespace

bool is_plain_chain(const DotModel& model) {
  return model.kind == Summation::chain && model.instruction == 0 && model.addend == Addend::first &&
         model.operands.empty() && model.result == binary32 && model.pass_result == binary32 &&
         model.rounding == Rounding::ties_to_even && model.nan == NanRule::canonical && !model.flush_to_plus_zero;
}

void check_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& preset,
                  const DotModel& model, const MatmulExtras& extras) {
  const DotAlgorithm algorithm = for_operands(preset, float_format(a.dtype), float_format(b.dtype));
  const std::string shapes = "A is " + shape(a) + ", B is " + shape(b) + ", D is " + shape(d) + ": ";
  if (a.rows < 0 || a.cols < 0 || b.rows < 0 || b.cols < 0 || d.rows < 0 || d.cols < 0)
    throw ShapeError("matmul", shapes + "a size is negative; pass sizes of 0 or more");
  if (a.cols != b.rows)
    throw ShapeError("matmul", shapes + "A has not as many columns as B has rows; transpose one or check their shapes");
  if (d.rows != a.rows || d.cols != b.cols)
    throw ShapeError("matmul", shapes + "D must be " + std::to_string(a.rows) + "x" + std::to_string(b.cols));

  if (extras.c && (extras.c->rows != d.rows || extras.c->cols != d.cols))
    throw ShapeError("matmul", shapes + "C is " + shape(*extras.c) + "; it must be of D's size");

  const std::string dtypes = "A is " + std::string(name(a.dtype)) + ", B is " + std::string(name(b.dtype)) + ", D is " +
                             std::string(name(d.dtype)) + ", algorithm " + name(algorithm) + ": ";
  if (algorithm == dot::f64_f64_f64) {
    if (a.dtype != DType::float64 || b.dtype != DType::float64 || d.dtype != DType::float64)
      throw DTypeError("matmul", dtypes + "this algorithm takes and gives float64 only; cast, or choose another");
    if (extras.c && extras.c->dtype != DType::float64)
      throw DTypeError("matmul", dtypes + "C is " + std::string(name(extras.c->dtype)) + "; it must be float64 too");
    check_model(model, "matmul");
    if (!is_plain_chain(model) && model.result != binary64)
      throw ValueError("matmul", "model " + std::string(model.name) + " with algorithm " + name(algorithm) +
                                     ": it does not sum in float64; choose the model sequential or a float64 unit");
    return;
  }
  if (!is_precision(algorithm.lhs_precision_type) || !is_precision(algorithm.rhs_precision_type) ||
      !is_accumulator(algorithm.accumulation_type) || !is_known_split(algorithm))
    throw DTypeError("matmul", dtypes +
                                   "no such algorithm for them; there are products of 8 and 16 bits, tf32 and float32 "
                                   "summed in float32 or 16 bits (BF16_BF16_F32, F16_F16_F16, F32_F32_F32, ...), "
                                   "BF16_BF16_F32_X3, _X6 and _X9, TF32_TF32_F32_X3, and F64_F64_F64");
  if (!is_operand(a.dtype) || !is_operand(b.dtype))
    throw DTypeError("matmul", dtypes + "an operand must be of 8 or 16 bits or float32; cast it first");
  if (!is_result(d.dtype))
    throw DTypeError("matmul",
                     dtypes + "the result must be float32, float16 or bfloat16; choose one and cast it after");
  check_model(model, "matmul");
  if (algorithm.accumulation_type != model.output())
    throw DTypeError("matmul", dtypes + "model " + std::string(model.name) + " sums in " +
                                   std::string(name(model.output())) + "; choose an algorithm and a model that agree");
  if (extras.c && !(is_result(extras.c->dtype) && holds(model.output(), float_format(extras.c->dtype))))
    throw DTypeError("matmul", dtypes + "C is " + std::string(name(extras.c->dtype)) + ", whose numbers are no " +
                                   std::string(name(model.output())) + " numbers, which model " +
                                   std::string(model.name) + " sums; convert it first");
  for (const FloatFormat& t : {algorithm.lhs_precision_type, algorithm.rhs_precision_type})
    if (!model.accepts(t))
      throw DTypeError("matmul", dtypes + "model " + std::string(model.name) + " does not multiply " +
                                     std::string(name(t)) + "; choose another model or algorithm");
}

}  // namespace halfway::emu::detail
