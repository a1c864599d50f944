// Lanes, trees, exact sums and the other chains: matmul gives the bits of matmul_ref for every row of these kinds and
// for models beside them, NaN payloads too.
#include <tuple>

#include "bits/emu_twin.hpp"
#include "emu/matmul_plan.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/study_models.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Case;
using test::check;
using test::Matrix;
using test::Numbers;
using test::Setup;

constexpr Subnormals keep = Subnormals::keep, flush = Subnormals::flush;

DotModel changed(DotModel model, std::string_view name, void (*change)(DotModel&)) {
  model.name = name;
  change(model);
  return model;
}

/// Rows of data, then models that differ from them where the kernels do.
const std::vector<DotModel> models{
    vdpbf16ps,
    tdpbf16ps,
    tdpfp16ps,
    mi250_f16,
    mi250_bf16_1k,
    mi250_bf16,
    arm_bfdot,
    mi100_f16,
    mi100_bf16,
    arm_bfdot_ebf,
    tpu_mxu_128_h4,
    tpu_mxu_256_h4,
    tpu_mxu_256_f8_h4,
    kulisch,
    sequential_f16,
    sequential_bf16,
    {.name = "chain towards zero", .rounding = Rounding::toward_zero, .addend_rounding = Rounding::toward_zero},
    changed(sequential_f16, "float16 chunks of 48, promoted",
            [](DotModel& m) { m.pass = 48, m.pass_result = binary32; }),
    changed(sequential_bf16, "bfloat16 chunks of 48", [](DotModel& m) { m.pass = 48; }),
    changed(sequential_bf16, "bfloat16 chain, operands flushed", [](DotModel& m) { m.inputs = flush; }),
    changed(sequential_f16, "float16 chain, operands flushed", [](DotModel& m) { m.inputs = flush; }),
    changed(vdpbf16ps, "odd first, canonical NaN, subnormals kept",
            [](DotModel& m) { m.nan = NanRule::canonical, m.inputs = m.results = keep; }),
    changed(tdpbf16ps, "lanes, all-ones NaN", [](DotModel& m) { m.nan = NanRule::all_ones, m.instruction = 6; }),
    changed(tdpbf16ps, "one lane of 10", [](DotModel& m) { m.kind = Summation::chain, m.instruction = 10; }),
    changed(mi250_f16, "tree, nothing flushed",
            [](DotModel& m) { m.inputs = m.results = keep, m.flush_to_plus_zero = false; }),
    changed(mi100_f16, "exact, flushing", [](DotModel& m) { m.inputs = m.results = flush, m.pass = 12; }),
};

/// The formats that a model multiplies, of those that matrices hold.
std::vector<DType> operands_of(const DotModel& model) {
  std::vector<DType> formats;
  for (const DType t : {DType::bfloat16, DType::float16, DType::float32, DType::float8_e4m3fn, DType::float8_e5m2fnuz})
    if (model.accepts(float_format(t))) formats.push_back(t);
  return formats;
}

/// A case of that model, the rest at random.
Case draw(const DotModel& model, std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  const auto layout = [&] { return static_cast<Matrix::Layout>(random() % Matrix::kLayouts); };
  const auto numbers = [&] { return static_cast<Numbers>(random() % test::kNumbers); };
  const std::vector<DType> stored{DType::bfloat16, DType::float16, DType::float32}, formats = operands_of(model);
  const DType lhs = pick(formats), rhs = pick(formats);
  Case c{m,
         n,
         k,
         random() % 3 == 0 ? pick(stored) : lhs,
         random() % 3 == 0 ? pick(stored) : rhs,
         random() % 2 == 0 ? DType::float32 : pick(stored),
         {float_format(lhs), float_format(rhs), model.output()},
         model,
         layout(),
         layout(),
         layout(),
         numbers(),
         numbers(),
         seed};
  if (random() % 2 == 0) c.b_numbers = c.a_numbers;
  if (random() % 2 == 0) {
    c.c = random() % 2 == 0 && model.output() == binary32 ? pick(stored)
          : model.output() == binary16                    ? DType::float16
          : model.output() == bfloat                      ? DType::bfloat16
                                                          : DType::float32;
    c.c_layout = layout();
  }
  c.bias = random() % 4 == 0, c.relu = random() % 4 == 0;
  return c;
}

}  // namespace

TEST_CASE_FIXTURE(Setup, "short sums: every kind of number, every layout") {
  std::uint64_t seed = 1;
  for (const DotModel& model : models)
    for (int numbers = 0; numbers < test::kNumbers; ++numbers)
      for (int layout = 0; layout < Matrix::kLayouts; ++layout) {
        Case c = draw(model, 15, 18, 37, seed++);
        c.a_numbers = c.b_numbers = static_cast<Numbers>(numbers);
        c.a_layout = c.b_layout = static_cast<Matrix::Layout>(layout);
        check(c);
      }
}

TEST_CASE_FIXTURE(Setup, "short sums: every length of k") {
  std::uint64_t seed = 10000;
  for (const int k : {0,  1,  2,  3,   4,   5,   7,   8,   9,   16,  17,  31,  32,  33,  63,
                      64, 65, 96, 127, 128, 129, 131, 255, 256, 257, 383, 384, 385, 416, 769})
    for (const DotModel& model : models) check(draw(model, 3, 5, k, seed++));
  for (const DotModel& model : models)
    for (const int k : {4096, 4097}) check(draw(model, 1, 3, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "short sums: every edge of rows and columns") {
  std::uint64_t seed = 20000;
  for (const DotModel& model : models)
    for (const int m : {1, 5, 6, 7, 13, 14, 15, 29})
      for (const int n : {1, 4, 7, 8, 9, 15, 16, 17, 33}) check(draw(model, m, n, 1 + (m + n) % 9, seed++));
}

TEST_CASE_FIXTURE(Setup, "short sums: more rows, columns and steps than one block holds") {
  std::uint64_t seed = 30000;
  for (const DotModel& model : models)
    for (const auto& [m, n, k] : {std::tuple{270, 2, 9}, std::tuple{2, 1050, 6}, std::tuple{16, 34, 400}})
      check(draw(model, m, n, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "short sums: all but Kulisch's sum have kernels, on every target") {
  const MatrixIn operand(nullptr, DType::float32, 4, 4, 4, 1);
  const MatrixOut result(nullptr, DType::float32, 4, 4, 4, 1);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    for (const DotModel& model : models) {
      const auto narrowing =
          model.accepts(bfloat) ? emu::detail::Narrowing::to_bfloat16 : emu::detail::Narrowing::to_float16;
      const emu::detail::MatmulPlan plan{.a = operand,
                                         .b = operand,
                                         .d = result,
                                         .extras = {},
                                         .model = &model,
                                         .a_narrowing = narrowing,
                                         .b_narrowing = narrowing,
                                         .flush_inputs = model.inputs == flush};
      CAPTURE(target);
      CAPTURE(std::string(model.name));
      CHECK(emu::detail::short_sum_kernels(plan).has_value() == (model.name != kulisch.name));
    }
  }
}

TEST_CASE("short sums: what ran") { test::check_what_ran("short sum twin"); }
