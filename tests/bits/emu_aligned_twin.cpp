// Tensor cores and CDNA3 in lanes give the bits of their definition: every unit with operands of a dtype and units that
// nobody built, all numbers, layouts, lengths and edges of tiles.
#include <doctest/doctest.h>

#include <tuple>

#include "bits/emu_twin.hpp"
#include "emu/matmul_plan.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Case;
using test::check;
using test::Matrix;
using test::Numbers;
using test::Setup;

constexpr DType f16 = DType::float16, bf16 = DType::bfloat16, f32 = DType::float32, e4m3 = DType::float8_e4m3fn,
                e5m2 = DType::float8_e5m2, e4m3fnuz = DType::float8_e4m3fnuz, e5m2fnuz = DType::float8_e5m2fnuz;

/// The dtypes that a unit multiplies; tf32 is float32 that the unit cuts.
std::vector<DType> operands_of(const DotModel& model) {
  std::vector<DType> all;
  for (const DType t : {f16, bf16, f32, e4m3, e5m2, e4m3fnuz, e5m2fnuz})
    if (model.accepts(float_format(t))) all.push_back(t);
  return all;
}

/// A unit with something changed.
template <class Change>
DotModel varied(DotModel model, std::string_view name, Change change) {
  model.name = name;
  change(model);
  return model;
}

/// Every row of the kind, and models that take each way through the kernels.
std::vector<DotModel> models() {
  std::vector<DotModel> all;
  for (const DotModel* model : dot_models())
    if (model->kind == Summation::aligned && !operands_of(*model).empty()) all.push_back(*model);
  const auto add = [&](const DotModel& model, std::string_view name, auto change) {
    all.push_back(varied(model, name, change));
  };
  add(hopper_f16, "F = 26", [](DotModel& m) { m.fraction_bits = 26; });
  add(hopper_f16, "F = 28, blocks of 64", [](DotModel& m) { m.fraction_bits = 28, m.block = 64; });
  add(ampere_f16, "F = 1", [](DotModel& m) { m.fraction_bits = 1; });
  add(volta_f16, "blocks of 1", [](DotModel& m) { m.block = 1; });
  add(ampere_f16, "blocks of 5", [](DotModel& m) { m.block = 5; });
  add(ampere_tf32, "to nearest", [](DotModel& m) { m.rounding = Rounding::ties_to_even; });
  add(hopper_f16, "c last", [](DotModel& m) { m.addend = Addend::last; });
  add(hopper_f16, "c last, instructions of 32", [](DotModel& m) { m.addend = Addend::last, m.instruction = 32; });
  add(ada_f8, "to nearest E8M13", [](DotModel& m) { m.rounding = Rounding::ties_to_even; });
  add(ada_f8, "instructions of 64, F = 9", [](DotModel& m) { m.instruction = 64, m.fraction_bits = 9; });
  add(hopper_wgmma_f8, "promoted every 128", [](DotModel& m) { m.pass = 128; });
  add(hopper_wgmma_f8, "promoted every 512", [](DotModel& m) { m.pass = 512; });
  add(hopper_mma_f8, "pairs apart by 8, c first",
      [](DotModel& m) { m.instruction = 16, m.block = 8, m.addend = Addend::first; });
  add(hopper_f16_f16, "chunks of 32 in float16", [](DotModel& m) { m.pass = 32; });
  add(hopper_f16_f16, "chunks of 32, joined in float32", [](DotModel& m) { m.pass = 32, m.pass_result = binary32; });
  add(ampere_f16, "sums in bfloat16",
      [](DotModel& m) { m.result = m.pass_result = bfloat, m.rounding = Rounding::ties_to_even; });
  add(ampere_f16, "aligned no lower than 2^-3", [](DotModel& m) { m.alignment_floor = -3; });
  add(hopper_f16, "canonical NaN", [](DotModel& m) { m.nan = NanRule::canonical; });
  add(mi300_f16, "late, products do not overflow", [](DotModel& m) { m.products_overflow = false; });
  add(mi300_f16, "late, 40 bits", [](DotModel& m) { m.sum_fraction_bits = 40; });
  add(mi300_xf32, "late, 24 bits, floor", [](DotModel& m) { m.sum_fraction_bits = 24, m.alignment_floor = -5; });
  add(mi300_f16, "late, 24 bits of the products", [](DotModel& m) { m.late_fraction_bits = 24; });
  add(mi300_f16, "late, 41 bits of the products",
      [](DotModel& m) { m.late_fraction_bits = 41, m.sum_fraction_bits = 40; });
  add(mi300_f8, "parity, blocks of 5, F = 28", [](DotModel& m) { m.block = 5, m.fraction_bits = 28; });
  add(mi300_f8, "parity, blocks of 64, floor", [](DotModel& m) { m.block = 64, m.alignment_floor = 2; });
  add(mi300_f16, "parity groups", [](DotModel& m) { m.parity_groups = true; });  // bfloat16 by the definition
  add(hopper_f16, "parity groups without a late c", [](DotModel& m) { m.parity_groups = true; });
  // By the definition:
  add(hopper_f16, "rounded to odd", [](DotModel& m) { m.rounding = Rounding::to_odd; });
  add(hopper_f16_f16, "float16 towards zero", [](DotModel& m) { m.rounding = Rounding::toward_zero; });
  add(mi300_f8, "parity groups of pairs apart",
      [](DotModel& m) { m.order = TermOrder::pairs_apart, m.instruction = 16, m.block = 8; });
  add(hopper_f16, "flushing", [](DotModel& m) { m.inputs = Subnormals::flush; });
  return all;
}

