// A matrix product in panels and tiles, whatever the sum: packing, blocks of k in order, C, and the way to D.
#if defined(HALFWAY_EMU_MULTIPLY_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_MULTIPLY_INL_H_
#undef HALFWAY_EMU_MULTIPLY_INL_H_
#else
#define HALFWAY_EMU_MULTIPLY_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "emu/output-inl.hpp"
#include "emu/pack-inl.hpp"
#include "emu/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::MatrixIn;
using emu::detail::kMaxBlockSteps;
using emu::detail::MatmulKernels;
using emu::detail::MatmulPlan;
using emu::detail::Narrowing;
using emu::detail::TileShape;

// A rule is how the terms of a tile are summed, as a type:
//   Operand                 what packed elements are: float or double
//   Sum                     what sums stand in memory as between blocks of k
//   kVectors                vectors of operands in a full tile of kTileRows rows
//   Compute<kWidth, kRowStride, kStepStride>(a, b, steps, entry, model, tile)
//                           a panel of A by a panel of kWidth vectors of B over `steps` steps of k, into `tile`
//                           ([row][column], aligned); element (row, step) of A stands at a[row·kRowStride +
//                           step·kStepStride]

// Packed lines of A lie a cache line further apart than a power of two: they do not compete for the same cache sets.
template <class E>
inline constexpr std::int64_t kLineStride = kMaxBlockSteps + 64 / sizeof(E);
// Packed steps of A: whole vectors, so that storing one never touches the next panel.
template <class E>
inline constexpr std::int64_t kStepStride = emu::detail::round_up(kTileRows, hn::MaxLanes(hn::ScalableTag<E>()));

template <class Rule>
constexpr TileShape ShapeOf() {
  constexpr std::int64_t lanes = hn::MaxLanes(hn::ScalableTag<typename Rule::Operand>());
  return {.rows = kTileRows, .cols = Rule::kVectors * lanes, .narrow_cols = lanes};
}

/// Elements of a packed panel of A.
template <class E>
inline constexpr std::int64_t kPanelOfA = std::max(kTileRows* kLineStride<E>, kMaxBlockSteps* kStepStride<E>);

/// The packed panel of B that begins `panel` panels into the plan's columns, and its width.
template <class Rule>
struct PanelOfB {
  using E = typename Rule::Operand;
  PanelOfB(const MatmulPlan& plan, std::int64_t panel) {
    const TileShape shape = ShapeOf<Rule>();
    first_col = panel * shape.cols;
    cols = std::min(shape.cols, plan.cols - first_col);
    width = cols <= shape.narrow_cols ? shape.narrow_cols : shape.cols;
    data = static_cast<E*>(plan.packed_b) + first_col * plan.packed_steps();
  }
  std::int64_t first_col, cols, width;
  E* data;
};

/// Packs panels [begin, end) of B, some at once: neighbours in memory are read together.
template <class Rule>
void PackB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) {
  using E = typename Rule::Operand;
  constexpr std::int64_t at_once = 4;
  const std::int64_t steps = plan.steps(), packed = plan.packed_steps();
  const auto pack = [&](const auto& b) {
    for (std::int64_t i = begin, next; i < end; i = next) {
      const PanelOfB<Rule> panel(plan, i);
      next = i + 1;
      std::int64_t cols = panel.cols;
      for (; next < end && next < i + at_once; ++next) {
        const PanelOfB<Rule> neighbour(plan, next);
        if (neighbour.width != panel.width) break;
        cols += neighbour.cols;
      }
      PackSteps(b, plan.first_col + panel.first_col, cols, 0, steps,
                {.lines = panel.width, .width = panel.width, .panel_stride = panel.width * packed}, panel.data);
      for (std::int64_t j = 0; j < next - i; ++j)
        std::fill_n(panel.data + panel.width * (j * packed + steps), panel.width * (packed - steps), E{0});
    }
  };
  VisitOperand<E>(plan.b, plan.b.cols, plan.b.col_stride, plan.b.row_stride, plan.b_narrowing, plan.flush_inputs, pack,
                  plan.model->flush_to_plus_zero);
}

