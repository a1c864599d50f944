#include "formats/block.hpp"

#include <algorithm>
#include <string>

#include "halfway/errors.hpp"
#include "halfway/formats/detail/arithmetic.hpp"
#include "halfway/formats/format_text.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway::detail {

namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t n : shape) text += (text.empty() ? "" : "x") + std::to_string(n);
  return text.empty() ? "no axes" : text;
}

void require_supported(std::string_view operation, const BlockFormat& f) {
  if (is_supported(f)) return;
  throw ValueError(operation, "received blocks of " + std::to_string(f.size) + " elements " + to_string(f.element) +
                                  " with scales " + to_string(f.scale) + " by the rule " + std::string(name(f.rule)) +
                                  (f.has_tensor_scale ? " and a tensor scale" : "") +
                                  ", which is_supported() refuses; see block_format.hpp");
}

// Quotients of 24-bit numbers by 32-bit ones, max · tensor scale or a scale of both levels, fit divide<std::uint64_t>.

/// 2^⌊log2 x⌋ ≤ x
int floor_log2(const Unpacked& x) { return x.exponent + static_cast<int>(std::bit_width(x.significand)) - 1; }

Unpacked product(const Unpacked& x, const Unpacked& y) {
  return {Kind::finite, x.negative != y.negative, x.exponent + y.exponent, x.significand * y.significand};
}

BlockGrid block_grid(std::string_view operation, const std::vector<std::int64_t>& shape, int axis,
                     const BlockFormat& format, std::size_t elements) {
  require_supported(operation, format);
  const auto rank = static_cast<int>(shape.size());
  if (axis < -rank || axis >= rank)
    throw ShapeError(operation, "received axis " + std::to_string(axis) + " of an array of shape " + text_of(shape) +
                                    "; there are axes " + std::to_string(-rank) + " to " + std::to_string(rank - 1));
  if (axis < 0) axis += rank;
  BlockGrid grid;
  const auto count = static_cast<std::int64_t>(elements);
  std::int64_t total = 1;
  for (int i = 0; i < rank && total >= 0; ++i) {
    const std::int64_t n = shape[static_cast<std::size_t>(i)];
    std::int64_t& part = i < axis ? grid.outer : i == axis ? grid.length : grid.inner;
    total = n < 0 || (n > 0 && total > std::max<std::int64_t>(count, 1) / n) ? -1 : total * n;  // −1: too many, or few
    if (total >= 0) part *= n;
  }
  if (std::ranges::find(shape, 0) != shape.end() && std::ranges::all_of(shape, [](auto n) { return n >= 0; }))
    total = 0, grid.outer = 0;
  if (total != count)
    throw ShapeError(operation, "received " + std::to_string(elements) + " elements for the shape " + text_of(shape) +
                                    "; they must be as many as the product of its axes");
  grid.size = format.size;
  grid.blocks = (grid.length + grid.size - 1) / grid.size;
  return grid;
}

/// The tensor scale of numbers of which the largest finite magnitude has these bits.
float tensor_scale_of(const BlockFormat& format, std::uint32_t amax_bits) {
  if (amax_bits == 0) return 1;
  const Codes element(format.element), scale(format.scale);
  const Unpacked largest = product(unpack(element, element.max_finite), unpack(scale, scale.max_finite));
  Context context;
  const std::uint64_t code =
      divide<std::uint64_t>(codes_of<binary32>, unpack(codes_of<binary32>, amax_bits), largest, context);
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::max(code, codes_of<binary32>.min_normal)));
}

/// The tensor scale to use: 1 where the format has none.
float checked_tensor_scale(std::string_view operation, const BlockFormat& format, std::optional<float> given,
                           std::span<const float> x, Subnormals inputs) {
  if (given) {
    const auto bits = std::bit_cast<std::uint32_t>(*given);
    if (!format.has_tensor_scale || bits < 0x00800000 || bits >= infinity_bits)
      throw ValueError(operation, std::string("received a tensor scale, ") +
                                      (format.has_tensor_scale
                                           ? "which is no normal positive number; leave it out to have it computed"
                                           : "but the format has none; leave it out"));
    return *given;
  }
  if (!format.has_tensor_scale) return 1;
  std::int32_t amax = 0;  // signed, for SSE2 has no other maximum
  for (const float each : x) {
    const auto bits = static_cast<std::int32_t>(magnitude_bits(each, inputs));
    amax = std::max(amax, bits < static_cast<std::int32_t>(infinity_bits) ? bits : 0);
  }
  return tensor_scale_of(format, static_cast<std::uint32_t>(amax));
}

}  // namespace

