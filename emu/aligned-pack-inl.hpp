// Packing for aligned models: the numbers of a panel, and the exponents by which they are aligned.
#if defined(HALFWAY_EMU_ALIGNED_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_ALIGNED_PACK_INL_H_
#undef HALFWAY_EMU_ALIGNED_PACK_INL_H_
#else
#define HALFWAY_EMU_ALIGNED_PACK_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "emu/aligned-tile-inl.hpp"
#include "emu/aligned_rule.hpp"
#include "emu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::AlignedOperand;
using emu::detail::MatmulPlan;
using emu::detail::ScaleExponents;

/// Elements of a packed panel of A: numbers, then exponents, each with room for what whole vectors write beyond.
struct AlignedPanelOfA {
  // Lines lie a cache line further apart than a power of two: they do not compete for the same cache sets.
  static constexpr std::int64_t spare = 16;
  static constexpr std::int64_t width = 16;  // of a step while it is packed: whole vectors

  explicit AlignedPanelOfA(const AlignedRule& rule) : line(rule.capacity + spare), size(width * line) {}
  std::int64_t bytes() const { return size * static_cast<std::int64_t>(sizeof(float) + sizeof(std::int32_t)); }

  std::int64_t line, size;
};

/// The exponents of an operand's smallest normal numbers, in int32 lanes.
struct SmallestExponents {
  SmallestExponents(const AlignedOperand& operand, const ScaleExponents* operand_scales)
      : emin(operand_scales == nullptr ? operand.emin : operand_scales->element.emin()), scales(operand_scales) {}

  /// Of neighbouring lines, at one step.
  template <class DI>
  HWY_INLINE hn::Vec<DI> Across(DI di, std::int64_t line, std::int64_t step) const {
    const auto own = hn::Set(di, emin);
    if (scales == nullptr) return own;
    const std::int16_t* const from = scales->exponents + step / scales->block * scales->lines + line;
    return hn::Add(own, hn::PromoteTo(di, hn::LoadU(hn::Rebind<std::int16_t, DI>(), from)));
  }
  /// Of one line, at the steps from `step` on.
  template <class DI>
  HWY_INLINE hn::Vec<DI> Along(DI di, std::int64_t line, std::int64_t step) const {
    if (scales == nullptr) return hn::Set(di, emin);
    return hn::Set(di, emin + scales->exponents[step / scales->block * scales->lines + line]);
  }

  int emin;  ///< of elements
  const ScaleExponents* scales;
};

/// What the unit makes of numbers, and their exponents of type X.
template <class X>
struct ExponentsOf {
  explicit ExponentsOf(const AlignedOperand& operand) : rule(operand) {}

  template <class D>
  HWY_INLINE hn::Vec<D> Number(D d, hn::Vec<D> v) const {
    const hn::RebindToSigned<D> di;
    return rule.cut ? hn::BitCast(d, hn::AndNot(hn::Set(di, 0x1FFF), hn::BitCast(di, v))) : v;
  }
  template <class D>
  HWY_INLINE hn::Vec<hn::RebindToSigned<D>> Exponent(D d, hn::Vec<D> number,
                                                     hn::Vec<hn::RebindToSigned<D>> smallest) const {
    using emu::detail::kSpecialExponent, emu::detail::kZeroExponent;
    const hn::RebindToSigned<D> di;
    const auto field = hn::And(hn::ShiftRight<23>(hn::BitCast(di, number)), hn::Set(di, 255));
    auto exponent = hn::Max(hn::Sub(field, hn::Set(di, 127)), smallest);
    exponent = hn::IfThenElse(hn::Eq(field, hn::Set(di, 255)), hn::Set(di, kSpecialExponent<X>), exponent);
    const auto is_zero = hn::RebindMask(di, hn::Eq(number, hn::Zero(d)));
    return hn::IfThenElse(is_zero, hn::Set(di, kZeroExponent<X>), exponent);
  }
  /// The exponent in each part of its lane.
  template <class D>
  HWY_INLINE hn::Vec<hn::RebindToSigned<D>> InParts(D d, hn::Vec<D> number,
                                                    hn::Vec<hn::RebindToSigned<D>> smallest) const {
    const hn::RebindToSigned<D> di;
    auto parts = hn::And(Exponent(d, number, smallest), hn::Set(di, sizeof(X) == 1 ? 0xFF : 0xFFFF));
    if constexpr (sizeof(X) == 1) parts = hn::Or(parts, hn::ShiftLeft<8>(parts));
    return hn::Or(parts, hn::ShiftLeft<16>(parts));
  }

  AlignedOperand rule;
};

/// The steps of each instruction in their order; `steps` of them, `width` elements each.
inline void OrderSteps(const AlignedRule& rule, std::int64_t steps, std::int64_t width, float* numbers) {
  if (rule.order == emu::TermOrder::natural) return;
  constexpr std::int64_t most = 64 * 64;
  HWY_ALIGN float ordered[most];
  for (std::int64_t step = 0; step < steps; step += rule.instruction) {
    const std::int64_t n = std::min<std::int64_t>(rule.instruction, steps - step);
    float* const first = numbers + step * width;
    for (std::int64_t k = 0; k < n; ++k) std::copy_n(first + k * width, width, ordered + rule.place_of(k, n) * width);
    std::copy_n(ordered, n * width, first);
  }
}

