// Bounds on the errors of a product: what each of its roundings may add.
#include <algorithm>
#include <cmath>
#include <limits>

#include "emu/split.hpp"
#include "halfway/emu/error.hpp"

namespace halfway::emu {
namespace {

/// u: to nearest half a last place, in other directions a whole one.
double unit_roundoff(const FloatFormat& f, Rounding rounding) {
  const bool to_nearest = rounding == Rounding::ties_to_even || rounding == Rounding::ties_to_away;
  return std::ldexp(1.0, (to_nearest ? 0 : 1) - f.precision);
}

/// γ_n(u).
double gamma(double n, double u) { return n * u < 1 ? n * u / (1 - n * u) : std::numeric_limits<double>::infinity(); }

/// What splitting costs: the largest size of the components' products, counted with |a||b|; what the components leave
/// of an operand, relatively; the products that are not computed.
struct SplitErrors {
  double products = 0, operand = 0, left_out = 0;
};
SplitErrors split_errors(const DotAlgorithm& algorithm, const FloatFormat& operand) {
  const FloatFormat& f = algorithm.lhs_precision_type.precision < algorithm.rhs_precision_type.precision
                             ? algorithm.lhs_precision_type
                             : algorithm.rhs_precision_type;
  const int count = detail::components_for(algorithm.num_primitive_operations);
  const auto step = [&](int i) {
    const bool cut = detail::is_cut(f, algorithm.split, i, count);
    return unit_roundoff(f, cut ? Rounding::toward_zero : Rounding::ties_to_even);
  };
  double sizes[4]{1};  // of component i, of what is left after all
  for (int i = 0; i < count; ++i) sizes[i + 1] = sizes[i] * step(i);
  SplitErrors errors;
  const auto pairs = detail::primitive_operations(algorithm.num_primitive_operations);
  for (int i = 0; i < count; ++i)
    for (int j = 0; j < count; ++j) {
      const bool computed =
          std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.lhs == i && pair.rhs == j; });
      (computed ? errors.products : errors.left_out) += sizes[i] * sizes[j];
    }
  // Components of p bits take p bits each; nothing is left where together they have the operand's.
  if (count * f.precision < operand.precision) errors.operand = sizes[count];
  return errors;
}

/// What the unit itself may add to a product of `terms` terms, relative to |a||b|: γ of the roundings that a term meets
/// on its way, each for its own u.
double unit_error(const DotModel& model, std::int64_t terms) {
  const auto parts = [](double n, int size) { return size > 0 ? std::ceil(n / size) : 1.0; };
  const double n = static_cast<double>(model.pass > 0 ? std::min<std::int64_t>(model.pass, terms) : terms);
  const double instruction = model.instruction > 0 ? std::min<double>(model.instruction, n) : n;
  const double instructions = parts(n, model.instruction), lanes = model.lanes;
  const double blocks = parts(instruction, model.block);  // of an instruction
  double within = 0, cut = 0;                             // roundings within an instruction; what alignment cuts off
  switch (model.kind) {
    case Summation::chain: within = instruction + (model.round_products ? 1 : 0); break;
    case Summation::lanes: within = std::ceil(instruction / lanes) + std::log2(lanes); break;
    case Summation::tree: within = 1 + std::ceil(std::log2(std::max(instruction, 1.0))); break;
    case Summation::exact: within = blocks; break;
    case Summation::aligned:  // each term and c by less than 2^−F of the largest; a late c is cut and rounded as well
      within = blocks * (model.addend == Addend::late ? 3 : 1);
      cut = gamma(n + blocks * instructions, std::ldexp(1.0, -model.fraction_bits));
      break;
  }
  const double between = model.addend == Addend::last ? within + instructions : within * instructions;
  const double passes = parts(static_cast<double>(terms), model.pass);
  return (1 + gamma(between, unit_roundoff(model.result, model.rounding))) * (1 + cut) *
             (1 + gamma(passes - 1, unit_roundoff(model.pass_result, Rounding::ties_to_even))) -
         1;
}

}  // namespace

ErrorBounds error_bounds(std::int64_t terms, const DotAlgorithm& preset, const DotModel& model, DType operands,
                         DType result) {
  const FloatFormat from = float_format(operands);
  DotAlgorithm algorithm = for_operands(preset, from, from);
  for (FloatFormat* type : {&algorithm.lhs_precision_type, &algorithm.rhs_precision_type})
    if (model.cuts_to_tf32(*type)) *type = tensor_float;
  const double n = static_cast<double>(terms);
  ErrorBounds bounds{.terms = terms, .unit_roundoff = unit_roundoff(model.result, model.rounding)};
  bounds.deterministic = gamma(n, bounds.unit_roundoff);
  bounds.probabilistic = std::sqrt(n) * bounds.unit_roundoff;

  const SplitErrors split = split_errors(algorithm, from);
  const double joins = static_cast<double>(algorithm.num_primitive_operations - 1);
  const double sums = (1 + unit_error(model, terms)) * (1 + gamma(joins, std::ldexp(1.0, -24)));
  const double operand = (1 + split.operand) * (1 + split.operand);
  const double growth = algorithm.num_primitive_operations > 1 ? 1 + 0x1p-6 : operand;  // of components rounded up
  const FloatFormat to = float_format(result);
  const double rounding = to.precision < model.output().precision ? unit_roundoff(to, Rounding::ties_to_even) : 0.0;
  // |D − E| ≤ (the sums' errors on what they sum) + (operands' errors) + (what is left out), rounded once more.
  const double before = split.products * (sums - 1) * growth + (operand - 1) + split.left_out;
  bounds.block_fma = before + rounding * (1 + before);
  return bounds;
}

}  // namespace halfway::emu