/// Packs a block of A: lines where its elements are neighbours along k, otherwise steps. An instruction is padded with
/// products of +0; a block with products of −0, which change no sum.
template <class E>
void PackA(const MatmulPlan& plan, std::int64_t first_row, std::int64_t rows, std::int64_t step, std::int64_t steps,
           E* out) {
  constexpr std::int64_t panel = kPanelOfA<E>;
  const std::int64_t padded = emu::detail::round_up(steps, plan.step_multiple);
  const E pad = plan.model->instruction > 0 ? E{0} : -E{0};
  const auto pack = [&](const auto& a) {
    const bool lines = a.step_stride == 1;
    if (!lines)
      PackSteps(a, first_row, rows, step, steps, {.lines = kTileRows, .width = kStepStride<E>, .panel_stride = panel},
                out);
    for (std::int64_t r = 0; r < rows; r += kTileRows, out += panel) {
      if (lines)
        PackLines<kTileRows, kLineStride<E>>(a, first_row + r, std::min(kTileRows, rows - r), step, steps, out);
      for (std::int64_t k = steps; k < padded; ++k)
        for (std::int64_t line = 0; line < kTileRows; ++line)
          out[lines ? line * kLineStride<E> + k : k * kStepStride<E> + line] = pad;
    }
  };
  VisitOperand<E>(plan.a, plan.a.rows, plan.a.row_stride, plan.a.col_stride, plan.a_narrowing, plan.flush_inputs, pack,
                  plan.model->flush_to_plus_zero);
}

template <class Rule>
using TileFunction = void (*)(const typename Rule::Operand*, const typename Rule::Operand*, std::int64_t, Entry,
                              const emu::DotModel&, typename Rule::Sum*);

/// The tile function for a plan and a panel width.
template <class Rule, std::int64_t kWidth>
TileFunction<Rule> ChooseTile(const MatmulPlan& plan) {
  using E = typename Rule::Operand;
  if (plan.a.col_stride == 1) return &Rule::template Compute<kWidth, kLineStride<E>, 1>;
  return &Rule::template Compute<kWidth, 1, kStepStride<E>>;
}

/// D's row panels [begin, end) in the column panels [first_panel, end_panel). `workspace` holds block_panels packed
/// panels of A and then a tile or, where k has several blocks, one for each row and column panel.
template <class Rule>
void Multiply(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
              std::int64_t end_panel, void* workspace) {
  using E = typename Rule::Operand;
  using Sum = typename Rule::Sum;
  constexpr TileShape shape = ShapeOf<Rule>();
  const TileFunction<Rule> full_tile = ChooseTile<Rule, Rule::kVectors>(plan), narrow_tile = ChooseTile<Rule, 1>(plan);
  const bool passes = plan.pass_steps > 0;
  const std::int64_t a_step = plan.a.col_stride == 1 ? 1 : kStepStride<E>;
  const bool one_block = plan.steps() <= plan.block_steps;
  const std::int64_t tile_size = one_block ? 0 : shape.rows * shape.cols;  // one tile serves all, or each has its own
  E* const packed_a = static_cast<E*>(workspace);
  Sum* const tiles = reinterpret_cast<Sum*>(packed_a + plan.block_panels * kPanelOfA<E>);

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
      const std::int64_t padded = emu::detail::round_up(steps, plan.step_multiple);
      Sum* tile = tiles;
      for (std::int64_t j = first_panel; j < end_panel; ++j) {
        const PanelOfB<Rule> b(plan, j);
        const TileFunction<Rule> compute = b.width == shape.cols ? full_tile : narrow_tile;
        for (std::int64_t i = 0; i < panels; ++i, tile += tile_size) {
          const E* const a = packed_a + i * kPanelOfA<E>;
          const std::int64_t pass = passes ? plan.pass_steps : padded;
          std::int64_t done = 0;
          const std::int64_t row = i * shape.rows;
          const TilePlace place{first_row + row, std::min(shape.rows, rows - row), plan.first_col + b.first_col, b.cols,
                                b.width};
          const bool starts = step == 0 && !plan.extras.c;
          if (step == 0 && plan.extras.c) ReadTile(plan, place, tile);
          do {
            compute(a + done * a_step, b.data + (step + done) * b.width, std::min(pass, padded - done),
                    starts && done == 0 ? Entry::first : next, *plan.model, tile);
            done += pass;
          } while (done < padded);
          if (last) WriteTile(plan, place, tile);
        }
      }
      step += steps;
    } while (step < plan.steps());
  }
}

template <class Rule>
MatmulKernels KernelsOf() {
  using E = typename Rule::Operand;
  constexpr TileShape shape = ShapeOf<Rule>();
  constexpr auto element = static_cast<std::int64_t>(sizeof(E));
  return {.shape = shape,
          .b_element = element,
          .a_panel = kPanelOfA<E> * element,
          .tile = shape.rows * shape.cols * static_cast<std::int64_t>(sizeof(typename Rule::Sum)),
          .subnormals = Subnormals::keep,
          .pack_b = &PackB<Rule>,
          .multiply = &Multiply<Rule>};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_MULTIPLY_INL_H_
