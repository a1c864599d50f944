// Values of block formats, by tables; block_ref.cpp is the definition.
#include <algorithm>
#include <array>

#include "formats/block.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway {

namespace {

using detail::BlockGrid;

/// A code's number, exactly.
std::array<double, 256> numbers_of(const detail::Codes& f) {
  std::array<double, 256> numbers{};
  for (std::uint64_t code = 0; code < 256; ++code)
    numbers[code] =
        std::bit_cast<double>(detail::round_number<binary64>(detail::unpack(f, code & (f.sign | f.magnitude))));
  return numbers;
}

/// The product of an element and its scale has at most 40 bits: exact, hence rounded once. A NaN is the canonical one.
float rounded_product(double element, double scale) {
  const auto value = static_cast<float>(element * scale);
  return value == value ? value : std::bit_cast<float>(std::uint32_t{0x7FC00000});
}

}  // namespace

void dequantize(const BlockArray& x, std::span<float> out) {
  const BlockGrid grid = detail::checked_grid("dequantize", x, out.size());
  const detail::BlockScaling scaling(x.format, x.tensor_scale);
  const std::array<double, 256> elements = numbers_of(scaling.element());
  std::array<double, 256> scales{};
  for (std::size_t code = 0; code < 256; ++code) scales[code] = scaling.number_of(static_cast<std::uint8_t>(code));
  // A row is what lies side by side: a line along the last axis, the `inner` elements of one place along another.
  const bool along_last = grid.inner == 1;
  const std::int64_t rows = along_last ? grid.outer : grid.outer * grid.length;
  const std::int64_t width = along_last ? grid.length : grid.inner;
  if (grid.elements() == 0) return;
  detail::parallel_for(rows, 1, grid.elements(), Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::uint8_t* codes = x.codes.data() + row * width;
      float* values = out.data() + row * width;
      if (along_last) {
        const std::uint8_t* scale_codes = x.scales.data() + row * grid.blocks;
        for (std::int64_t first = 0; first < width; first += grid.size) {
          const double scale = scales[*scale_codes++];
          const std::int64_t last = std::min(first + grid.size, width);
          for (std::int64_t i = first; i < last; ++i) values[i] = rounded_product(elements[codes[i]], scale);
        }
      } else {
        const std::int64_t block = row / grid.length * grid.blocks + row % grid.length / grid.size;
        const std::uint8_t* scale_codes = x.scales.data() + block * grid.inner;
        for (std::int64_t i = 0; i < width; ++i)
          values[i] = rounded_product(elements[codes[i]], scales[scale_codes[i]]);
      }
    }
  });
}

void quantize_dequantize(std::span<float> x, const std::vector<std::int64_t>& shape, int axis,
                         const BlockFormat& format, const Arithmetic& how, std::optional<float> tensor_scale) {
  dequantize(quantize(x, shape, axis, format, how, tensor_scale), x);
}

}  // namespace halfway
