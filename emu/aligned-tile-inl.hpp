// One tile of D under an aligned model, block after block. Of each block first the largest exponents, then the
// products, cut there and added as integers.
#if defined(HALFWAY_EMU_ALIGNED_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_ALIGNED_TILE_INL_H_
#undef HALFWAY_EMU_ALIGNED_TILE_INL_H_
#else
#define HALFWAY_EMU_ALIGNED_TILE_INL_H_
#endif

#include <algorithm>
#include <cstdint>
#include <limits>

#include <hwy/highway.h>

#include "emu/aligned-finish-inl.hpp"
#include "emu/aligned-repair-inl.hpp"
#include "emu/aligned_rule.hpp"
#include "emu/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
/// The exponent of an element of A in all lanes.
template <class DX>
HWY_INLINE hn::Vec<DX> BroadcastExponent(DX dx, std::int32_t parts) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(dx, static_cast<hn::TFromD<DX>>(parts));
#else
  return hn::BitCast(dx, hn::Set(hn::Repartition<std::int32_t, DX>(), parts));
#endif
}

/// Part kPart of kParts of a vector, widened to int32 lanes.
template <std::int64_t kParts, std::int64_t kPart, class DX>
HWY_INLINE hn::Vec<hn::ScalableTag<std::int32_t>> WidenPart([[maybe_unused]] DX dx, hn::Vec<DX> v) {
#if HWY_TARGET == HWY_SCALAR
  static_assert(kParts == 1 && kPart == 0);
  return hn::PromoteTo(hn::ScalableTag<std::int32_t>(), v);
#else
  if constexpr (kParts == 1) {
    return hn::PromoteTo(hn::ScalableTag<std::int32_t>(), v);
  } else {
    const hn::Half<DX> half;
    constexpr std::int64_t parts = kParts / 2;
    if constexpr (kPart < parts)
      return WidenPart<parts, kPart>(half, hn::LowerHalf(half, v));
    else
      return WidenPart<parts, kPart - parts>(half, hn::UpperHalf(half, v));
  }
#endif
}

/// What terms add up to once they are aligned: integers, and the scales by which they were cut (2^(fraction_bits −
/// exponent), as bits), −1 where that may be wrong.
template <class X>
struct AlignedSums {
  using V = hn::Vec<hn::ScalableTag<std::int32_t>>;
  V scales[AlignedShape<X>::rows][AlignedShape<X>::vectors], totals[AlignedShape<X>::rows][AlignedShape<X>::vectors];
};

template <class X, class F>
HWY_INLINE void ForTile(F f) {
  Unroll<AlignedShape<X>::rows>([&](auto r)
                                    HWY_ATTR { Unroll<AlignedShape<X>::vectors>([&](auto v) HWY_ATTR { f(r, v); }); });
}

/// 2^(127 + fraction_bits), as bits: the scale of exponent −127.
inline std::int32_t TopScale(const AlignedRule& rule) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(254 + rule.fraction_bits) << 23);
}

