// What a unit does with its numbers, one question after the other.
#pragma once
#include "emu/probe_order.hpp"

namespace halfway::emu::detail {

/// `order`: where it is known.
std::vector<ProbedProperty> properties_of(ProbeBox& box, const Scale& scale, const std::optional<SumTree>& order);

}  // namespace halfway::emu::detail