/// All but the sizes and the model at random.
Case draw(const DotModel& model, std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  const auto layout = [&] { return static_cast<Matrix::Layout>(random() % Matrix::kLayouts); };
  const auto numbers = [&] { return static_cast<Numbers>(random() % test::kNumbers); };
  const std::vector<DType> operands = operands_of(model), results{f32, f16, bf16};
  const DType a = pick(operands), b = random() % 2 == 0 ? a : pick(operands);
  Case c{m,
         n,
         k,
         a,
         b,
         random() % 2 == 0 && model.output() != binary32 ? f16 : pick(results),
         {float_format(a), float_format(b), model.output()},
         model,
         layout(),
         layout(),
         layout(),
         numbers(),
         numbers(),
         seed};
  // Operands are rounded to what the unit multiplies where they are wider.
  if (c.algorithm.lhs_precision_type == binary16 && random() % 4 == 0) c.a = f32;
  if (random() % 2 == 0) c.b_numbers = c.a_numbers;
  if (random() % 2 == 0) {
    c.c = model.output() == binary32 ? pick(results) : model.output() == binary16 ? f16 : bf16;
    c.c_layout = layout();
  }
  c.bias = random() % 4 == 0, c.relu = random() % 4 == 0;
  return c;
}

}  // namespace

TEST_CASE_FIXTURE(Setup, "aligned: every unit, all numbers") {
  std::uint64_t seed = 1;
  for (const DotModel& model : models())
    for (int numbers = 0; numbers < test::kNumbers; ++numbers)
      for (const int k : {4, 16, 32, 67, 130}) {
        Case c = draw(model, 7, 65, k, seed++);
        c.a_numbers = c.b_numbers = static_cast<Numbers>(numbers);
        check(c);
      }
}

TEST_CASE_FIXTURE(Setup, "aligned: every unit, lengths around the edges of blocks") {
  std::uint64_t seed = 10000;
  for (const DotModel& model : models())
    for (const int k : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 31, 32, 33, 63, 64, 65, 127, 129, 383, 384, 385, 513, 800})
      for (int repeat = 0; repeat < 3; ++repeat) check(draw(model, 1 + k % 5, 1 + k % 37, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "aligned: every edge of a tile") {
  std::uint64_t seed = 20000;
  const std::vector<DotModel> some{hopper_f16, ampere_tf32, ada_f8, mi300_f16, mi300_f8};
  for (const int m : {1, 2, 3, 4, 5, 6, 7, 12, 13})
    for (const int n : {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 97})
      for (const DotModel& model : some) check(draw(model, m, n, 1 + n % 23, seed++));
}

TEST_CASE_FIXTURE(Setup, "aligned: more rows, columns and steps than one block holds") {
  std::uint64_t seed = 30000;
  for (const DotModel& model : {hopper_f16, hopper_tf32, hopper_mma_f8, mi300_f16, mi300_f8})
    for (const auto& [m, n, k] :
         {std::tuple{3, 5, 4097}, std::tuple{530, 3, 9}, std::tuple{2, 1100, 9}, std::tuple{50, 70, 400}})
      check(draw(model, m, n, k, seed++));
}

TEST_CASE("aligned: every row has kernels, but for block-scaled operands") {
  for (const DotModel* model : dot_models()) {
    if (model->kind != Summation::aligned) continue;
    for (const DType t : operands_of(*model)) {
      const MatrixIn operand(nullptr, t, 4, 4, 4, 1);
      const auto narrowing = t == f16    ? emu::detail::Narrowing::to_float16
                             : t == bf16 ? emu::detail::Narrowing::to_bfloat16
                                         : emu::detail::Narrowing::none;
      const emu::detail::MatmulPlan plan{.a = operand,
                                         .b = operand,
                                         .d = MatrixOut(nullptr, f32, 4, 4, 4, 1),
                                         .extras = {},
                                         .model = model,
                                         .a_narrowing = narrowing,
                                         .b_narrowing = narrowing};
      CAPTURE(std::string(model->name));
      CAPTURE(std::string(name(t)));
      CHECK(emu::detail::aligned_kernels(plan).has_value() == (model->scale_block == 0));
    }
  }
}

TEST_CASE("aligned: what ran") { test::check_what_ran("aligned twin"); }  // last in the file: doctest runs in order