/// `count` terms, each kStep-th one, aligned and added; with c, where that does not come late.
template <class X, AlignedFinish kFinish, std::int64_t kStep>
HWY_INLINE void AddAligned(const AlignedRule& rule, const AlignedPanels<X>& terms, std::int64_t count,
                           const float* HWY_RESTRICT old_sums, AlignedSums<X>& sums) {
  using Shape = AlignedShape<X>;
  constexpr std::int64_t lanes = Shape::lanes, rows = Shape::rows, vectors = Shape::vectors;
  constexpr std::int64_t exponent_vectors = Shape::exponent_vectors, exponent_lanes = Shape::cols / exponent_vectors;
  constexpr std::int64_t b_stride = kStep * Shape::cols;
  constexpr bool late = kFinish == AlignedFinish::late || kFinish == AlignedFinish::late_parity;
  const std::int64_t a_stride = kStep * terms.step_stride;
  const hn::ScalableTag<X> dx;
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<std::int32_t> di;
  auto& scales = sums.scales;
  auto& totals = sums.totals;

  hn::Vec<decltype(dx)> largest[rows][exponent_vectors];
  Unroll<rows>([&](auto r) HWY_ATTR {
    Unroll<exponent_vectors>([&](auto v) HWY_ATTR { largest[r][v] = hn::Set(dx, std::numeric_limits<X>::min()); });
  });
  for (std::int64_t k = 0; k < count; ++k) {
    hn::Vec<decltype(dx)> b[exponent_vectors];
    Unroll<exponent_vectors>(
        [&](auto v) HWY_ATTR { b[v] = hn::LoadU(dx, terms.b_exponents + k * b_stride + v * exponent_lanes); });
    Unroll<rows>([&](auto r) HWY_ATTR {
      const auto a = BroadcastExponent(dx, terms.a_exponents[r * terms.row_stride + k * a_stride]);
      Unroll<exponent_vectors>([&](auto v)
                                   HWY_ATTR { largest[r][v] = hn::Max(largest[r][v], hn::SaturatedAdd(a, b[v])); });
    });
  }

  const auto top = hn::Set(di, TopScale(rule)), exponent_bits = hn::Set(di, 255 << 23), bias = hn::Set(di, 127 << 23);
  const auto x = [&](int value) HWY_ATTR { return hn::Set(dx, static_cast<X>(value)); };
  Unroll<rows>([&](auto r) HWY_ATTR {
    Unroll<exponent_vectors>([&](auto v) HWY_ATTR {
      auto e = largest[r][v];
      e = hn::IfThenElse(hn::Lt(e, x(rule.least)), x(rule.low), e);
      e = hn::IfThenElse(hn::Gt(e, x(rule.most)), x(rule.high), e);
      largest[r][v] = hn::Max(e, x(rule.floor));
    });
  });
  ForTile<X>([&](auto r, auto v) HWY_ATTR {
    constexpr std::int64_t parts = vectors / exponent_vectors;
    auto exponent = WidenPart<parts, v % parts>(dx, largest[r][v / parts]);
    exponent = hn::Add(hn::ShiftLeft<23>(exponent), bias);
    const auto c = hn::LoadU(d, old_sums + (r * vectors + v) * lanes);
    auto c_exponent = hn::And(hn::BitCast(di, c), exponent_bits);
    if constexpr (late) {  // c waits; it must be finite
      scales[r][v] = hn::Sub(top, exponent);
      scales[r][v] = hn::IfThenElse(hn::Eq(c_exponent, exponent_bits), hn::Set(di, -1), scales[r][v]);
      totals[r][v] = hn::Zero(di);
    } else {
      if constexpr (kFinish ==
                    AlignedFinish::to_float16) {  // a subnormal c has the exponent of the smallest normal one
        const auto smallest = hn::Max(c_exponent, hn::Set(di, (127 - 14) << 23));
        c_exponent = hn::IfThenZeroElse(hn::Eq(c_exponent, hn::Zero(di)), smallest);
      }
      scales[r][v] = hn::Sub(top, hn::Max(exponent, c_exponent));
      totals[r][v] = TruncateToInt(d, hn::Mul(c, hn::BitCast(d, scales[r][v])));
    }
  });

  for (std::int64_t k = 0;;) {
    for (const std::int64_t end = std::min<std::int64_t>(k + rule.safe_terms, count); k < end; ++k) {
      hn::Vec<decltype(d)> b[vectors];
      Unroll<vectors>([&](auto v) HWY_ATTR { b[v] = hn::LoadU(d, terms.b + k * b_stride + v * lanes); });
      Unroll<rows>([&](auto r) HWY_ATTR {
        const auto a = hn::Set(d, terms.a[r * terms.row_stride + k * a_stride]);
        Unroll<vectors>([&](auto v) HWY_ATTR {
          const auto term = hn::Mul(hn::Mul(a, b[v]), hn::BitCast(d, scales[r][v]));
          totals[r][v] = hn::Add(totals[r][v], TruncateToInt(d, term));
        });
      });
    }
    if (k == count) break;
    // A sum outside [−2^30, 2^30) might overflow further on: all bits of its scale are set.
    ForTile<X>([&](auto r, auto v) HWY_ATTR {
      const auto outside = hn::BroadcastSignBit(hn::Add(totals[r][v], hn::Set(di, 1 << 30)));
      scales[r][v] = hn::Or(scales[r][v], outside);
    });
  }
}

/// The same of even and odd terms apart; their two sums, rounded down at the larger exponent's last place, added.
template <class X>
HWY_INLINE void AddByParity(const AlignedRule& rule, const AlignedPanels<X>& terms, std::int64_t count,
                            const float* HWY_RESTRICT old_sums, AlignedSums<X>& sums) {
  using Shape = AlignedShape<X>;
  const hn::ScalableTag<std::int32_t> di;
  HWY_ALIGN std::int32_t scales[Shape::size], totals[Shape::size];
  AddAligned<X, AlignedFinish::late_parity, 2>(rule, terms, (count + 1) / 2, old_sums, sums);
  ForTile<X>([&](auto r, auto v) HWY_ATTR {
    hn::Store(sums.scales[r][v], di, scales + (r * Shape::vectors + v) * Shape::lanes);
    hn::Store(sums.totals[r][v], di, totals + (r * Shape::vectors + v) * Shape::lanes);
  });
  AddAligned<X, AlignedFinish::late_parity, 2>(rule, terms.from(1), count / 2, old_sums, sums);
  ForTile<X>([&](auto r, auto v) HWY_ATTR {
    const auto even = hn::Load(di, scales + (r * Shape::vectors + v) * Shape::lanes), odd = sums.scales[r][v];
    const auto scale = hn::Min(even, odd);
    const auto rounded_down = [&](auto total, auto old_scale) HWY_ATTR {
      return hn::Shr(total, hn::Min(hn::ShiftRight<23>(hn::Sub(old_scale, scale)), hn::Set(di, 31)));
    };
    const auto e = rounded_down(hn::Load(di, totals + (r * Shape::vectors + v) * Shape::lanes), even);
    const auto o = rounded_down(sums.totals[r][v], odd), sum = hn::Add(e, o);
    const auto overflow = hn::BroadcastSignBit(hn::And(hn::Xor(e, sum), hn::Xor(o, sum)));
    sums.totals[r][v] = sum, sums.scales[r][v] = hn::Or(scale, overflow);
  });
}

