// Packing for a tile unit: elements of any dtype and any strides become tiles of bfloat16 pairs.
#if defined(HALFWAY_EMU_TILE_UNIT_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_TILE_UNIT_PACK_INL_H_
#undef HALFWAY_EMU_TILE_UNIT_PACK_INL_H_
#else
#define HALFWAY_EMU_TILE_UNIT_PACK_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "emu/pack-inl.hpp"
#include "emu/tile_unit.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::TileUnit;

/// Two tiles wide: what a panel holds of an operand, and as many steps of k.
inline constexpr std::int64_t kPanelLines = 2 * TileUnit::lines;

/// What a tile's lines are: lines of the operand, each of 16 pairs of steps (A), or pairs, each of 16 lines (B).
enum class TileOrder { lines_first, pairs_first };

/// `whole` neighbours from `from` as bfloat16, zeros from number `count` on; in place where they stand so already. What
/// is bfloat16 stays as it is, NaN and subnormals, which the unit makes quiet and flushes.
template <class T>
HWY_INLINE const bfloat16* Codes(const Operand<T>& x, const T* from, std::int64_t stride, std::int64_t count,
                                 std::int64_t whole, bfloat16* scratch) {
  T gathered[kPanelLines];
  if (stride != 1) {
    for (std::int64_t i = 0; i < count; ++i) gathered[i] = from[i * stride];
    from = gathered;
  }
  if constexpr (std::is_same_v<T, bfloat16>) {
    if (stride == 1 && count == whole) return from;
    std::copy_n(from, count, scratch);
  } else {
    ForVectors(hn::ScalableTag<float>(), 0, count,
               [&](auto part, std::int64_t i) HWY_ATTR { StoreRounded(part, x.Load(part, from + i), scratch + i); });
  }
  std::fill(scratch + count, scratch + whole, bfloat16());
  return scratch;
}

/// Pairs of even[i] and odd[i], `count` of them, a multiple of 16.
HWY_INLINE void Interleave(const bfloat16* even, const bfloat16* odd, std::int64_t count,
                           std::uint32_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::uint32_t, TileUnit::lines> d;
  const hn::Rebind<std::uint16_t, decltype(d)> half;
  const auto widen = [&](const bfloat16* p) HWY_ATTR {
    return hn::PromoteTo(d, hn::LoadU(half, reinterpret_cast<const std::uint16_t*>(p)));
  };
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d)))
    hn::StoreU(hn::Or(widen(even + i), hn::ShiftLeft<16>(widen(odd + i))), d, out + i);
}

/// A tile of 16 by 16 pairs, its lines and columns exchanged.
HWY_INLINE void TransposeTile(const std::uint32_t* HWY_RESTRICT from, std::uint32_t* HWY_RESTRICT to) {
  constexpr std::int64_t side = TileUnit::lines;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<std::uint32_t, 4> d;
  for (std::int64_t row = 0; row < side; row += 4)
    for (std::int64_t col = 0; col < side; col += 4) {
      const std::uint32_t* const p = from + row * side + col;
      StoreTransposed(d, hn::LoadU(d, p), hn::LoadU(d, p + side), hn::LoadU(d, p + 2 * side),
                      hn::LoadU(d, p + 3 * side), to + col * side + row, side);
    }
#else
  for (std::int64_t row = 0; row < side; ++row)
    for (std::int64_t col = 0; col < side; ++col) to[col * side + row] = from[row * side + col];
#endif
}

/// The part of an operand that becomes tiles: at most 32 lines and 32 steps.
struct PackedPart {
  std::int64_t line, lines, step, steps;
  std::int64_t tiles;  ///< one for each 16 lines
};

/// Tiles one after the other, zeros where there is no line or no step.
template <TileOrder kOrder, class T>
HWY_NOINLINE void PackTiles(const Operand<T>& x, const PackedPart& part, bfloat16* HWY_RESTRICT out) {
  constexpr std::int64_t side = TileUnit::lines, pairs = side * side, ahead = 4 * kPanelLines;  // of a step
  HWY_ALIGN std::uint32_t other[2 * pairs];
  HWY_ALIGN bfloat16 even[kPanelLines], odd[kPanelLines];
  const bool along_lines = x.line_stride == 1;
  const bool transposes = along_lines == (kOrder == TileOrder::lines_first);
  auto* const to = transposes ? other : reinterpret_cast<std::uint32_t*>(out);
  const T* const from = x.data + part.line * x.line_stride + part.step * x.step_stride;
  if (along_lines) {  // a pair of steps after the other: [tile][pair][line]
    const auto step = [&](std::int64_t k, bfloat16* scratch) HWY_ATTR {
      const T* const p = from + k * x.step_stride;
      hwy::Prefetch(part.line + ahead < x.lines ? p + ahead : p);
      return Codes(x, p, 1, k < part.steps ? part.lines : 0, part.tiles * side, scratch);
    };
    for (std::int64_t pair = 0; pair < side; ++pair) {
      const bfloat16 *const first = step(2 * pair, even), *const second = step(2 * pair + 1, odd);
      for (std::int64_t tile = 0; tile < part.tiles; ++tile)
        Interleave(first + tile * side, second + tile * side, side, to + tile * pairs + pair * side);
    }
  } else {  // a line after the other: [tile][line][pair]
    for (std::int64_t line = 0; line < part.tiles * side; ++line) {
      const T* const p = from + line * x.line_stride;
      const std::int64_t count = line < part.lines ? part.steps : 0;
      std::memcpy(to + line * side, Codes(x, p, x.step_stride, count, TileUnit::steps, even),
                  TileUnit::steps * sizeof(bfloat16));
    }
  }
  if (transposes)
    for (std::int64_t tile = 0; tile < part.tiles; ++tile)
      TransposeTile(other + tile * pairs, reinterpret_cast<std::uint32_t*>(out) + tile * pairs);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_TILE_UNIT_PACK_INL_H_
