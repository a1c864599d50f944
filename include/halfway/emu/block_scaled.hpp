// Products of block-scaled operands (MXFP8, MXFP6, MXFP4, NVFP4) with the bits of a given unit.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "halfway/emu/matmul.hpp"
#include "halfway/formats/block_format.hpp"

namespace halfway::emu {

/// One operand of a dot product: codes of elements, and of a scale for each model.scale_block of them (the last one for
/// what is left).
struct ScaledOperand {
  FloatFormat format;
  std::span<const std::uint64_t> codes;
  FloatFormat scale_format;
  std::span<const std::uint64_t> scales;
};

/// The code of c + Σ (a[k]·scale)·(b[k]·scale) in model.output(), as the unit computes it; c is such a code. A NaN
/// among the scales makes a NaN; signs of scales are not looked at.
///
/// In integers, no floating-point arithmetic inside; about 0.1 µs a term. Throws ShapeError, DTypeError if the unit
/// does not take such numbers or scales, ValueError for a model that contradicts itself or has no scales.
std::uint64_t block_scaled_dot_product(const DotModel& model, const ScaledOperand& a, const ScaledOperand& b,
                                       std::optional<std::uint64_t> c = {}, std::uint64_t element = 0);

/// D = A·B (+ C) of matrices in block formats: A is M×K with blocks along its axis 1, B is K×N with blocks along its
/// axis 0, both of model.scale_block elements; D is float32, float16 or bfloat16.
///
/// The unit sums as above. Tensor scales stand outside of it, as cuBLAS applies them: the sum is multiplied by the
/// product of the two (rounded to float32, ties to even, if it is not exact) and rounded to float32; then C, with which
/// the unit does not start in that case, is added and the sum rounded to float32. Without tensor scales other than 1 C
/// goes into the unit. Last the one rounding to D's dtype, ties to even. Infinite scales count as NaN, as in
/// dequantize().
///
/// Of `extras` only C, a matrix of model.output() numbers. About 0.2 of the speed of a float32 product, on all threads;
/// the same bits for every thread count and target. By the definition where there are no kernels: scales that are no
/// powers of two of a unit without groups, elements that times their scale are no normal float32 numbers. Throws
/// ShapeError, DTypeError or ValueError.
void block_scaled_matmul(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
                         const MatmulExtras& extras = {});

/// The definition of block_scaled_matmul, in integers; about 0.1 µs a term.
void block_scaled_matmul_ref(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
                             const MatmulExtras& extras = {});

}  // namespace halfway::emu
