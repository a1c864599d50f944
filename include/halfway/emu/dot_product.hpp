// One dot product with the bits of a given unit.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "halfway/emu/dot_model.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway::emu {

/// The code of c + Σ a[k]·b[k] in model.output(), as the unit computes it; a and b are codes of their formats, c is a
/// code of model.output(). Without c the sum starts from +0 (the first of several passes is then taken as it is).
/// Where the unit has scaled operands, the scales are 1. `element` is the place of the sum in D, by which stochastic
/// rounding draws.
///
/// In integers, no floating-point arithmetic inside; about 0.1 µs a term. Throws ShapeError if a and b have not the
/// same length, DTypeError if the unit does not multiply such numbers, ValueError for a model that contradicts itself.
std::uint64_t dot_product(const DotModel& model, const FloatFormat& a_format, std::span<const std::uint64_t> a,
                          const FloatFormat& b_format, std::span<const std::uint64_t> b,
                          std::optional<std::uint64_t> c = {}, std::uint64_t element = 0);

}  // namespace halfway::emu
