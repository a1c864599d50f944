// The kernels of matmul for each target: packing, and blocks of tiles; k always in order.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/matmul_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include <algorithm>

#include "emu/matmul_check.hpp"
#include "emu/matmul_plan.hpp"
#include "emu/output-inl.hpp"
#include "emu/pack-inl.hpp"
#include "emu/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::kMaxBlockSteps;
using emu::detail::MatmulKernels;
using emu::detail::MatmulPlan;
using emu::detail::TileShape;

// Packed lines of A lie a cache line further apart than a power of two: they do not compete for the same cache sets.
template <class E>
inline constexpr std::int64_t kLineStride = kMaxBlockSteps + 64 / sizeof(E);
// Packed steps of A: whole vectors, so that storing one never touches the next panel.
template <class E>
inline constexpr std::int64_t kStepStride = emu::detail::round_up(kTileRows, hn::MaxLanes(hn::ScalableTag<E>()));

template <class E>
constexpr TileShape ShapeOf() {
  constexpr std::int64_t lanes = hn::MaxLanes(hn::ScalableTag<E>());
  return {.rows = kTileRows, .cols = kTileVectors * lanes, .narrow_cols = lanes};
}

/// Elements of a packed panel of A.
template <class E>
inline constexpr std::int64_t kPanelOfA = std::max(kTileRows* kLineStride<E>, kMaxBlockSteps* kStepStride<E>);

/// The packed panel of B that begins `panel` panels into the plan's columns, and its width.
template <class E>
struct PanelOfB {
  PanelOfB(const MatmulPlan& plan, std::int64_t panel) {
    const TileShape shape = ShapeOf<E>();
    first_col = panel * shape.cols;
    cols = std::min(shape.cols, plan.cols - first_col);
    width = cols <= shape.narrow_cols ? shape.narrow_cols : shape.cols;
    data = static_cast<E*>(plan.packed_b) + first_col * plan.steps();
  }
  std::int64_t first_col, cols, width;
  E* data;
};

/// Packs panels [begin, end) of B, some at once: neighbours in memory are read together.
template <class E>
void PackB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t at_once = 4;
  VisitOperand<E>(
      plan.b, plan.b.cols, plan.b.col_stride, plan.b.row_stride, plan.b_narrowing, plan.flush_inputs, [&](auto b) {
        for (std::int64_t i = begin, next; i < end; i = next) {
          const PanelOfB<E> panel(plan, i);
          next = i + 1;
          std::int64_t cols = panel.cols;
          for (; next < end && next < i + at_once; ++next) {
            const PanelOfB<E> neighbour(plan, next);
            if (neighbour.width != panel.width) break;
            cols += neighbour.cols;
          }
          PackSteps(b, plan.first_col + panel.first_col, cols, 0, plan.steps(),
                    {.lines = panel.width, .width = panel.width, .panel_stride = panel.width * plan.steps()},
                    panel.data);
        }
      });
}

/// Packs a block of A: lines where its elements are neighbours along k, otherwise steps.
template <class E>
void PackA(const MatmulPlan& plan, std::int64_t first_row, std::int64_t rows, std::int64_t step, std::int64_t steps,
           E* out) {
  constexpr std::int64_t panel = kPanelOfA<E>;
  VisitOperand<E>(
      plan.a, plan.a.rows, plan.a.row_stride, plan.a.col_stride, plan.a_narrowing, plan.flush_inputs, [&](auto a) {
        if (a.step_stride != 1)
          return PackSteps(a, first_row, rows, step, steps,
                           {.lines = kTileRows, .width = kStepStride<E>, .panel_stride = panel}, out);
        for (std::int64_t r = 0; r < rows; r += kTileRows, out += panel)
          PackLines<kTileRows, kLineStride<E>>(a, first_row + r, std::min(kTileRows, rows - r), step, steps, out);
      });
}

template <class E>
using TileFunction = void (*)(const E*, const E*, std::int64_t, Entry, E*);

/// The tile function for a plan and a panel width.
template <class E, std::int64_t kVectors, bool kRoundProducts>
TileFunction<E> ChooseLayout(bool lines) {
  if (lines) return &ComputeTile<kTileRows, kVectors, kLineStride<E>, 1, kRoundProducts, E>;
  return &ComputeTile<kTileRows, kVectors, 1, kStepStride<E>, kRoundProducts, E>;
}
template <class E, std::int64_t kVectors>
TileFunction<E> ChooseTile(const MatmulPlan& plan) {
  const bool lines = plan.a.col_stride == 1;
  return plan.round_products ? ChooseLayout<E, kVectors, true>(lines) : ChooseLayout<E, kVectors, false>(lines);
}

