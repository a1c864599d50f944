// The definition of a dot product under any model, on operands that have been read.
#pragma once
#include <optional>
#include <span>

#include "emu/unit_arithmetic.hpp"

namespace halfway::emu::detail {

/// The terms of a sum: a[k]·b[k]; and the fraction bits of the two formats together. With scales, one for each
/// `scale_block` terms of each operand.
struct Terms {
  std::span<const Unpacked> a, b;
  int fraction_bits;
  std::span<const Unpacked> a_scales = {}, b_scales = {};
  std::size_t scale_block = 1;
  int scale_fraction_bits = 0;

  Terms slice(std::size_t begin, std::size_t count) const {
    Terms part = *this;
    part.a = a.subspan(begin, count), part.b = b.subspan(begin, count);
    if (scaled()) {
      const std::size_t first = begin / scale_block, last = (begin + count + scale_block - 1) / scale_block;
      part.a_scales = a_scales.subspan(first, last - first), part.b_scales = b_scales.subspan(first, last - first);
    }
    return part;
  }
  std::size_t size() const { return a.size(); }
  bool scaled() const { return !a_scales.empty(); }
};

/// c + Σ a[k]·b[k], a code of model.output(); it is element number `element` of D. The model has been checked.
Code dot_ref(const DotModel& model, const Terms& terms, std::optional<Code> c, std::uint64_t element = 0);

/// c and a block of terms, cut off below the last place that the largest exponent allows, added and rounded once.
Code aligned(const UnitArithmetic<std::uint64_t>& unit, const Terms& terms, Code c);

}  // namespace halfway::emu::detail
