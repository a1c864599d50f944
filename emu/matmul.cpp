// The twin of matmul_ref: threads over outputs, never along k; the kernels of the machine's best target.
#include "halfway/emu/matmul.hpp"

#include <algorithm>
#include <numeric>

#include "emu/matmul_check.hpp"
#include "emu/matmul_plan.hpp"
#include "emu/split.hpp"
#include "emu/tile_unit.hpp"
#include "formats/parallel.hpp"
#include "halfway/execution.hpp"

namespace halfway::emu {
namespace {

using detail::divide_up;
using detail::MatmulPlan;
using detail::round_up;

/// The kernels that compute the plan's model; none: the definition does.
std::optional<detail::MatmulKernels> kernels_for(const MatmulPlan& plan, const DotAlgorithm& algorithm) {
  const auto packs = [](DType from, const FloatFormat& to) { return to.bits() > 8 || float_format(from) == to; };
  if (!packs(plan.a.dtype, algorithm.lhs_precision_type) || !packs(plan.b.dtype, algorithm.rhs_precision_type))
    return std::nullopt;
  for (const auto kernels :
       {detail::tile_kernels, detail::chain_kernels, detail::aligned_kernels, detail::short_sum_kernels})
    if (const auto found = kernels(plan)) return found;
  return std::nullopt;
}

detail::Narrowing narrowing(const FloatFormat& precision) {
  return precision == bfloat     ? detail::Narrowing::to_bfloat16
         : precision == binary16 ? detail::Narrowing::to_float16
                                 : detail::Narrowing::none;
}

/// Columns [first, first + count) of a matrix; an empty one has no address to move.
template <class Void>
AnyMatrix<Void> columns(const AnyMatrix<Void>& x, std::int64_t first, std::int64_t count) {
  using Byte = std::conditional_t<std::is_const_v<Void>, const char, char>;
  const std::int64_t bytes = first * x.col_stride * size_of(x.dtype);
  return {static_cast<Byte*>(x.data) + bytes, x.dtype, x.rows, count, x.row_stride, x.col_stride};
}
template <class Void>
AnyMatrix<Void> rows(const AnyMatrix<Void>& x, std::int64_t first, std::int64_t count) {
  return columns(x.transposed(), first, count).transposed();
}

/// The definition, its rows or columns shared among the threads.
void by_definition(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                   const DotModel& model, const MatmulExtras& extras) {
  if (is_stochastic(model.rounding) || is_stochastic(model.addend_rounding))  // random bits count the elements of D
    return matmul_ref(a, b, d, algorithm, model, extras);
  const bool by_rows = d.rows >= d.cols;
  constexpr std::int64_t work_per_term = 64;  // as slow as so many elements of an element-wise kernel
  halfway::detail::parallel_for(by_rows ? d.rows : d.cols, 1, d.rows * d.cols * (a.cols + 1) * work_per_term,
                                Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
                                  const auto part = [&](const auto& x) {
                                    return by_rows ? rows(x, begin, end - begin) : columns(x, begin, end - begin);
                                  };
                                  MatmulExtras own = extras;
                                  if (extras.c) own.c = part(*extras.c);
                                  if (extras.bias != nullptr && !by_rows)
                                    own.bias = static_cast<const char*>(extras.bias) + begin * size_of(d.dtype);
                                  matmul_ref(by_rows ? part(a) : a, by_rows ? b : part(b), part(d), algorithm, model,
                                             own);
                                });
}

}  // namespace

void matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& preset, const DotModel& model,
            const MatmulExtras& extras) {
  const DotAlgorithm algorithm = for_operands(preset, float_format(a.dtype), float_format(b.dtype));
  detail::check_matmul(a, b, d, algorithm, model, extras);
  if (d.rows == 0 || d.cols == 0) return;
  if (detail::is_split(algorithm)) return detail::split_matmul(a, b, d, algorithm, model, extras);
  MatmulPlan plan{.a = a,
                  .b = b,
                  .d = d,
                  .extras = extras,
                  .model = &model,
                  .a_narrowing = narrowing(algorithm.lhs_precision_type),
                  .b_narrowing = narrowing(algorithm.rhs_precision_type),
                  .flush_inputs = model.inputs == Subnormals::flush,
                  .round_products = model.round_products,
                  .pass_steps = model.pass < a.cols || extras.c ? std::min<std::int64_t>(model.pass, a.cols) : 0,
                  .block_steps = 0,
                  .step_multiple = 1,
                  .block_panels = 0,
                  .first_col = 0,
                  .cols = 0,
                  .packed_b = nullptr,
                  .tiles = detail::tile_unit_for(model)};
  const auto kernels = kernels_for(plan, algorithm);
  if (!kernels) return by_definition(a, b, d, algorithm, model, extras);
  plan.step_multiple = kernels->step_multiple;
  plan.pass_steps = round_up(plan.pass_steps, plan.step_multiple);
  const std::int64_t blocks = std::max<std::int64_t>(divide_up(a.cols, kernels->blocking.steps), 1);
  const std::int64_t whole =
      std::lcm(std::max<std::int64_t>(plan.pass_steps, 1), std::max<std::int64_t>({model.instruction, model.block, 1}));
  plan.block_steps = whole > 1 ? detail::block_steps_of(whole, kernels->blocking.steps)
                               : round_up(divide_up(a.cols, blocks), 16);  // of about equal sizes
  // D's transpose may have rows to write along; products commute, but for which NaN comes first.
  if (d.col_stride != 1 && d.row_stride == 1 && extras.bias == nullptr && model.nan != NanRule::first_nan) {
    plan.a = b.transposed(), plan.b = a.transposed(), plan.d = d.transposed();
    if (extras.c) plan.extras.c = extras.c->transposed();
    std::swap(plan.a_narrowing, plan.b_narrowing);
  }
  detail::run(plan, *kernels);
}

}  // namespace halfway::emu
