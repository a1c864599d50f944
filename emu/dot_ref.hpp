// The definition of a dot product under any model, on operands that have been read.
#pragma once
#include <optional>
#include <span>

#include "emu/unit_arithmetic.hpp"

namespace halfway::emu::detail {

/// The terms of a sum: a[k]·b[k]; and the fraction bits of the two formats together.
struct Terms {
  std::span<const Unpacked> a, b;
  int fraction_bits;

  Terms slice(std::size_t begin, std::size_t count) const {
    return {a.subspan(begin, count), b.subspan(begin, count), fraction_bits};
  }
  std::size_t size() const { return a.size(); }
};

/// c + Σ a[k]·b[k], a code of model.output(). The model has been checked.
Code dot_ref(const DotModel& model, const Terms& terms, std::optional<Code> c);

/// c and a block of terms, cut off below the last place that the largest exponent allows, added and rounded once.
Code aligned(const UnitArithmetic<std::uint64_t>& unit, const Terms& terms, Code c);

}  // namespace halfway::emu::detail
