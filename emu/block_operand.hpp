// Block-scaled operands as kernels take them: float32 matrices.
#pragma once
#include <optional>

#include "emu/matmul_plan.hpp"
#include "emu/unit_arithmetic.hpp"
#include "emu/workspace.hpp"
#include "halfway/formats/block_format.hpp"

namespace halfway::emu::detail {

/// A scale as the unit reads it: a positive number or a NaN.
Unpacked read_scale(const FloatFormat& format, Code code);

/// Elements times their scales, in the layout of their codes.
struct ScaledNumbers {
  MatrixIn matrix;
  ScaleExponents scales;
};
/// Nothing where a scale is no power of two, or an element times its scale no normal float32 number (zeros, infinities
/// and NaN aside). All is in `memory`.
std::optional<ScaledNumbers> scaled_numbers(const DotModel& model, const BlockArray& x, Workspace& memory);

/// What stands behind the elements of a group: its scale, the exponent of that, and which elements are not zero, as the
/// bits of an integer.
inline constexpr std::int64_t kStepsOfScale = 3;
inline constexpr int kMaxGroup = 24;  ///< elements, for float32 to hold that integer
/// The exponent of a scale that is zero: takes no part.
inline constexpr float kNoExponent = -10000;
/// Elements by groups of model.group, each with these steps behind it, as whole blocks, in `memory`.
MatrixIn grouped_numbers(const DotModel& model, const BlockArray& x, Workspace& memory);

}  // namespace halfway::emu::detail