/// One block: `count` terms, added to old_sums as the model says.
template <class X, AlignedFinish kFinish>
HWY_INLINE void AddBlock(const emu::DotModel& model, const AlignedRule& rule,
                         const LateAddend<kFinish == AlignedFinish::late_parity>& late_addend,
                         const AlignedPanels<X>& terms, std::int64_t count, const float* HWY_RESTRICT old_sums,
                         float* HWY_RESTRICT sums) {
  using Shape = AlignedShape<X>;
  constexpr std::int64_t lanes = Shape::lanes, vectors = Shape::vectors;
  constexpr bool by_parity = kFinish == AlignedFinish::late_parity, late = by_parity || kFinish == AlignedFinish::late;
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<std::int32_t> di;
  const hn::ScalableTag<std::uint32_t> du;
  AlignedSums<X> block;
  if constexpr (by_parity)
    AddByParity(rule, terms, count, old_sums, block);
  else
    AddAligned<X, kFinish, 1>(rule, terms, count, old_sums, block);

  const auto first = static_cast<std::uint32_t>(254 + rule.fraction_bits - (rule.high - 1 + 127)) << 23;
  const auto range = static_cast<std::uint32_t>(rule.high - rule.low - 2) << 23;
  auto worst = hn::Zero(du);
  ForTile<X>([&](auto r, auto v) HWY_ATTR {
    const std::int64_t at = (r * vectors + v) * lanes;
    const auto scale = block.scales[r][v];
    if constexpr (late) {
      const auto exponent = hn::Sub(hn::Set(di, TopScale(rule)), scale);
      hn::StoreU(late_addend(d, block.totals[r][v], exponent, hn::LoadU(d, old_sums + at)), d, sums + at);
    } else {
      const auto unit = hn::BitCast(d, hn::Sub(hn::Set(di, 254 << 23), scale));
      hn::StoreU(RoundedSum<kFinish>(d, block.totals[r][v], unit, rule), d, sums + at);
    }
    worst = hn::Max(worst, hn::Sub(hn::BitCast(du, scale), hn::Set(du, first)));
  });
  if (HWY_LIKELY(hn::AllFalse(du, hn::Gt(worst, hn::Set(du, range))))) return;
  HWY_ALIGN std::uint32_t stored[Shape::size];
  ForTile<X>([&](auto r, auto v)
                 HWY_ATTR { hn::StoreU(hn::BitCast(du, block.scales[r][v]), du, stored + (r * vectors + v) * lanes); });
  RepairBlock(model, rule, terms, count, stored, first, range, old_sums, sums);
}

/// D's tile over `steps` terms of k, of which `done` came before: `tile` holds the sum so far, of the segment that is
/// being summed, and behind it that of the segments before, if the model has segments.
template <class X, AlignedFinish kFinish>
HWY_NOINLINE void AlignedTile(const emu::detail::MatmulPlan& plan, const AlignedRule& rule,
                              const AlignedPanels<X>& terms, std::int64_t done, std::int64_t steps, float* tile) {
  constexpr std::int64_t size = AlignedShape<X>::size;
  const hn::ScalableTag<float> d;
  const LateAddend<kFinish == AlignedFinish::late_parity> late_addend(rule);
  HWY_ALIGN float scratch[size];
  float *sums = scratch, *old_sums = tile, *const before = tile + size;
  for (std::int64_t step = 0; step < steps; step += rule.instruction) {
    const std::int64_t n = std::min<std::int64_t>(rule.instruction, steps - step);
    for (std::int64_t first = 0, at = step; first < rule.instruction; first += rule.block) {
      const std::int64_t count = rule.terms_in(first, n);
      AddBlock<X, kFinish>(*plan.model, rule, late_addend, terms.from(at), count, old_sums, sums);
      std::swap(old_sums, sums);
      at += count;
    }
    const std::int64_t end = done + step + n;
    if (rule.segment == 0 || (end % rule.segment != 0 && end != plan.steps())) continue;
    for (std::int64_t i = 0; i < size; i += hn::MaxLanes(d)) {
      auto sum = hn::Add(hn::LoadU(d, before + i), hn::LoadU(d, old_sums + i));
      if (plan.model->output() == binary16) sum = NearestFloat16(d, sum);
      hn::StoreU(sum, d, before + i), hn::StoreU(hn::Zero(d), d, old_sums + i);
    }
  }
  if (old_sums != tile) std::copy_n(old_sums, size, tile);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_ALIGNED_TILE_INL_H_
