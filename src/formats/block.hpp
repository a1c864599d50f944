// What the two carriers of block formats share: where blocks lie, and their scales.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "halfway/formats/block_format.hpp"
#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// A row-major array as outer × length × inner elements, its blocks along the middle.
struct BlockGrid {
  std::int64_t outer = 1, length = 1, inner = 1;
  std::int64_t size = 1;    ///< of a block
  std::int64_t blocks = 0;  ///< along the axis

  std::int64_t elements() const { return outer * length * inner; }
  std::int64_t scales() const { return outer * blocks * inner; }
};

/// The magnitude bits of a float32 number as amax sees them.
constexpr std::uint32_t magnitude_bits(float x, Subnormals inputs) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFF;
  return inputs == Subnormals::flush && bits < 0x00800000 ? 0 : bits;
}
inline constexpr std::uint32_t infinity_bits = 0x7F800000;

/// Scales as numbers: what codes mean, and what rules give.
class BlockScaling {
 public:
  /// `tensor_scale` is positive and normal.
  BlockScaling(const BlockFormat& format, float tensor_scale);

  /// The scale of a block whose largest magnitude has these bits (of an infinity or a NaN, too).
  std::uint8_t scale_of(std::uint32_t amax_bits) const;
  /// block scale · tensor scale: a significand of at most 32 bits. NaN for an infinity, too.
  Unpacked value_of(std::uint8_t scale) const;
  /// The same as a float64 number, which it is exactly.
  double number_of(std::uint8_t scale) const;
  const Codes& element() const { return element_; }

 private:
  BlockFormat format_;
  Codes element_, scale_;
  Unpacked tensor_scale_, limit_;  ///< the largest element · tensor scale
};

/// Element `index` of an array: the definition. `scale` is that of its block, from value_of.
std::uint8_t block_element(const BlockScaling& scaling, const Unpacked& scale, float x, const Arithmetic& how,
                           std::size_t index);

/// What quantize() returns, without codes and scales, but with room for them. Throws what quantize() throws.
BlockArray unfilled_block_array(std::string_view operation, std::span<const float> x,
                                const std::vector<std::int64_t>& shape, int axis, const BlockFormat& format,
                                const Arithmetic& how, std::optional<float> tensor_scale, BlockGrid& grid);

/// Throws what dequantize() throws.
BlockGrid checked_grid(std::string_view operation, const BlockArray& x, std::size_t out);

}  // namespace halfway::detail
