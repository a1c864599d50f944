// Operands as sums of numbers of a narrower format, and the products of these that stand for one product.
#pragma once
#include <span>

#include "emu/unit_arithmetic.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

/// Which components one product multiplies; 0 is the largest.
struct ComponentPair {
  int lhs, rhs;
};
/// The products of an algorithm of so many, in the order in which they are summed (XLA, dot_algorithm_rewriter.cc); the
/// last one is that of the largest components. Empty: there is no such algorithm.
std::span<const ComponentPair> primitive_operations(int count);

/// Components that these products need of each operand.
constexpr int components_for(int operations) { return operations == 1 ? 1 : operations == 3 ? 2 : 3; }

/// Whether operands are split, or cut to tf32, before the unit gets them.
constexpr bool is_split(const DotAlgorithm& algorithm) {
  return algorithm.num_primitive_operations != 1 || algorithm.lhs_precision_type == tensor_float ||
         algorithm.rhs_precision_type == tensor_float;
}

/// Whether component number `index` of `count` is cut off rather than rounded to nearest even. XLA leaves the last one
/// of tf32 in float32, and the unit cuts it.
constexpr bool is_cut(const FloatFormat& precision, OperandSplit split, int index, int count) {
  return split == OperandSplit::xla && (index + 1 < count || precision == tensor_float);
}

/// The components of a float32 code, each a float32 code too; `precision` is bfloat or tensor_float. Each is taken of
/// what the ones before left over, exactly; subnormal numbers read as zeros first if `inputs` says so.
void split_ref(const FloatFormat& precision, OperandSplit split, Subnormals inputs, Code code,
               std::span<Code> components);

/// Σ of products, given by `product`(pair), in order: the unit's additions, a low-order sum that is NaN left out (XLA:
/// infinities times the zeros of a split would make it one), and c, if any, added to the whole.
template <class Product>
Code split_sum(const DotModel& model, std::span<const ComponentPair> pairs, std::optional<Code> c, Product product) {
  const UnitArithmetic<std::uint64_t> unit(model, 0);
  Code sum = product(pairs[0]);
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    const bool masked = i + 1 == pairs.size() && Codes(binary32).is_nan(sum);
    sum = unit.join(masked ? Code{0} : sum, product(pairs[i]));
  }
  if (!c) return sum;
  return unit.join(model.output() == model.storage() ? unit.read_addend(*c) : *c, sum);
}

/// matmul for algorithms that split: the arguments have been checked.
void split_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model, const MatmulExtras& extras);

}  // namespace halfway::emu::detail
