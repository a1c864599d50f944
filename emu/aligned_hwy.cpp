// Tensor cores and CDNA3 in lanes: the kernels of Summation::aligned for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/aligned_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include <algorithm>

#include "emu/aligned-pack-inl.hpp"
#include "emu/aligned-tile-inl.hpp"
#include "emu/aligned_rule.hpp"
#include "emu/output-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::MatmulKernels;

template <class X>
using AlignedTileFunction = void (*)(const MatmulPlan&, const AlignedRule&, const AlignedPanels<X>&, std::int64_t,
                                     std::int64_t, float*);
template <class X>
AlignedTileFunction<X> ChooseAlignedTile(AlignedFinish finish) {
  switch (finish) {
    case AlignedFinish::toward_zero: return &AlignedTile<X, AlignedFinish::toward_zero>;
    case AlignedFinish::to_nearest: return &AlignedTile<X, AlignedFinish::to_nearest>;
    case AlignedFinish::narrow_toward_zero: return &AlignedTile<X, AlignedFinish::narrow_toward_zero>;
    case AlignedFinish::narrow_to_nearest: return &AlignedTile<X, AlignedFinish::narrow_to_nearest>;
    case AlignedFinish::to_float16: return &AlignedTile<X, AlignedFinish::to_float16>;
    case AlignedFinish::late_parity: return &AlignedTile<X, AlignedFinish::late_parity>;
    case AlignedFinish::late: break;
  }
  return &AlignedTile<X, AlignedFinish::late>;
}

/// D's row panels [begin, end) in the column panels [first_panel, end_panel). `workspace` holds block_panels packed
/// panels of A and then a tile or, where k has several blocks, one for each row and column panel.
template <class X>
void MultiplyAligned(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
                     std::int64_t end_panel, void* workspace) {
  using Shape = AlignedShape<X>;
  const AlignedRule rule = *emu::detail::aligned_rule(plan);
  const AlignedTileFunction<X> compute = ChooseAlignedTile<X>(rule.finish);
  const std::int64_t panel_floats = AlignedPanelOfA(rule).bytes() / static_cast<std::int64_t>(sizeof(float));
  const bool one_block = plan.steps() <= plan.block_steps;
  constexpr std::int64_t tile_floats = 2 * Shape::size;
  float* const packed_a = static_cast<float*>(workspace);
  float* const tiles = packed_a + plan.block_panels * panel_floats;
  // The sum of the first pass is taken as it is, also where that is −0; an instruction's is added to c or +0.
  const float before_all = plan.model->addend == emu::Addend::last ? 0.0F : -0.0F;
  std::array<AlignedPanels<X>, emu::detail::kMaxBlockRows> a;

  const std::int64_t blocks = emu::detail::divide_up(end - begin, plan.block_panels);
  for (std::int64_t block = 0; block < blocks; ++block) {  // of equal sizes, or one panel apart
    const std::int64_t first = begin + (end - begin) * block / blocks;
    const std::int64_t panels = begin + (end - begin) * (block + 1) / blocks - first;
    const std::int64_t first_row = first * Shape::rows;
    const std::int64_t rows = std::min(panels * Shape::rows, plan.a.rows - first_row);
    for (std::int64_t step = 0; step < plan.steps(); step += plan.block_steps) {
      const std::int64_t steps = std::min(plan.block_steps, plan.steps() - step);
      for (std::int64_t i = 0; i < panels; ++i)
        a[static_cast<std::size_t>(i)] =
            PackAlignedA<X>(plan, rule, first_row + i * Shape::rows, std::min(Shape::rows, rows - i * Shape::rows),
                            step, steps, packed_a + i * panel_floats);
      float* tile = tiles;
      for (std::int64_t j = first_panel; j < end_panel; ++j) {
        const AlignedPanelOfB<X> b(plan, j);
        for (std::int64_t i = 0; i < panels; ++i, tile += one_block ? 0 : tile_floats) {
          const TilePlace place{first_row + i * Shape::rows, std::min(Shape::rows, rows - i * Shape::rows),
                                plan.first_col + b.first_col, b.used, Shape::cols};
          float* const sums = rule.segment == 0 ? tile : tile + Shape::size;
          if (step == 0) {
            std::fill_n(tile, tile_floats, 0.0F);
            if (rule.segment > 0) std::fill_n(sums, Shape::size, before_all);
            if (plan.extras.c) ReadTile(plan, place, sums);
          }
          AlignedPanels<X> terms = a[static_cast<std::size_t>(i)];
          terms.b = b.numbers + step * Shape::cols, terms.b_exponents = b.exponents + step * Shape::cols;
          compute(plan, rule, terms, step, steps, tile);
          if (step + steps < plan.steps()) continue;
          WriteTile(plan, place, sums);
        }
      }
    }
  }
}

template <class X>
MatmulKernels AlignedKernels(const AlignedRule& rule) {
  using Shape = AlignedShape<X>;
  return {.shape = {.rows = Shape::rows, .cols = Shape::cols, .narrow_cols = Shape::cols},
          .b_element = AlignedPanelOfB<X>::element,
          .a_panel = AlignedPanelOfA(rule).bytes(),
          .tile = 2 * Shape::size * static_cast<std::int64_t>(sizeof(float)),
          .subnormals = Subnormals::keep,
          .pack_b = &PackAlignedB<X>,
          .multiply = &MultiplyAligned<X>};
}
MatmulKernels SmallExponentKernels(const AlignedRule& rule) { return AlignedKernels<std::int8_t>(rule); }
MatmulKernels LargeExponentKernels(const AlignedRule& rule) { return AlignedKernels<std::int16_t>(rule); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(SmallExponentKernels);
HWY_EXPORT(LargeExponentKernels);

namespace emu::detail {

std::optional<MatmulKernels> aligned_kernels(const MatmulPlan& plan) {
  const std::optional<AlignedRule> rule = aligned_rule(plan);
  if (!rule) return std::nullopt;
  return rule->small_exponents() ? HWY_DYNAMIC_DISPATCH(SmallExponentKernels)(*rule)
                                 : HWY_DYNAMIC_DISPATCH(LargeExponentKernels)(*rule);
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
