// Halfway: 16-bit arithmetic, emulated matrix units, and mixed-precision training on top of them.
#pragma once

#include "halfway/errors.hpp"     // the exceptions
#include "halfway/execution.hpp"  // threads and instruction-set targets; neither changes a bit
#include "halfway/log.hpp"        // where INFO and WARNING lines go

// Formats: scalars and spans.
#include "halfway/formats/arithmetic.hpp"    // how results are rounded: directions, subnormals, overflow; events
#include "halfway/formats/basic_float.hpp"   // float16, bfloat16, float8_*: constexpr scalar types
#include "halfway/formats/block_format.hpp"  // MXFP8, MXFP6, MXFP4, NVFP4: blocks that share a scale
#include "halfway/formats/bulk.hpp"          // operations on arrays, any formats, any rounding, with events
#include "halfway/formats/convert.hpp"       // bulk conversion
#include "halfway/formats/dtype.hpp"         // the element types of tensors
#include "halfway/formats/float_format.hpp"  // a number format as data
#include "halfway/formats/format_text.hpp"   // e4m3:bias=8: formats as text
#include "halfway/formats/formatter.hpp"     // std::format, where there is one; {fmt}: fmt_formatter.hpp
#include "halfway/formats/interop.hpp"       // _Float16, __bf16, CUDA's and Highway's types of the same layout
#include "halfway/formats/literals.hpp"      // 256_f16, 1e-5_bf16, 448_e4m3fn
#include "halfway/formats/math.hpp"          // exp, log, tanh, gelu, …: correctly rounded, in bulk too
#include "halfway/formats/matrix_view.hpp"   // a matrix that somebody else owns
#include "halfway/formats/operations.hpp"    // IEEE 754 operations under any Arithmetic: add, fma, remainder, …
#include "halfway/formats/rounding.hpp"      // round_to: the definition of rounding
#include "halfway/formats/text.hpp"          // printing and parsing: shortest, exact, hexadecimal; to_chars, from_chars
#include "halfway/formats/ulp.hpp"           // next_up, next_down, ulp

// Emulation: matrix units on matrix views.
#include "halfway/emu/block_scaled.hpp"   // products of block-scaled operands: MXFP8, MXFP4, NVFP4
#include "halfway/emu/device_model.hpp"   // what a device does to numbers
#include "halfway/emu/devices.hpp"        // the devices that are known, a row each
#include "halfway/emu/dot_algorithm.hpp"  // BF16_BF16_F32 and its kin
#include "halfway/emu/dot_model.hpp"      // how one matrix unit adds
#include "halfway/emu/dot_product.hpp"    // one dot product with the bits of a given unit
#include "halfway/emu/error.hpp"          // how far a product is from the exact one
#include "halfway/emu/exact_matmul.hpp"   // products right to the last bit
#include "halfway/emu/matmul.hpp"         // products with the bits of a given unit
#include "halfway/emu/matrix_units.hpp"   // the units that are known, a row each
#include "halfway/emu/native.hpp"         // whether this machine has the unit itself
#include "halfway/emu/nvidia_units.hpp"   // NVIDIA's among them

#include "halfway/emu/probe.hpp"         // what a black box is
#include "halfway/emu/roofline.hpp"      // time by peak and bandwidth
#include "halfway/emu/study_models.hpp"  // accumulators of 16 bits, stochastic rounding
#include "halfway/emu/systolic.hpp"      // cycles on a TPU's arrays
#include "halfway/emu/unit_rule.hpp"     // a unit by its name

// Tensors and their differentiation.
#include "halfway/autograd/tape.hpp"         // GradientTape, value_and_gradient
#include "halfway/tensor/device.hpp"         // which device executes
#include "halfway/tensor/memory.hpp"         // how much of a device's memory tensors take; its limit
#include "halfway/tensor/numeric_watch.hpp"  // counting what rounding loses
#include "halfway/tensor/random.hpp"         // random tensors, the same everywhere
#include "halfway/tensor/tensor.hpp"         // immutable arrays
#include "halfway/tensor/variable.hpp"       // named handles on a value that can be replaced

// Operations.
#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/crossentropy.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/ops/take.hpp"

// Neural networks.
#include "halfway/nn/advisor.hpp"               // sizes that a device does not like
#include "halfway/nn/layers.hpp"                // Dense, Activation
#include "halfway/nn/loss_scale.hpp"            // FixedLossScale, DynamicLossScale
#include "halfway/nn/loss_scale_optimizer.hpp"  // loss scaling around an optimizer
#include "halfway/nn/losses.hpp"                // sparse_categorical_crossentropy
#include "halfway/nn/metrics.hpp"               // accuracy, Mean, SparseCategoricalAccuracy
#include "halfway/nn/model.hpp"                 // Model: compile, fit, evaluate, predict
#include "halfway/nn/optimizer.hpp"             // SGD, RMSprop
#include "halfway/nn/performance.hpp"           // how long a device itself would take for a step: predicted
#include "halfway/nn/policy.hpp"                // mixed_float16 and its kin

// Data.
#include "halfway/data/dataset.hpp"  // batches for loops of one's own
#include "halfway/data/digits.hpp"   // digits to learn from: MNIST, or generated
#include "halfway/data/mnist.hpp"    // MNIST from its IDX files
#include "halfway/data/npy.hpp"      // NumPy's files
