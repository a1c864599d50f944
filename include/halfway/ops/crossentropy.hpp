// Crossentropy between integer labels and predicted classes, per row.
#pragma once
#include "halfway/tensor/tensor.hpp"

namespace halfway::ops {

/// −log(clip(p[label], ε, 1 − ε)) for each row of p [n, classes], ε = 1e-7, in p's dtype; labels [n] or [n, 1] of an
/// integer dtype. The gradient is 0 where the probability was clipped. Throws ShapeError, DTypeError, or ValueError for
/// a label that is no class.
Tensor sparse_crossentropy(const Tensor& labels, const Tensor& probabilities);
/// The same from logits: log Σ exp(x − max) − (x[label] − max).
Tensor sparse_crossentropy_from_logits(const Tensor& labels, const Tensor& logits);

}  // namespace halfway::ops
