// What rounding to a narrower format loses, counted.
#pragma once
#include <cstdint>

namespace halfway {

/// Counts over results that were rounded to a narrower format.
struct RoundingEvents {
  std::int64_t results = 0;     ///< numbers rounded
  std::int64_t underflows = 0;  ///< not zero before, zero after
  std::int64_t overflows = 0;   ///< finite before, infinite after
};

}  // namespace halfway
