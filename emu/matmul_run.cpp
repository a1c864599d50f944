// A product by kernels: memory, parts of B, threads.
#include <algorithm>
#include <atomic>

#include "emu/matmul_plan.hpp"
#include "emu/workspace.hpp"
#include "formats/parallel.hpp"
#include "halfway/execution.hpp"

namespace halfway::emu::detail {

void run(MatmulPlan plan, const MatmulKernels& kernels) {
  const TileShape& shape = kernels.shape;
  const Blocking& blocking = kernels.blocking;
  const std::int64_t rows = plan.a.rows, cols = plan.b.cols, steps = plan.packed_steps();
  const int threads = execution::threads();

  constexpr std::int64_t packed_b_bytes = 16 << 20;  // about what a shared cache holds
  const std::int64_t group_limit =
      std::min(blocking.cols, packed_b_bytes / (kernels.b_element * std::max<std::int64_t>(steps, 1)));
  const std::int64_t group = std::max<std::int64_t>(group_limit / shape.cols, 1) * shape.cols;
  const std::int64_t row_panels = divide_up(rows, shape.rows);
  // A block of B that a level-2 cache holds is read again for each panel of A, which then never leaves level 1; unless
  // A is packed from columns: then many panels at once, so as to read them in long pieces.
  const bool small_b =
      plan.a.col_stride == 1 && std::min(group, cols) * plan.block_steps * kernels.b_element <= blocking.small_b;
  plan.block_panels = small_b ? 1 : std::min(blocking.rows / shape.rows, row_panels);

  const std::int64_t group_panels = divide_up(std::min(group, cols), shape.cols);
  const std::int64_t b_bytes = group_panels * shape.cols * steps * kernels.b_element;
  const std::int64_t tiles = steps > plan.block_steps ? plan.block_panels * group_panels : 1;
  const std::int64_t thread_bytes = plan.block_panels * kernels.a_panel + tiles * kernels.tile;
  const std::int64_t b_offset = round_up(b_bytes, 4096), thread_offset = round_up(thread_bytes, 4096) + 256;
  thread_local Workspace workspace;
  std::byte* const memory = workspace.reserve(b_offset + threads * thread_offset);
  plan.packed_b = memory;

  for (plan.first_col = 0; plan.first_col < cols; plan.first_col += group) {
    plan.cols = std::min(group, cols - plan.first_col);
    const std::int64_t panels = divide_up(plan.cols, shape.cols);
    halfway::detail::parallel_for(panels, 1, plan.cols * steps, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) { kernels.pack_b(plan, begin, end); });
    // Threads share the rows; where there are few, also the columns.
    const std::int64_t parts = threads == 1 ? 1 : std::min(panels, divide_up(4 * threads, row_panels));
    std::atomic<int> next_thread{0};
    constexpr std::int64_t terms_per_step = 16;  // about as fast as one element of an element-wise kernel
    halfway::detail::parallel_for(row_panels * parts, 1, rows * plan.cols * steps / terms_per_step, kernels.subnormals,
                                  [&](std::int64_t begin, std::int64_t end) {
                                    std::byte* const own = memory + b_offset + next_thread++ * thread_offset;
                                    while (begin < end) {
                                      const std::int64_t part = begin / row_panels,
                                                         part_end = std::min(end, (part + 1) * row_panels);
                                      kernels.multiply(plan, begin - part * row_panels, part_end - part * row_panels,
                                                       panels * part / parts, panels * (part + 1) / parts, own);
                                      begin = part_end;
                                    }
                                  });
  }
}

}  // namespace halfway::emu::detail
