// Products by a tile unit for each target: packed tiles of A and B, sums two by two tiles at a time, the way to D.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/tile_unit_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "emu/output-inl.hpp"
#include "emu/tile_unit_pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::MatmulKernels;
using emu::detail::MatmulPlan;

/// Column panels whose sums stay in the level-2 cache, with those of a block of rows, from block to block of k.
inline constexpr std::int64_t kPanelsAtOnce = 16;

constexpr std::int64_t TilesFor(std::int64_t lines) { return lines > TileUnit::lines ? 2 : 1; }

/// The packed panel of B that begins `panel` panels into the plan's columns.
struct TilePanelOfB {
  TilePanelOfB(const MatmulPlan& plan, std::int64_t panel)
      : first_col(panel * kPanelLines),
        cols(std::min(kPanelLines, plan.cols - first_col)),
        tiles(TilesFor(cols)),
        data(static_cast<bfloat16*>(plan.packed_b) + first_col * plan.packed_steps()) {}
  /// Where the tiles of a step begin.
  bfloat16* at(std::int64_t step) const { return data + step * tiles * TileUnit::lines; }
  std::int64_t first_col, cols, tiles;
  bfloat16* data;
};

void PackPanelsOfB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) {
  const std::int64_t steps = plan.steps();
  VisitOperand<float>(plan.b, plan.b.cols, plan.b.col_stride, plan.b.row_stride, plan.b_narrowing, plan.flush_inputs,
                      [&](const auto& b) {
                        for (std::int64_t step = 0; step < steps; step += TileUnit::steps)
                          for (std::int64_t j = begin; j < end; ++j) {
                            const TilePanelOfB panel(plan, j);
                            PackTiles<TileOrder::pairs_first>(b,
                                                              {.line = plan.first_col + panel.first_col,
                                                               .lines = panel.cols,
                                                               .step = step,
                                                               .steps = std::min(steps - step, TileUnit::steps),
                                                               .tiles = panel.tiles},
                                                              panel.at(step));
                          }
                      });
}

/// A block of rows of A and of steps of k: panel after panel, in each the tiles of 32 steps after the other.
struct BlockOfA {
  std::int64_t first_row, rows, step, steps;
  bfloat16* data;

  std::int64_t packed_steps() const { return emu::detail::round_up(steps, TileUnit::steps); }
  std::int64_t rows_of(std::int64_t panel) const { return std::min(kPanelLines, rows - panel * kPanelLines); }
  bfloat16* panel(std::int64_t i) const { return data + i * kPanelLines * packed_steps(); }
};

void PackBlockOfA(const MatmulPlan& plan, const BlockOfA& block) {
  VisitOperand<float>(plan.a, plan.a.rows, plan.a.row_stride, plan.a.col_stride, plan.a_narrowing, plan.flush_inputs,
                      [&](const auto& a) {
                        for (std::int64_t i = 0; i * kPanelLines < block.rows; ++i) {
                          const std::int64_t rows = block.rows_of(i), tiles = TilesFor(rows);
                          bfloat16* out = block.panel(i);
                          for (std::int64_t step = 0; step < block.steps;
                               step += TileUnit::steps, out += tiles * TileUnit::size)
                            PackTiles<TileOrder::lines_first>(a,
                                                              {.line = block.first_row + i * kPanelLines,
                                                               .lines = rows,
                                                               .step = block.step + step,
                                                               .steps = std::min(block.steps - step, TileUnit::steps),
                                                               .tiles = tiles},
                                                              out);
                        }
                      });
}