/// The panel of B that begins `panel` panels into the plan's columns: numbers [step][column], then exponents.
template <class X>
struct AlignedPanelOfB {
  static constexpr std::int64_t cols = AlignedShape<X>::cols;
  static constexpr std::int64_t element = sizeof(float) + sizeof(X);

  AlignedPanelOfB(const MatmulPlan& plan, std::int64_t panel)
      : first_col(panel * cols),
        used(std::min(cols, plan.cols - first_col)),
        numbers(reinterpret_cast<float*>(static_cast<std::byte*>(plan.packed_b) + first_col * plan.steps() * element)),
        exponents(reinterpret_cast<X*>(numbers + cols * plan.steps())) {}

  std::int64_t first_col, used;
  float* numbers;
  X* exponents;
};

/// Packs panels [begin, end) of B, some at once: neighbours in memory are read together.
template <class X>
void PackAlignedB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) {
  const AlignedRule rule = *emu::detail::aligned_rule(plan);
  const ExponentsOf<X> exponents(rule.b);
  const SmallestExponents smallest(rule.b, plan.b_scales);
  constexpr std::int64_t at_once = 4, cols = AlignedPanelOfB<X>::cols;
  constexpr auto floats = AlignedPanelOfB<X>::element * cols / static_cast<std::int64_t>(sizeof(float));  // of a step
  const hn::ScalableTag<float> d;
  const hn::Rebind<X, decltype(d)> dx;
  const hn::RebindToSigned<decltype(d)> di;
  for (std::int64_t i = begin; i < end; i += at_once) {
    const std::int64_t count = std::min(at_once, end - i);
    const std::int64_t first_col = i * cols, used = std::min(count * cols, plan.cols - first_col);
    VisitOperand<float>(plan.b, plan.b.cols, plan.b.col_stride, plan.b.row_stride, plan.b_narrowing, false,
                        [&](auto b) {
                          PackSteps(b, plan.first_col + first_col, used, 0, plan.steps(),
                                    {.lines = cols, .width = cols, .panel_stride = floats * plan.steps()},
                                    AlignedPanelOfB<X>(plan, i).numbers);
                        });
    for (std::int64_t j = i; j < i + count; ++j) {
      const AlignedPanelOfB<X> panel(plan, j);
      OrderSteps(rule, plan.steps(), cols, panel.numbers);
      for (std::int64_t step = 0; step < plan.steps(); ++step)
        for (std::int64_t col = 0; col < cols; col += hn::MaxLanes(d)) {
          float* const at = panel.numbers + step * cols + col;
          const auto number = exponents.Number(d, hn::LoadU(d, at));
          hn::StoreU(number, d, at);
          const auto exponent =
              exponents.Exponent(d, number, smallest.Across(di, plan.first_col + panel.first_col + col, step));
          hn::StoreU(hn::DemoteTo(dx, exponent), dx, panel.exponents + step * cols + col);
        }
    }
  }
}

/// Packs a panel of A: lines where its elements are neighbours along k, otherwise steps.
template <class X>
AlignedPanels<X> PackAlignedA(const MatmulPlan& plan, const AlignedRule& rule, std::int64_t first_row,
                              std::int64_t rows, std::int64_t step, std::int64_t steps, float* numbers) {
  constexpr std::int64_t all_rows = AlignedShape<X>::rows;
  const AlignedPanelOfA panel(rule);
  const hn::ScalableTag<float> d;
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  const ExponentsOf<X> exponents(rule.a);
  auto* const parts = reinterpret_cast<std::int32_t*>(numbers + panel.size);
  const hn::RebindToSigned<decltype(d)> di;
  const SmallestExponents smallest(rule.a, plan.a_scales);
  const auto finish = [&](std::int64_t from, std::int64_t to, auto least) HWY_ATTR {
    const auto number = exponents.Number(d, hn::LoadU(d, numbers + from));
    hn::StoreU(number, d, numbers + to);
    hn::StoreU(exponents.InParts(d, number, least), di, parts + to);
  };
  const bool lines = plan.a.col_stride == 1 && rule.order == emu::TermOrder::natural;
  VisitOperand<float>(plan.a, plan.a.rows, plan.a.row_stride, plan.a.col_stride, plan.a_narrowing, false, [&](auto a) {
    if (lines)
      for (std::int64_t r = 0; r < all_rows; ++r)
        PackLines<1, 1>(a, first_row + r, r < rows ? 1 : 0, step, steps, numbers + r * panel.line);
    else
      PackSteps(a, first_row, rows, step, steps,
                {.lines = all_rows, .width = AlignedPanelOfA::width, .panel_stride = 0}, numbers);
  });
  if (lines) {
    for (std::int64_t r = 0; r < all_rows; ++r)
      for (std::int64_t k = 0; k < steps; k += lanes)
        finish(r * panel.line + k, r * panel.line + k, smallest.Along(di, first_row + r, step + k));
    return {numbers, parts, panel.line, 1, nullptr, nullptr};
  }
  OrderSteps(rule, steps, AlignedPanelOfA::width, numbers);
  for (std::int64_t k = 0; k < steps; ++k)  // closer together: what a vector writes too much, the next one corrects
    for (std::int64_t r = 0; r < all_rows; r += lanes)
      finish(k * AlignedPanelOfA::width + r, k * all_rows + r, smallest.Across(di, first_row + r, step + k));
  return {numbers, parts, 1, all_rows, nullptr, nullptr};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_ALIGNED_PACK_INL_H_