BlockScaling::BlockScaling(const BlockFormat& format, float tensor_scale)
    : format_(format),
      element_(format.element),
      scale_(format.scale),
      tensor_scale_(unpack(codes_of<binary32>, std::bit_cast<std::uint32_t>(tensor_scale))),
      limit_(product(unpack(element_, element_.max_finite), tensor_scale_)) {}

std::uint8_t BlockScaling::scale_of(std::uint32_t amax_bits) const {
  if (amax_bits >= infinity_bits) return static_cast<std::uint8_t>(scale_.nan);
  if (amax_bits == 0) return 0;
  const Unpacked amax = unpack(codes_of<binary32>, amax_bits);
  Context context{{.rounding = format_.rule == ScaleRule::rceil ? Rounding::toward_positive : Rounding::ties_to_even,
                   .overflow = Overflow::saturate}};
  if (format_.rule == ScaleRule::rceil || format_.rule == ScaleRule::nearest)
    return static_cast<std::uint8_t>(divide<std::uint64_t>(scale_, amax, limit_, context));
  // amax = fraction·2^⌊log2 amax⌋, its fraction in [1, 2) as an integer of 2^23 and more.
  const std::uint64_t fraction = amax.significand << (24 - std::bit_width(amax.significand));
  const std::uint64_t half_place = std::uint64_t{1} << (23 - element_.precision);
  int exponent = floor_log2(amax) - element_.emax;
  if (format_.rule == ScaleRule::ceil) exponent += (fraction & (fraction - 1)) != 0;
  if (format_.rule == ScaleRule::even) exponent += (fraction + half_place) >> 24 != 0;
  if (exponent >= scale_.emin && exponent <= scale_.emax)  // a normal number of the scale's format
    return static_cast<std::uint8_t>((static_cast<std::uint64_t>(exponent - scale_.emin) << scale_.fraction_bits) +
                                     scale_.min_normal);
  return static_cast<std::uint8_t>(round_number(scale_, {Kind::finite, false, exponent, 1}, context));
}

Unpacked BlockScaling::value_of(std::uint8_t scale) const {
  const Unpacked value = unpack(scale_, scale);
  return value.kind == Kind::finite ? product(value, tensor_scale_) : Unpacked{Kind::nan, false, 0, 0};
}

double BlockScaling::number_of(std::uint8_t scale) const {
  return std::bit_cast<double>(round_number<binary64>(value_of(scale)));
}

std::uint8_t block_element(const BlockScaling& scaling, const Unpacked& scale, float x, const Arithmetic& how,
                           std::size_t index) {
  Context context{how, is_stochastic(how.rounding) ? random_bits_of(how, index) : 0};
  const Unpacked number = unpack(codes_of<binary32>, std::bit_cast<std::uint32_t>(x), context);
  return static_cast<std::uint8_t>(scale.is_zero() ? zero(scaling.element(), number.negative, context)
                                                   : divide<std::uint64_t>(scaling.element(), number, scale, context));
}

BlockArray unfilled_block_array(std::string_view operation, std::span<const float> x,
                                const std::vector<std::int64_t>& shape, int axis, const BlockFormat& format,
                                const Arithmetic& how, std::optional<float> tensor_scale, BlockGrid& grid) {
  grid = block_grid(operation, shape, axis, format, x.size());
  if (is_stochastic(how.rounding) && (how.random_bits < 0 || how.random_bits > 32))
    throw ValueError(operation, "received " + std::to_string(how.random_bits) + " random bits; there are 0 to 32");
  BlockArray array{format, shape, axis < 0 ? axis + static_cast<int>(shape.size()) : axis,
                   {},     {},    checked_tensor_scale(operation, format, tensor_scale, x, how.inputs)};
  array.codes.resize(x.size());
  array.scales.resize(static_cast<std::size_t>(grid.scales()));
  return array;
}

BlockGrid checked_grid(std::string_view operation, const BlockArray& x, std::size_t out) {
  const BlockGrid grid = block_grid(operation, x.shape, x.axis, x.format, x.codes.size());
  if (static_cast<std::int64_t>(x.scales.size()) != grid.scales())
    throw ValueError(operation, "received " + std::to_string(x.scales.size()) + " scales; the shape " +
                                    text_of(x.shape) + " has " + std::to_string(grid.scales()) + " blocks along axis " +
                                    std::to_string(x.axis));
  if (out != x.codes.size())
    throw ShapeError(operation, "received room for " + std::to_string(out) + " numbers; the array has " +
                                    std::to_string(x.codes.size()));
  return grid;
}

}  // namespace halfway::detail
