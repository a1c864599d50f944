// The definition of block formats: one scalar after the other, by the integer core.
#include <algorithm>

#include "formats/block.hpp"
#include "halfway/formats/detail/arithmetic.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway {

namespace {

using detail::BlockGrid;
using detail::BlockScaling;
using detail::Kind;
using detail::Unpacked;

/// use(scale index, indices of the block's elements: first, stride, count) for each block.
template <class Use>
void for_each_block(const BlockGrid& grid, Use use) {
  for (std::int64_t outer = 0; outer < grid.outer; ++outer)
    for (std::int64_t block = 0; block < grid.blocks; ++block)
      for (std::int64_t inner = 0; inner < grid.inner; ++inner) {
        const std::int64_t begin = block * grid.size, count = std::min(grid.size, grid.length - begin);
        use((outer * grid.blocks + block) * grid.inner + inner, (outer * grid.length + begin) * grid.inner + inner,
            grid.inner, count);
      }
}

float value_of(const Unpacked& element, const Unpacked& scale) {
  detail::Context context;
  Unpacked value = element;
  if (scale.kind == Kind::nan || (scale.is_zero() && element.kind == Kind::infinity)) value.kind = Kind::nan;
  value.negative = element.negative != scale.negative;
  value.exponent += scale.exponent;
  value.significand *= scale.significand;
  return from_code<float>(static_cast<std::uint32_t>(round_number(detail::codes_of<binary32>, value, context)));
}

}  // namespace

BlockArray quantize_ref(std::span<const float> x, const std::vector<std::int64_t>& shape, int axis,
                        const BlockFormat& format, const Arithmetic& how, std::optional<float> tensor_scale) {
  BlockGrid grid;
  BlockArray result = detail::unfilled_block_array("quantize_ref", x, shape, axis, format, how, tensor_scale, grid);
  const BlockScaling scaling(format, result.tensor_scale);
  for_each_block(grid, [&](std::int64_t at, std::int64_t first, std::int64_t stride, std::int64_t count) {
    std::uint32_t amax = 0;
    for (std::int64_t i = 0; i < count; ++i)
      amax = std::max(amax, detail::magnitude_bits(x[static_cast<std::size_t>(first + i * stride)], how.inputs));
    const std::uint8_t code = scaling.scale_of(amax);
    const Unpacked scale = scaling.value_of(code);
    result.scales[static_cast<std::size_t>(at)] = code;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(first + i * stride);
      result.codes[index] = detail::block_element(scaling, scale, x[index], how, index);
    }
  });
  return result;
}

void dequantize_ref(const BlockArray& x, std::span<float> out) {
  const BlockGrid grid = detail::checked_grid("dequantize_ref", x, out.size());
  const BlockScaling scaling(x.format, x.tensor_scale);
  const detail::Codes& f = scaling.element();
  for_each_block(grid, [&](std::int64_t at, std::int64_t first, std::int64_t stride, std::int64_t count) {
    const Unpacked scale = scaling.value_of(x.scales[static_cast<std::size_t>(at)]);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto index = static_cast<std::size_t>(first + i * stride);
      out[index] = value_of(unpack(f, x.codes[index] & (f.sign | f.magnitude)), scale);
    }
  });
}

}  // namespace halfway
