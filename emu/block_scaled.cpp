// The twin of block_scaled_matmul_ref: operands as float32 matrices, the kernels of the unit, tensor scales at the end.
#include "emu/block_scaled.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "emu/block_operand.hpp"
#include "emu/matmul_plan.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/convert.hpp"

namespace halfway::emu {
namespace {

using detail::MatmulPlan;

MatmulPlan plan_of(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotModel& model,
                   const MatmulExtras& extras, std::int64_t whole_steps) {
  return {.a = a,
          .b = b,
          .d = d,
          .extras = extras,
          .model = &model,
          .pass_steps = model.pass < a.cols || extras.c ? std::min<std::int64_t>(model.pass, a.cols) : 0,
          .block_steps = detail::block_steps_of(whole_steps)};
}

/// The sums of the unit, without tensor scales; false where there are no kernels for them.
bool unit_sums(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
               const MatmulExtras& extras) {
  thread_local detail::Workspace a_memory, b_memory;
  if (model.group > 0) {
    const MatrixIn left = detail::grouped_numbers(model, a, a_memory),
                   right = detail::grouped_numbers(model, b, b_memory);
    const std::int64_t groups = model.block / model.group;
    const MatmulPlan plan = plan_of(left, right, d, model, extras, groups * (model.group + detail::kStepsOfScale));
    const auto kernels = detail::scaled_group_kernels(plan);
    if (kernels) detail::run(plan, *kernels);
    return kernels.has_value();
  }
  const auto left = detail::scaled_numbers(model, a, a_memory), right = detail::scaled_numbers(model, b, b_memory);
  if (!left || !right) return false;
  const std::int64_t whole = std::lcm(std::max<std::int64_t>(model.pass, 1), std::int64_t{model.block});
  MatmulPlan plan = plan_of(left->matrix, right->matrix, d, model, extras, whole);
  plan.a_scales = &left->scales, plan.b_scales = &right->scales;
  const auto kernels = detail::aligned_kernels(plan);
  if (kernels) detail::run(plan, *kernels);
  return kernels.has_value();
}

/// d = sums·scale (+ c), each operation rounded to float32, then to D's dtype.
void scale_outside(const std::vector<float>& sums, float scale, const std::optional<MatrixIn>& c, const MatrixOut& d) {
  constexpr std::int64_t piece = 256;
  const auto part_of_row = [&]<class T>(T, std::int64_t i, std::int64_t first, std::int64_t count) {
    float exact[piece];
    T rounded[piece];
    for (std::int64_t j = 0; j < count; ++j) {
      exact[j] = sums[static_cast<std::size_t>(i * d.cols + first + j)] * scale;
      if (c) exact[j] += static_cast<const float*>(c->data)[i * c->row_stride + (first + j) * c->col_stride];
    }
    convert(std::span(exact, static_cast<std::size_t>(count)), std::span(rounded, static_cast<std::size_t>(count)));
    T* const to = static_cast<T*>(d.data) + i * d.row_stride + first * d.col_stride;
    for (std::int64_t j = 0; j < count; ++j) to[j * d.col_stride] = rounded[j];
  };
  halfway::detail::parallel_for(d.rows, 1, d.rows * d.cols, Subnormals::keep,
                                [&](std::int64_t begin, std::int64_t end) {
                                  for (std::int64_t i = begin; i < end; ++i)
                                    for (std::int64_t j = 0; j < d.cols; j += piece) {
                                      const std::int64_t count = std::min(piece, d.cols - j);
                                      switch (d.dtype) {
                                        case DType::float16: part_of_row(float16{}, i, j, count); break;
                                        case DType::bfloat16: part_of_row(bfloat16{}, i, j, count); break;
                                        default: part_of_row(float{}, i, j, count);
                                      }
                                    }
                                });
}

}  // namespace

void block_scaled_matmul(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
                         const MatmulExtras& extras) {
  detail::check_block_scaled_matmul(a, b, d, model, extras);
  if (d.rows == 0 || d.cols == 0) return;
  const float scale = detail::outer_scale(a, b);
  const bool inside = to_code(scale) == to_code(1.0F);
  std::vector<float> sums(inside ? 0 : static_cast<std::size_t>(d.rows * d.cols));
  const MatrixOut unit_d = inside ? d : MatrixOut(sums.data(), DType::float32, d.rows, d.cols, d.cols, 1);
  if (a.shape[1] == 0 || !unit_sums(a, b, unit_d, model, inside ? extras : MatmulExtras{}))
    return block_scaled_matmul_ref(a, b, d, model, extras);
  if (!inside) scale_outside(sums, scale, extras.c, d);
}

}  // namespace halfway::emu
