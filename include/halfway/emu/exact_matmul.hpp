// Matrix products that are right to the last bit: what every error is measured against.
#pragma once
#include <optional>

#include "halfway/emu/matmul.hpp"

namespace halfway::emu {

/// D = A·B (+ C), each element the exact sum, rounded once to nearest even to D's dtype; A is M×K, B is K×N, C and D
/// are M×N; D overlaps neither A nor B and may be C; any strides, any of M, N, K may be 0. A, B, C and D may each be of
/// any floating dtype. Nothing overflows or underflows on the way.
///
/// A NaN or an infinity among the products or C counts as in IEEE 754: NaN for ∞·0, for infinities of both signs and
/// for a NaN (D's canonical one); otherwise the infinity. An exact zero is +0, or −0 where C is −0 and no product is
/// other than −0. A sum beyond D's range is its infinity (its NaN, where the dtype has none).
///
/// Error-free transformations in float64 lanes (TwoSum, TwoProduct: Ogita, Rump and Oishi, "Accurate sum and dot
/// product", SISC 26(6), 2005) with a bound of what they drop; where the bound leaves the rounding open, a long
/// accumulator. The bits depend on neither. Cost: docs/performance.md. Throws ShapeError or DTypeError.
void exact_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c = {});

/// The definition: Kulisch's long accumulator, one output after the other.
void exact_matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const std::optional<MatrixIn>& c = {});

}  // namespace halfway::emu
