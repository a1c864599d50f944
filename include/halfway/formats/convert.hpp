// Bulk conversion between float32 and the 16-bit formats, span to span.
//
// Each is IEEE 754 convertFormat, ties to even: correct for all 2^32 inputs, subnormals, ties and overflow included,
// the same bits on every instruction set and thread count, whatever the caller left in the floating-point environment.
// A NaN becomes the destination's canonical NaN (0x7E00, 0x7FC0, 0x7FC00000).
#pragma once
#include <span>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/basic_float.hpp"

namespace halfway {

// `in` and `out` have equal sizes (ShapeError otherwise) and do not overlap. With Subnormals::flush a subnormal float32
// input gives a zero of its sign, before rounding, as a TPU does (0x007FFFFF → 0x0000); widening never flushes, as
// there. Cost: memory-bound from DRAM; OpenMP above `execution::threading_threshold()`.

void convert(std::span<const float> in, std::span<float16> out, Subnormals inputs = Subnormals::keep);
void convert(std::span<const float> in, std::span<bfloat16> out, Subnormals inputs = Subnormals::keep);
void convert(std::span<const float16> in, std::span<float> out);
void convert(std::span<const bfloat16> in, std::span<float> out);

/// The definitions: the same results, one scalar at a time, in integers.
void convert_ref(std::span<const float> in, std::span<float16> out, Subnormals inputs = Subnormals::keep);
void convert_ref(std::span<const float> in, std::span<bfloat16> out, Subnormals inputs = Subnormals::keep);
void convert_ref(std::span<const float16> in, std::span<float> out);
void convert_ref(std::span<const bfloat16> in, std::span<float> out);

}  // namespace halfway