/// D's row panels [begin, end) in the column panels [first_panel, end_panel). `workspace` holds block_panels packed
/// panels of A, all of their steps, and then a tile or, where k has several blocks, one for each row and column panel.
void MultiplyPanels(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
                    std::int64_t end_panel, void* workspace) {
  using emu::detail::divide_up;
  const TileUnit& unit = *plan.tiles;
  auto* const packed_a = static_cast<bfloat16*>(workspace);
  auto* const tiles = reinterpret_cast<float*>(packed_a + plan.block_panels * kPanelLines * plan.packed_steps());
  const bool one_block = plan.steps() <= plan.block_steps;
  const std::int64_t tile_size = one_block ? 0 : kPanelLines * kPanelLines;  // one tile serves all, or each has its own

  unit.begin();
  const std::int64_t blocks = divide_up(end - begin, plan.block_panels);
  for (std::int64_t block = 0; block < blocks; ++block) {  // of equal sizes, or one panel apart
    const std::int64_t first = begin + (end - begin) * block / blocks;
    const std::int64_t panels = begin + (end - begin) * (block + 1) / blocks - first;
    const std::int64_t first_row = first * kPanelLines, rows = std::min(panels * kPanelLines, plan.a.rows - first_row);
    for (std::int64_t j0 = first_panel; j0 < end_panel; j0 += kPanelsAtOnce) {
      const std::int64_t j1 = std::min(j0 + kPanelsAtOnce, end_panel);
      std::int64_t step = 0;
      do {  // once also for no steps at all
        const std::int64_t steps = std::min(plan.block_steps, plan.steps() - step);
        const BlockOfA a{first_row, rows, step, steps, packed_a + panels * kPanelLines * step};
        if (j0 == first_panel) PackBlockOfA(plan, a);
        float* tile = tiles;
        for (std::int64_t i = 0; i < panels; ++i)
          for (std::int64_t j = j0; j < j1; ++j, tile += tile_size) {
            const TilePanelOfB b(plan, j);
            const TilePlace place{first_row + i * kPanelLines, a.rows_of(i), plan.first_col + b.first_col, b.cols,
                                  b.tiles * TileUnit::lines};
            if (step == 0 && plan.extras.c) ReadTile(plan, place, tile);
            unit.multiply[TilesFor(place.rows) - 1][b.tiles - 1](a.panel(i), b.at(step), steps,
                                                                 step > 0 || plan.extras.c, tile);
            if (step + steps == plan.steps()) WriteTile(plan, place, tile);
          }
        step += steps;
      } while (step < plan.steps());
    }
  }
  unit.end();
}

MatmulKernels TileKernels() {
  return {.shape = {.rows = kPanelLines, .cols = kPanelLines, .narrow_cols = TileUnit::lines},
          .b_element = sizeof(bfloat16),
          .a_panel = 0,  // by the plan
          .tile = kPanelLines * kPanelLines * static_cast<std::int64_t>(sizeof(float)),
          .subnormals = Subnormals::keep,
          .pack_b = &PackPanelsOfB,
          .multiply = &MultiplyPanels,
          .step_multiple = TileUnit::steps};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(TileKernels);

namespace emu::detail {

std::optional<MatmulKernels> tile_kernels(const MatmulPlan& plan) {
  const bool in_bfloat16 = plan.a_narrowing == Narrowing::to_bfloat16 && plan.b_narrowing == Narrowing::to_bfloat16;
  if (plan.tiles == nullptr || !in_bfloat16) return std::nullopt;
  MatmulKernels kernels = HWY_DYNAMIC_DISPATCH(TileKernels)();
  // A panel of B and one of A over 256 steps fit into a level-1 cache of 48 KiB, and a block of sums beside the blocks
  // of A and B that they come from into a level-2 cache of 2 MiB.
  constexpr std::int64_t block_rows = 512, packed_a_bytes = 4 << 20;
  const std::int64_t row_bytes = std::max<std::int64_t>(round_up(plan.a.cols, TileUnit::steps), 1) * kernels.b_element;
  kernels.a_panel = kernels.shape.rows * row_bytes;
  kernels.blocking = {.steps = 256,
                      .rows = std::clamp(packed_a_bytes / row_bytes, kernels.shape.rows, block_rows),
                      .cols = 8192,
                      .small_b = 0};
  return kernels;
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
