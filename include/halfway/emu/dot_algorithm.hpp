// Dot algorithms: which precision a product's operands are rounded to and what it accumulates in (StableHLO's words).
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>

#include "halfway/formats/dtype.hpp"

namespace halfway {

/// XLA PrecisionConfig::Precision; a device resolves it to an algorithm.
enum class Precision : std::uint8_t { default_, high, highest };

/// A dot algorithm, as StableHLO and JAX write it.
struct DotAlgorithm {
  DType lhs_precision_type = DType::bfloat16;
  DType rhs_precision_type = DType::bfloat16;
  DType accumulation_type = DType::float32;
  friend constexpr bool operator==(const DotAlgorithm&, const DotAlgorithm&) = default;
};

/// "BF16_BF16_F32", …
std::string name(const DotAlgorithm& algorithm);
std::ostream& operator<<(std::ostream& out, const DotAlgorithm& algorithm);

namespace dot {
inline constexpr DotAlgorithm bf16_bf16_f32{};
inline constexpr DotAlgorithm f16_f16_f32{DType::float16, DType::float16, DType::float32};
inline constexpr DotAlgorithm f32_f32_f32{DType::float32, DType::float32, DType::float32};
inline constexpr DotAlgorithm f64_f64_f64{DType::float64, DType::float64, DType::float64};
}  // namespace dot

}  // namespace halfway
