// Block formats: numbers of a small format that share a scale, block by block. MXFP8, MXFP6 and MXFP4 (OCP Microscaling
// Formats 1.0) and NVFP4 are lines of data here; so is any other element, scale, size and rule.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"

namespace halfway {

/// How the scale of a block follows from amax, its largest magnitude; emax and max are the exponent and the value of
/// the element format's largest number. `floor` is OCP's (MX 1.0, section 6.3), the names are torchao's.
enum class ScaleRule : std::uint8_t {
  floor,   ///< 2^(⌊log2 amax⌋ − emax): the largest elements may saturate
  ceil,    ///< 2^(⌈log2 amax⌉ − emax): none does
  even,    ///< 2^(⌊log2 r⌋ − emax), r = amax rounded to the element's precision, ties away
  rceil,   ///< amax / max, rounded up to the scale's format: the smallest scale with which none saturates
  nearest  ///< amax / max, rounded to nearest, ties to even
};
inline constexpr std::array<std::string_view, 5> scale_rule_names{"floor", "ceil", "even", "rceil", "nearest"};
constexpr std::string_view name(ScaleRule rule) { return scale_rule_names[static_cast<std::size_t>(rule)]; }

/// One block format. An element stands for element · block scale (· tensor scale).
struct BlockFormat {
  FloatFormat element;
  FloatFormat scale = e8m0fnu;  ///< of a block
  int size = 32;                ///< elements in a block
  ScaleRule rule = ScaleRule::floor;
  bool has_tensor_scale = false;  ///< a second level: one float32 scale for the whole array

  friend constexpr bool operator==(const BlockFormat&, const BlockFormat&) = default;
};

inline constexpr BlockFormat mxfp8_e4m3{e4m3fn};
inline constexpr BlockFormat mxfp8_e5m2{e5m2};
inline constexpr BlockFormat mxfp6_e2m3{e2m3fn};
inline constexpr BlockFormat mxfp6_e3m2{e3m2fn};
inline constexpr BlockFormat mxfp4{e2m1fn};
inline constexpr BlockFormat nvfp4{e2m1fn, e4m3fn, 16, ScaleRule::nearest, true};

struct NamedBlockFormat {
  std::string_view name;
  BlockFormat format;
};
inline constexpr std::array<NamedBlockFormat, 6> named_block_formats{{{"mxfp8_e4m3", mxfp8_e4m3},
                                                                      {"mxfp8_e5m2", mxfp8_e5m2},
                                                                      {"mxfp6_e2m3", mxfp6_e2m3},
                                                                      {"mxfp6_e3m2", mxfp6_e3m2},
                                                                      {"mxfp4", mxfp4},
                                                                      {"nvfp4", nvfp4}}};
/// The name of a block format, whatever its scale rule, or "custom".
constexpr std::string_view name(BlockFormat f) {
  for (const NamedBlockFormat& each : named_block_formats) {
    f.rule = each.format.rule;
    if (each.format == f) return each.name;
  }
  return "custom";
}
/// The block format of that name, or nothing.
constexpr std::optional<BlockFormat> find_block_format(std::string_view text) {
  for (const NamedBlockFormat& each : named_block_formats)
    if (each.name == text) return each.format;
  return std::nullopt;
}

/// Whether the library computes with it: a signed element format with zeros, of at most 8 bits; a scale format of at
/// most 8 bits with NaN (an infinite scale counts as NaN); blocks of 1 to 65536. The rules that give powers of two take
/// no tensor scale.
constexpr bool is_supported(const BlockFormat& f) {
  const auto byte = [](const FloatFormat& each) { return is_supported(each) && each.bits() <= 8; };
  const bool power_of_two = f.rule == ScaleRule::floor || f.rule == ScaleRule::ceil || f.rule == ScaleRule::even;
  return byte(f.element) && f.element.is_signed && f.element.has_zero && byte(f.scale) && f.scale.has_nan() &&
         f.size >= 1 && f.size <= 65536 && !(power_of_two && f.has_tensor_scale);
}

/// An array of numbers in a block format, row-major. Blocks lie along one axis; the last block of an axis is short if
/// the axis is no multiple of their size. The scales form an array of the same shape, but for that axis, which has one
/// for each block.
struct BlockArray {
  BlockFormat format;
  std::vector<std::int64_t> shape;
  int axis;                          ///< from 0
  std::vector<std::uint8_t> codes;   ///< of elements, one a byte
  std::vector<std::uint8_t> scales;  ///< their codes
  float tensor_scale = 1;            ///< where the format has one
};

/// Elements beyond the format's largest saturate, as OCP demands of MX.
inline constexpr Arithmetic saturating{.overflow = Overflow::saturate};

/// The float32 numbers `x` of a row-major array of that shape, in a block format. A negative axis counts from the end.
///
/// Tensor scale t (where there is one, and none is given): amax of all finite numbers / (max · largest block scale),
/// rounded to float32, ties to even; at least 2^−126; 1 if all are zero. Block scale s: by the rule, of amax / t; amax
/// / (max·t) is computed exactly and rounded once; beyond the scale's format the largest or smallest one; of a block of
/// zeros code 0 (2^−127 in E8M0). Elements: x / (s·t), computed exactly and rounded once under `how`, element i of the
/// array with random_bits_of(how, i); if s is 0, zeros of the sign of x. Subnormal numbers that `how` flushes on input
/// are zeros for amax too. A block that holds an infinity or a NaN has the scale NaN, which makes all of it NaN,
/// and as elements what NaN becomes in their format.
///
/// ShapeError if `shape` does not hold as many numbers as there are or has no such axis; ValueError for a format or a
/// number of random bits that is not supported, or a tensor scale that is not a normal positive number. Cost: one to
/// three nanoseconds an element (tens for NVFP4 with more than 20 random bits); OpenMP above
/// execution::threading_threshold(); the same bits for every thread count and target.
BlockArray quantize(std::span<const float> x, const std::vector<std::int64_t>& shape, int axis,
                    const BlockFormat& format, const Arithmetic& how = saturating,
                    std::optional<float> tensor_scale = {});

/// Their values: element · s · t, computed exactly and rounded once to float32, ties to even (what is beyond float32,
/// as 6·2^127 in MXFP4, is an infinity). `out` has as many elements as `x` (ShapeError); ValueError if codes and scales
/// are not as many as format, shape and axis say.
void dequantize(const BlockArray& x, std::span<float> out);

/// Both, in place: the numbers that the block format makes of `x`.
void quantize_dequantize(std::span<float> x, const std::vector<std::int64_t>& shape, int axis,
                         const BlockFormat& format, const Arithmetic& how = saturating,
                         std::optional<float> tensor_scale = {});

/// The definitions: one scalar after the other, in integers.
BlockArray quantize_ref(std::span<const float> x, const std::vector<std::int64_t>& shape, int axis,
                        const BlockFormat& format, const Arithmetic& how = saturating,
                        std::optional<float> tensor_scale = {});
void dequantize_ref(const BlockArray& x, std::span<float> out);

/// Codes of `bits` bits (1 to 8), one a byte, as a stream of bits, lowest first: of 4-bit codes the first is the lower
/// half of a byte (as CUDA, CUTLASS and torchao pack them), four 6-bit codes take three bytes. The last byte is filled
/// with zeros. ValueError if a code has more bits.
std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, int bits);
/// The first `count` codes of such a stream; ShapeError unless it has just the bytes for them.
std::vector<std::uint8_t> unpack_codes(std::span<const std::uint8_t> packed, int bits, std::int64_t count);

}  // namespace halfway