/// D's row panels [begin, end) in the column panels [first_panel, end_panel). `workspace` holds block_panels packed
/// panels of A and then a tile or, where k has several blocks, one for each row and column panel.
template <class E>
void Multiply(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
              std::int64_t end_panel, void* workspace) {
  constexpr TileShape shape = ShapeOf<E>();
  const TileFunction<E> full_tile = ChooseTile<E, kTileVectors>(plan), narrow_tile = ChooseTile<E, 1>(plan);
  const bool passes = plan.pass_steps > 0;
  const std::int64_t a_step = plan.a.col_stride == 1 ? 1 : kStepStride<E>;
  const bool one_block = plan.steps() <= plan.block_steps;
  const std::int64_t tile_size = one_block ? 0 : shape.rows * shape.cols;  // one tile serves all, or each has its own
  E* const packed_a = static_cast<E*>(workspace);
  E* const tiles = packed_a + plan.block_panels * kPanelOfA<E>;

  const std::int64_t blocks = emu::detail::divide_up(end - begin, plan.block_panels);
  for (std::int64_t block = 0; block < blocks; ++block) {  // of equal sizes, or one panel apart
    const std::int64_t first = begin + (end - begin) * block / blocks;
    const std::int64_t panels = begin + (end - begin) * (block + 1) / blocks - first;
    const std::int64_t first_row = first * shape.rows;
    const std::int64_t rows = std::min(panels * shape.rows, plan.a.rows - first_row);
    std::int64_t step = 0;
    do {  // once also for no steps at all
      const std::int64_t steps = std::min(plan.block_steps, plan.steps() - step);
      const Entry next = passes ? Entry::join : Entry::chain;
      const bool last = step + steps == plan.steps();
      PackA(plan, first_row, rows, step, steps, packed_a);
      E* tile = tiles;
      for (std::int64_t j = first_panel; j < end_panel; ++j) {
        const PanelOfB<E> b(plan, j);
        const TileFunction<E> compute = b.width == shape.cols ? full_tile : narrow_tile;
        for (std::int64_t i = 0; i < panels; ++i, tile += tile_size) {
          const E* const a = packed_a + i * kPanelOfA<E>;
          const std::int64_t pass = passes ? plan.pass_steps : steps;
          std::int64_t done = 0;
          const std::int64_t row = i * shape.rows;
          const TilePlace place{first_row + row, std::min(shape.rows, rows - row), plan.first_col + b.first_col, b.cols,
                                b.width};
          const bool starts = step == 0 && !plan.extras.c;
          if (step == 0 && plan.extras.c) ReadTile(plan, place, tile);
          do {
            compute(a + done * a_step, b.data + (step + done) * b.width, std::min(pass, steps - done),
                    starts && done == 0 ? Entry::first : next, tile);
            done += pass;
          } while (done < steps);
          if (last) WriteTile(plan, place, tile);
        }
      }
      step += steps;
    } while (step < plan.steps());
  }
}

template <class E>
MatmulKernels KernelsOf() {
  constexpr TileShape shape = ShapeOf<E>();
  constexpr auto element = static_cast<std::int64_t>(sizeof(E));
  return {.shape = shape,
          .b_element = element,
          .a_panel = kPanelOfA<E> * element,
          .tile = shape.rows * shape.cols * element,
          .subnormals = Subnormals::keep,
          .pack_b = &PackB<E>,
          .multiply = &Multiply<E>};
}
MatmulKernels FloatKernels() { return KernelsOf<float>(); }
MatmulKernels DoubleKernels() { return KernelsOf<double>(); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(FloatKernels);
HWY_EXPORT(DoubleKernels);

namespace emu::detail {
namespace {

/// What x86 has one switch for, or nothing: results flushed only where operands are, not in float64, not elsewhere.
bool flushes_as_lanes_do(const MatmulPlan& plan) {
  const bool operands = plan.flush_inputs, results = plan.model->results == Subnormals::flush;
  if (plan.d.dtype == DType::float64) return !operands && !results;
  return !results || (operands && HWY_ARCH_X86);
}

}  // namespace

std::optional<MatmulKernels> chain_kernels(const MatmulPlan& plan) {
  const bool fits = plan.pass_steps <= kMaxBlockSteps;
  if (!is_plain_chain(*plan.model) || !fits || !flushes_as_lanes_do(plan)) return std::nullopt;
  MatmulKernels kernels =
      plan.d.dtype == DType::float64 ? HWY_DYNAMIC_DISPATCH(DoubleKernels)() : HWY_DYNAMIC_DISPATCH(FloatKernels)();
  kernels.subnormals = plan.model->results;
  return kernels;
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
