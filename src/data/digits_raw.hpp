// Digits as bytes, before they become tensors.
#pragma once
#include <cstdint>
#include <vector>

#include "halfway/data/mnist.hpp"

namespace halfway::detail {

inline constexpr int image_side = 28, image_pixels = image_side * image_side;

/// Images one after the other, 0 for paper and 255 for ink; a label 0 … 9 for each.
struct RawDigits {
  std::vector<std::uint8_t> images, labels;
};

/// The same as tensors.
Split make_split(const RawDigits& digits);

}  // namespace halfway::detail
