// The twin of matmul_ref in lanes: packs, blocks, and threads over outputs; never along k.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/matmul_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include <algorithm>

#include "emu/matmul_plan.hpp"
#include "emu/pack-inl.hpp"
#include "emu/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::MatrixIn;
using emu::detail::kMaxBlockSteps;
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
  return {.rows = kTileRows,
          .cols = kTileVectors * lanes,
          .narrow_cols = lanes,
          .a_panel = std::max(kTileRows * kLineStride<E>, kMaxBlockSteps * kStepStride<E>)};
}
TileShape FloatTileShape() { return ShapeOf<float>(); }
TileShape DoubleTileShape() { return ShapeOf<double>(); }

/// Calls f with the operand under its element type.
template <class E, class F>
void VisitOperand(const MatrixIn& x, std::int64_t lines, std::int64_t line_stride, std::int64_t step_stride,
                  DType precision, bool flush, F f) {
  const auto call = [&](auto element) {
    using T = decltype(element);
    f(Operand<T>{static_cast<const T*>(x.data), lines, line_stride, step_stride, precision, flush});
  };
  if constexpr (std::is_same_v<E, double>)
    return call(double{});
  else if (x.dtype == DType::float16)
    return call(float16{});
  else if (x.dtype == DType::bfloat16)
    return call(bfloat16{});
  else
    return call(float{});
}

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
      plan.b, plan.b.cols, plan.b.col_stride, plan.b.row_stride, plan.b_precision, plan.flush_inputs, [&](auto b) {
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
  constexpr std::int64_t panel = ShapeOf<E>().a_panel;
  VisitOperand<E>(
      plan.a, plan.a.rows, plan.a.row_stride, plan.a.col_stride, plan.a_precision, plan.flush_inputs, [&](auto a) {
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

template <class E>
void Write(const MatmulPlan& plan, const E* tile, std::int64_t width, std::int64_t row, std::int64_t rows,
           std::int64_t col, std::int64_t cols) {
  const auto& d = plan.d;
  const auto write = [&](auto element) {
    auto* out = static_cast<decltype(element)*>(d.data) + row * d.row_stride + col * d.col_stride;
    WriteTile(tile, width, rows, cols, out, d.row_stride, d.col_stride);
  };
  if constexpr (std::is_same_v<E, double>)
    return write(double{});
  else if (d.dtype == DType::float16)
    return write(float16{});
  else if (d.dtype == DType::bfloat16)
    return write(bfloat16{});
  else
    return write(float{});
}

/// D's row panels [begin, end) times the column panels [first_panel, end_panel). `workspace` holds block_panels packed
/// panels of A and then, where k has several blocks, a tile for each of them and each column panel.
template <class E>
void Multiply(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
              std::int64_t end_panel, E* workspace) {
  constexpr TileShape shape = ShapeOf<E>();
  const TileFunction<E> full_tile = ChooseTile<E, kTileVectors>(plan), narrow_tile = ChooseTile<E, 1>(plan);
  const bool passes = plan.pass_steps > 0;
  const std::int64_t a_step = plan.a.col_stride == 1 ? 1 : kStepStride<E>;
  const bool one_block = plan.steps() <= plan.block_steps;
  const std::int64_t tile_size = one_block ? 0 : shape.rows * shape.cols;  // one tile serves all, or each has its own
  E* const tiles = workspace + plan.block_panels * shape.a_panel;

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
      PackA(plan, first_row, rows, step, steps, workspace);
      E* tile = tiles;
      for (std::int64_t j = first_panel; j < end_panel; ++j) {
        const PanelOfB<E> b(plan, j);
        const TileFunction<E> compute = b.width == shape.cols ? full_tile : narrow_tile;
        for (std::int64_t i = 0; i < panels; ++i, tile += tile_size) {
          const E* const a = workspace + i * shape.a_panel;
          const std::int64_t pass = passes ? plan.pass_steps : steps;
          std::int64_t done = 0;
          do {
            compute(a + done * a_step, b.data + (step + done) * b.width, std::min(pass, steps - done),
                    step + done == 0 ? Entry::first : next, tile);
            done += pass;
          } while (done < steps);
          const std::int64_t row = i * shape.rows;
          if (last)
            Write(plan, tile, b.width, first_row + row, std::min(shape.rows, rows - row), plan.first_col + b.first_col,
                  b.cols);
        }
      }
      step += steps;
    } while (step < plan.steps());
  }
}

void PackFloatB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) { PackB<float>(plan, begin, end); }
void PackDoubleB(const MatmulPlan& plan, std::int64_t begin, std::int64_t end) { PackB<double>(plan, begin, end); }
void MultiplyFloat(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
                   std::int64_t end_panel, void* workspace) {
  Multiply(plan, begin, end, first_panel, end_panel, static_cast<float*>(workspace));
}
void MultiplyDouble(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
                    std::int64_t end_panel, void* workspace) {
  Multiply(plan, begin, end, first_panel, end_panel, static_cast<double*>(workspace));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <atomic>
#include <new>

#include <hwy/aligned_allocator.h>

#include "emu/matmul_check.hpp"
#include "formats/parallel.hpp"
#include "halfway/execution.hpp"

namespace halfway {

HWY_EXPORT(FloatTileShape);
HWY_EXPORT(DoubleTileShape);
HWY_EXPORT(PackFloatB);
HWY_EXPORT(PackDoubleB);
HWY_EXPORT(MultiplyFloat);
HWY_EXPORT(MultiplyDouble);

namespace emu {
namespace {

using detail::divide_up;
using detail::MatmulPlan;
using detail::round_up;
using detail::TileShape;

/// Aligned bytes of this thread that grow as needed and stay: a product allocates nothing once its sizes have been
/// seen.
std::byte* workspace(std::int64_t bytes) {
  thread_local hwy::AlignedFreeUniquePtr<std::byte[]> memory;
  thread_local std::int64_t size = 0;
  if (bytes > size) {
    size = 0, memory.reset();
    memory = hwy::AllocateAligned<std::byte>(static_cast<std::size_t>(bytes));
    if (!memory) throw std::bad_alloc();
    size = bytes;
  }
  return memory.get();
}

/// What lanes do not compute: models that flush results but not operands, which share one switch on x86; any flushing
/// elsewhere, or in float64; passes longer than a block. No device asks for them.
bool needs_reference(const MatmulPlan& plan, const DotModel& model) {
  const bool flushes = model.results == Subnormals::flush, flushes_in = model.inputs == Subnormals::flush;
#if HWY_ARCH_X86
  constexpr bool has_switch = true;
#else
  constexpr bool has_switch = false;
#endif
  return (flushes && !(flushes_in && has_switch)) || (plan.d.dtype == DType::float64 && (flushes || flushes_in)) ||
         (model.pass > detail::kMaxBlockSteps && model.pass < plan.steps());
}

/// Runs the plan for D's columns from `first` on, as many as fit the packed part of B.
void multiply(MatmulPlan plan, Subnormals results) {
  const bool doubles = plan.d.dtype == DType::float64;
  const TileShape shape = doubles ? HWY_DYNAMIC_DISPATCH(DoubleTileShape)() : HWY_DYNAMIC_DISPATCH(FloatTileShape)();
  auto* const pack_b = doubles ? &HWY_DYNAMIC_DISPATCH(PackDoubleB) : &HWY_DYNAMIC_DISPATCH(PackFloatB);
  auto* const multiply_rows = doubles ? &HWY_DYNAMIC_DISPATCH(MultiplyDouble) : &HWY_DYNAMIC_DISPATCH(MultiplyFloat);
  const std::int64_t element = doubles ? 8 : 4, rows = plan.a.rows, cols = plan.b.cols, steps = plan.steps();
  const int threads = execution::threads();

  constexpr std::int64_t packed_b_bytes = 16 << 20;  // about what a shared cache holds
  const std::int64_t group_limit =
      std::min(detail::kMaxGroupCols, packed_b_bytes / (element * std::max<std::int64_t>(steps, 1)));
  const std::int64_t group = std::max<std::int64_t>(group_limit / shape.cols, 1) * shape.cols;
  const std::int64_t row_panels = divide_up(rows, shape.rows);
  // A block of B that a level-2 cache holds is read again for each panel of A, which then never leaves level 1; unless
  // A is packed from columns: then many panels at once, so as to read them in long pieces.
  const bool small_b =
      plan.a.col_stride == 1 && std::min(group, cols) * plan.block_steps * element <= detail::kSmallBlockOfB;
  plan.block_panels = small_b ? 1 : std::min(detail::kMaxBlockRows / shape.rows, row_panels);

  const std::int64_t group_panels = divide_up(std::min(group, cols), shape.cols);
  const std::int64_t b_bytes = group_panels * shape.cols * steps * element;
  const std::int64_t tiles = steps > plan.block_steps ? plan.block_panels * group_panels : 1;
  const std::int64_t thread_bytes = (plan.block_panels * shape.a_panel + tiles * shape.rows * shape.cols) * element;
  const std::int64_t b_offset = round_up(b_bytes, 4096), thread_offset = round_up(thread_bytes, 4096) + 256;
  std::byte* const memory = workspace(b_offset + threads * thread_offset);
  plan.packed_b = memory;

  for (plan.first_col = 0; plan.first_col < cols; plan.first_col += group) {
    plan.cols = std::min(group, cols - plan.first_col);
    const std::int64_t panels = divide_up(plan.cols, shape.cols);
    halfway::detail::parallel_for(panels, 1, plan.cols * steps, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) { pack_b(plan, begin, end); });
    // Threads share the rows; where there are few, also the columns.
    const std::int64_t parts = std::min(panels, divide_up(4 * threads, row_panels));
    std::atomic<int> next_thread{0};
    constexpr std::int64_t terms_per_step = 16;  // about as fast as one element of an element-wise kernel
    halfway::detail::parallel_for(row_panels * parts, 1, rows * plan.cols * steps / terms_per_step, results,
                                  [&](std::int64_t begin, std::int64_t end) {
                                    std::byte* const own = memory + b_offset + next_thread++ * thread_offset;
                                    while (begin < end) {
                                      const std::int64_t part = begin / row_panels,
                                                         part_end = std::min(end, (part + 1) * row_panels);
                                      multiply_rows(plan, begin - part * row_panels, part_end - part * row_panels,
                                                    panels * part / parts, panels * (part + 1) / parts, own);
                                      begin = part_end;
                                    }
                                  });
  }
}

}  // namespace

void matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
            const DotModel& model) {
  detail::check_matmul(a, b, d, algorithm, model);
  if (d.rows == 0 || d.cols == 0) return;
  const bool passes = model.pass > 0 && model.pass < a.cols;
  const std::int64_t blocks = std::max<std::int64_t>(divide_up(a.cols, detail::kMaxBlockSteps), 1);
  MatmulPlan plan{.a = a,
                  .b = b,
                  .d = d,
                  .a_precision = algorithm.lhs_precision_type,
                  .b_precision = algorithm.rhs_precision_type,
                  .flush_inputs = model.inputs == Subnormals::flush,
                  .round_products = model.round_products,
                  .pass_steps = passes ? model.pass : 0,
                  .block_steps = passes ? std::max<std::int64_t>(detail::kMaxBlockSteps / model.pass, 1) * model.pass
                                        : round_up(divide_up(a.cols, blocks), 16),  // of about equal sizes
                  .block_panels = 0,
                  .first_col = 0,
                  .cols = 0,
                  .packed_b = nullptr};
  if (needs_reference(plan, model)) return matmul_ref(a, b, d, algorithm, model);
  if (d.col_stride != 1 && d.row_stride == 1) {  // then D's transpose has rows to write along; products commute
    plan.a = b.transposed(), plan.b = a.transposed(), plan.d = d.transposed();
    std::swap(plan.a_precision, plan.b_precision);
  }
  multiply(plan, model.results);
}

}  // namespace emu
}  // namespace halfway
#endif  // HWY_ONCE
