#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "halfway/errors.hpp"

namespace halfway::detail {

inline void require_equal_sizes(std::string_view operation, std::size_t in, std::size_t out) {
  if (in != out)
    throw ShapeError(operation, "the input has " + std::to_string(in) + " elements and the output " +
                                    std::to_string(out) + ", which differ; pass spans of equal size");
}

}  // namespace halfway::detail
