// Softmax and crossentropy over the last axis, in float32 (float64 for float64): documented sequences of primitives.
#pragma once
#include <cstdint>

#include "backend/backend.hpp"

namespace halfway::backend::host {

void softmax(const Execution&, DType dtype, const void* in, void* out, std::int64_t rows, std::int64_t cols);
void softmax_gradient(const Execution&, DType dtype, const void* gradient, const void* y, void* out, std::int64_t rows,
                      std::int64_t cols);
void crossentropy(const Execution&, const ClassesCall&, void* loss);
void crossentropy_gradient(const Execution&, const ClassesCall&, const void* gradient, void* out);
void logits_crossentropy(const Execution&, const ClassesCall&, void* loss);
void logits_crossentropy_gradient(const Execution&, const ClassesCall&, const void* gradient, void* out);

}  // namespace halfway::backend::host
