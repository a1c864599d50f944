// Digits that no hand wrote: drawn from skeletons, the same bytes on every machine.
#pragma once
#include <cstdint>

#include "data/digits_raw.hpp"

namespace halfway::detail {

/// Digits first, first + 1, …, first + count − 1 of the sequence that `seed` names; first + count ≤ 2^32. Each is a
/// function of (seed, its number) and of nothing else.
RawDigits draw_digits(std::uint64_t seed, std::uint64_t first, std::int64_t count);

}  // namespace halfway::detail
