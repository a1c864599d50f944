// Dot algorithms: which precision a product's operands are rounded to and what it accumulates in (StableHLO's words).
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>

#include "halfway/formats/float_format.hpp"

namespace halfway {

/// XLA PrecisionConfig::Precision; a device resolves it to an algorithm.
enum class Precision : std::uint8_t { default_, high, highest };

/// How an operand becomes numbers of the precision type, or several components of it that add up to it.
enum class OperandSplit : std::uint8_t {
  xla,     ///< as XLA's GPU compiler and the hardware do: all components but the last are cut, the last is rounded
  nearest  ///< every component is rounded to nearest even
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

/// "BF16_BF16_F32_X3", …
std::string name(const DotAlgorithm& algorithm);
std::ostream& operator<<(std::ostream& out, const DotAlgorithm& algorithm);

namespace dot {
inline constexpr DotAlgorithm bf16_bf16_f32{};
inline constexpr DotAlgorithm f16_f16_f32{binary16, binary16, binary32};
inline constexpr DotAlgorithm f32_f32_f32{binary32, binary32, binary32};
inline constexpr DotAlgorithm f64_f64_f64{binary64, binary64, binary64};
}  // namespace dot

}  // namespace halfway
