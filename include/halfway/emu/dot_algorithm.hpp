// Dot algorithms: which precision a product's operands are rounded to and what it accumulates in (StableHLO's words).
// docs/algorithms.md explains each preset.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "halfway/formats/float_format.hpp"

namespace halfway {

/// XLA PrecisionConfig::Precision; a device resolves it to an algorithm.
enum class Precision : std::uint8_t { default_, high, highest };
/// "default", "high", "highest".
std::string_view name(Precision precision);
/// By these names, or by the others that jax.lax.Precision takes ("fastest" and "bfloat16", "bfloat16_3x" and
/// "tensorfloat32", "float32"); or nothing.
std::optional<Precision> find_precision(std::string_view text);

/// How an operand becomes numbers of the precision type, or several components of it that add up to it.
enum class OperandSplit : std::uint8_t {
  xla,     ///< as XLA's GPU compiler and the hardware do: all components but the last are cut; the last is cut to tf32,
           ///< rounded to bfloat16
  nearest  ///< every component is rounded to nearest even; what rounds beyond all but the last one's range is the
           ///< largest finite number (the next component has the rest)
};

/// A dot algorithm, as StableHLO and JAX write it.
struct DotAlgorithm {
  FloatFormat lhs_precision_type = bfloat;
  FloatFormat rhs_precision_type = bfloat;
  FloatFormat accumulation_type = binary32;
  int lhs_component_count = 1;  ///< numbers of the precision type that stand for one element; XLA counts so, JAX says 1
  int rhs_component_count = 1;
  int num_primitive_operations = 1;  ///< products of components that are summed: 1, 3, 6 or 9
  bool allow_imprecise_accumulation = false;
  OperandSplit split = OperandSplit::xla;
  friend constexpr bool operator==(const DotAlgorithm&, const DotAlgorithm&) = default;
};

namespace dot {
/// In place of a precision type: the format, of 8 bits, that the operand has.
inline constexpr FloatFormat any_f8{0, 8, 0};

inline constexpr DotAlgorithm any_f8_any_f8_f32{any_f8, any_f8, binary32};
inline constexpr DotAlgorithm any_f8_any_f8_f32_fast_accum{any_f8, any_f8, binary32, 1, 1, 1, true};
inline constexpr DotAlgorithm f16_f16_f16{binary16, binary16, binary16};
inline constexpr DotAlgorithm f16_f16_f32{binary16, binary16, binary32};
inline constexpr DotAlgorithm bf16_bf16_bf16{bfloat, bfloat, bfloat};
inline constexpr DotAlgorithm bf16_bf16_f32{};
inline constexpr DotAlgorithm bf16_bf16_f32_x3{bfloat, bfloat, binary32, 2, 2, 3};
inline constexpr DotAlgorithm bf16_bf16_f32_x6{bfloat, bfloat, binary32, 3, 3, 6};
inline constexpr DotAlgorithm bf16_bf16_f32_x9{bfloat, bfloat, binary32, 3, 3, 9};
inline constexpr DotAlgorithm tf32_tf32_f32{tensor_float, tensor_float, binary32};
inline constexpr DotAlgorithm tf32_tf32_f32_x3{tensor_float, tensor_float, binary32, 2, 2, 3};
inline constexpr DotAlgorithm f32_f32_f32{binary32, binary32, binary32};
inline constexpr DotAlgorithm f64_f64_f64{binary64, binary64, binary64};

/// The same with operands split by rounding to nearest even.
constexpr DotAlgorithm nearest_split(DotAlgorithm algorithm) {
  algorithm.split = OperandSplit::nearest;
  return algorithm;
}
}  // namespace dot

/// The algorithm for operands of these formats: in place of any_f8 their own, where it has 8 bits.
constexpr DotAlgorithm for_operands(DotAlgorithm algorithm, const FloatFormat& lhs, const FloatFormat& rhs) {
  if (algorithm.lhs_precision_type == dot::any_f8 && lhs.bits() == 8) algorithm.lhs_precision_type = lhs;
  if (algorithm.rhs_precision_type == dot::any_f8 && rhs.bits() == 8) algorithm.rhs_precision_type = rhs;
  return algorithm;
}

/// XLA's name: "BF16_BF16_F32_X3", "ANY_F8_ANY_F8_F32_FAST_ACCUM"; formats that no preset has are written as StableHLO
/// writes them ("F8E4M3FN_F8E5M2_F32"); OperandSplit::nearest is told by ":nearest" at the end.
std::string name(const DotAlgorithm& algorithm);
std::ostream& operator<<(std::ostream& out, const DotAlgorithm& algorithm);
/// The presets of namespace dot.
std::span<const DotAlgorithm> dot_algorithms();
/// The algorithm of that name, in capitals or not, or nothing.
std::optional<DotAlgorithm> find_dot_algorithm(std::string_view text);

}  // namespace halfway
