// The order of a sum, from where ±M meet.
#pragma once
#include <string>
#include <vector>

#include "emu/probe_box.hpp"

namespace halfway::emu::detail {

/// Powers of two: what a sum loses beside 2^large and keeps otherwise is 2^unit.
struct Scale {
  int large, unit;
};
/// As far apart as is needed and operands and results allow.
Scale scale_of(ProbeBox& box);

/// A step of the sum: what its children give is added at once. A leaf is a term, or c, which is number −1.
struct SumTree {
  int first = 0, leaves = 1;  ///< the smallest of them (of a leaf: itself), and how many there are
  bool exact = false;         ///< terms of one step, none of which is lost beside the others
  std::vector<SumTree> children = {};

  bool is_leaf() const { return children.empty(); }
  /// The places of the terms that are added at once where that are most, the first such.
  std::vector<std::size_t> widest_step() const;
};

/// Nothing if the scale is too small for it or the box's answers are those of no tree.
std::optional<SumTree> order_of(ProbeBox& box, const Scale& scale);

/// As ProbeReport::order.
std::string to_string(const SumTree& tree);

}  // namespace halfway::emu::detail
