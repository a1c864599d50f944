// Every row of the table of matrix units, and models that no unit has, against exact rationals.
#include <doctest/doctest.h>

#include <cmath>

#include "bits/emu_dot_cases.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Codes, test::compare, test::compare_staircase;
}  // namespace

TEST_CASE("dot_product: every matrix unit, every kind of number, in exact rationals") {
  for (const DotModel* model : dot_models()) CHECK(compare(*model, 24) > 100);
}

TEST_CASE("dot_product: where units cut, every bit that is left counts") {
  for (const DotModel* model : dot_models())
    for (const FloatFormat& format : model->operands)
      compare_staircase(*model, format, model->addend == Addend::late ? 6000 : 1500);
}

TEST_CASE("dot_product: models that no unit has, in exact rationals") {
  const DotModel studies[]{
      {.name = "float16 chain", .result = binary16, .pass_result = binary16},
      {.name = "bfloat16 chain towards zero", .result = bfloat, .rounding = Rounding::toward_zero},
      {.name = "float16 chunks of 8", .pass = 8, .result = binary16, .pass_result = binary16},
      {.name = "chain of pairs, x86 NaN", .instruction = 8, .order = TermOrder::pairs_apart, .nan = NanRule::first_nan},
      {.name = "four lanes", .kind = Summation::lanes, .instruction = 16, .lanes = 4, .addend = Addend::last},
      {.name = "chain downwards", .rounding = Rounding::toward_negative},
      {.name = "products, ties away", .round_products = true, .rounding = Rounding::ties_to_away},
      {.name = "tree of 7", .kind = Summation::tree, .instruction = 7, .addend = Addend::last},
      {.name = "exact by 8 in float16", .kind = Summation::exact, .block = 8, .result = binary16},
      {.name = "aligned, c last, to odd",
       .kind = Summation::aligned,
       .instruction = 8,
       .addend = Addend::last,
       .fraction_bits = 20,
       .rounding = Rounding::to_odd},
      {.name = "aligned, floor of MMA-Sim", .kind = Summation::aligned, .block = 16, .alignment_floor = -126},
      {.name = "aligned in bfloat16, flushing",
       .kind = Summation::aligned,
       .inputs = Subnormals::flush,
       .results = Subnormals::flush,
       .block = 4,
       .fraction_bits = 9,
       .result = bfloat},
  };
  for (const DotModel& model : studies) CHECK(compare(model, 24) > 100);
}

TEST_CASE("dot_product: stochastic rounding, by the numbers of element and rounding") {
  const DotModel studies[]{
      {.name = "chain", .result = binary16, .rounding = Rounding::stochastic, .pass_result = binary16},
      {.name = "products", .round_products = true, .result = bfloat, .rounding = Rounding::stochastic_odd},
      {.name = "float64", .operands = operands::f64, .result = binary64, .rounding = Rounding::stochastic},
      {.name = "lanes",
       .kind = Summation::lanes,
       .instruction = 8,
       .lanes = 4,
       .addend = Addend::last,
       .rounding = Rounding::stochastic_fast,
       .addend_rounding = Rounding::toward_negative},
      {.name = "tree",
       .kind = Summation::tree,
       .instruction = 2,
       .addend = Addend::last,
       .rounding = Rounding::toward_positive,
       .addend_rounding = Rounding::stochastic_fastest},
      {.name = "exact", .kind = Summation::exact, .block = 4, .result = bfloat, .rounding = Rounding::stochastic},
      {.name = "aligned", .kind = Summation::aligned, .block = 8, .rounding = Rounding::stochastic},
      {.name = "passes", .results = Subnormals::flush, .pass = 6, .result = e6m9, .rounding = Rounding::stochastic}};
  for (const DotModel& study : studies)
    for (const int bits : {0, 1, 7, 16, 32}) {
      DotModel model = study;
      model.random_bits = bits, model.seed = 3, model.stream = 1u << bits % 30;
      CHECK(compare(model, 6) > 30);
    }
}

TEST_CASE("dot_product: what stochastic rounding depends on, and its mean") {
  constexpr std::uint64_t one = 0x3C00, small = 0x0C00;  // 1, 2^-12: an eighth of a unit in the last place of 1... 2
  const auto sum = [&](const DotModel& model, std::uint64_t element, std::size_t terms = 8) {
    Codes a(terms + 1, small), b(terms + 1, one);
    a[0] = one;
    return static_cast<int>(dot_product(model, binary16, a, binary16, b, {}, element)) - static_cast<int>(one);
  };
  constexpr int elements = 4000;
  DotModel other_seed = sequential_f16_stochastic, other_stream = sequential_f16_stochastic;
  other_seed.seed = 1, other_stream.stream = 1;
  int total = 0, same_seed = 0, same_stream = 0, same_element = 0;
  for (std::uint64_t i = 0; i < elements; ++i) {
    const int units = sum(sequential_f16_stochastic, i);  // the exact sum is 1 + 2 units
    total += units;
    same_seed += units == sum(other_seed, i), same_stream += units == sum(other_stream, i);
    same_element += units == sum(sequential_f16_stochastic, i + elements);
    CHECK(units == sum(sequential_f16_stochastic, i));
  }
  CHECK(std::abs(total - 2 * elements) < 4 * std::sqrt(8 * 0.25 * 0.75 * elements));
  for (const int same : {same_seed, same_stream, same_element}) CHECK(same < elements / 2);
  CHECK(sum(sequential_f16, 0) == 0);  // stagnates
  CHECK(sum(sequential_f16_stochastic, 0, 4000) > 600);
}

TEST_CASE("dot_product: 2^23 - 2^23 - 0.5 - 0.25 - 0.125 on each unit (Table 8 of arXiv 2511.10909)") {
  const auto product = [](const DotModel& model, std::size_t terms, std::size_t operand = 0) {
    const FloatFormat from = model.operands[operand];
    const auto code = [&](float x) {
      halfway::detail::Context context;
      return halfway::detail::convert_code(halfway::detail::Codes(from), halfway::detail::Codes(binary32), to_code(x),
                                           context);
    };
    Codes a(terms, code(0)), b(terms, code(0));
    const float left[]{-0x1p13f, -0.5f, -0.25f, -0.125f}, right[]{0x1p10f, 1, 1, 1};
    for (std::size_t i = 0; i < 4; ++i) a[i] = code(left[i]), b[i] = code(right[i]);
    return from_code<float>(static_cast<std::uint32_t>(dot_product(model, from, a, from, b, to_code(0x1p23f))));
  };
  CHECK(product(mi100_f16, 4) == -0.875f);
  CHECK(product(mi100_bf16, 4) == -0.875f);
  CHECK(product(mi250_bf16, 4) == -0.375f);
  CHECK(product(mi250_bf16_1k, 4) == 0.0f);
  CHECK(product(mi250_f16, 4) == 0.0f);
  CHECK(product(mi300_f16, 8) == -0.5f);
  CHECK(product(mi300_f8, 16, 1) == -1.0f);
  CHECK(product(volta_f16, 4) == 0.0f);
  CHECK(product(ampere_f16, 8) == -0.5f);
  CHECK(product(hopper_f16, 16) == -0.75f);
}

TEST_CASE("dot_product: where sources on AMD's units differ") {
  // 1 + (2^-8 - 2^-8 - 3·2^-25 + 2^-32), 2^-32 above a tie: kept below the sum of products, or rounded down.
  const Codes a{0x2C00, 0xAC00, 0x9200, 0x0400}, b{0x2C00, 0x2C00, 0x0800, 0x0040};
  const auto sum = [&](const DotModel& model) { return dot_product(model, binary16, a, binary16, b, to_code(1.0f)); };
  CHECK(sum(mi300_f16) == to_code(1 - 0x1p-24f));
  CHECK(sum(mi300_f16_one_floor) == to_code(1 - 0x1p-23f));

  // Zeros that CDNA2 reads have no sign.
  const Codes negative_zero(4, 0x8000), ones(4, 0x3C00);
  CHECK(dot_product(mi250_f16, binary16, negative_zero, binary16, ones, to_code(-0.0f)) == to_code(0.0f));
  CHECK(dot_product(mi100_f16, binary16, negative_zero, binary16, ones, to_code(-0.0f)) == to_code(-0.0f));
}

TEST_CASE("matmul_ref and matmul: a unit's model, row by row of D") {
  std::mt19937_64 random(5);
  constexpr std::int64_t m = 3, n = 2, k = 40;
  std::vector<float16> a(m * k), b(k * n), d16(m * n);
  for (float16& x : a) x = from_code<float16>(static_cast<std::uint16_t>(0x3800 + random() % 0x800));
  for (float16& x : b)
    x = from_code<float16>(static_cast<std::uint16_t>((random() & 0x8000) | (0x3800 + random() % 0x800)));
  for (const DotModel* model : {&hopper_f16, &hopper_f16_f16, &mi300_f16, &tdpfp16ps, &kulisch}) {
    const bool half = model->result == binary16;
    const DotAlgorithm algorithm{binary16, binary16, half ? binary16 : binary32};
    std::vector<float> d(m * n);
    const MatrixView<const float16> left(a.data(), m, k), right(b.data(), k, n);
    const MatrixOut out =
        half ? MatrixOut(MatrixView<float16>(d16.data(), m, n)) : MatrixOut(MatrixView<float>(d.data(), m, n));
    for (const auto product : {matmul_ref, matmul}) {
      product(left, right, out, algorithm, *model, {});
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          Codes row, col;
          for (std::int64_t t = 0; t < k; ++t)
            row.push_back(to_code(a[static_cast<std::size_t>(i * k + t)])),
                col.push_back(to_code(b[static_cast<std::size_t>(t * n + j)]));
          const auto at = static_cast<std::size_t>(i * n + j);
          const std::uint64_t got = half ? to_code(d16[at]) : to_code(d[at]);
          CHECK(got == dot_product(*model, binary16, row, binary16, col));
        }
    }
  }
}

TEST_CASE("dot models: names, labels, what is refused") {
  std::set<std::pair<std::string_view, int>> names;
  for (const DotModel* model : dot_models()) {
    names.insert({model->name, model->revision});
    CHECK(find_dot_model(model->name, model->revision) == model);
    CHECK_FALSE(model->source.empty());
    CHECK_NOTHROW(check_model(*model, "test"));
    if (model->evidence != Evidence::definition && model != &xla_reference) CHECK_FALSE(model->unsettled.empty());
  }
  CHECK(names.size() == dot_models().size());
  CHECK(find_dot_model("hopper_mma", binary16, binary32) == &hopper_f16);
  CHECK(find_dot_model("hopper_mma", tensor_float, binary32) == &hopper_tf32);
  CHECK(find_dot_model("hopper_mma", e5m2, binary16) == &hopper_mma_f8_f16);
  CHECK(find_dot_model("hopper_mma", e2m1fn, binary16) == nullptr);
  CHECK(find_dot_model("hopper_mma_f16", 2) == nullptr);
  CHECK(find_dot_model("ampere_mma", binary64, binary64) == &ampere_f64);
  DotModel corrected = hopper_f16;  // the old row stays, and is found by its number
  corrected.revision = 2;
  const DotModel* const rows[]{&hopper_tf32, &corrected, &hopper_f16};
  CHECK(find_dot_model(rows, "hopper_mma_f16") == &corrected);
  CHECK(find_dot_model(rows, "hopper_mma_f16", 1) == &hopper_f16);
  CHECK(find_dot_model(rows, "hopper_mma_f16", 3) == nullptr);
  CHECK(find_dot_model(rows, "volta_mma_f16") == nullptr);
  CHECK(label(hopper_f16.evidence) == "checked against published silicon output");
  CHECK(label(vdpbf16ps.evidence) == "checked on silicon");
  CHECK(label(mi300_f16.evidence) == "from published descriptions");

  const Codes one{0x3C00}, two{0x3C00, 0x3C00};
  CHECK_THROWS_AS(dot_product(hopper_f16, binary16, one, binary16, two), ShapeError);
  CHECK_THROWS_AS(dot_product(vdpbf16ps, binary16, one, binary16, one), DTypeError);
  CHECK_THROWS_AS(dot_product({.name = "late chain", .addend = Addend::late}, binary16, one, binary16, one),
                  ValueError);
  CHECK_THROWS_AS(dot_product({.name = "no block", .kind = Summation::aligned}, binary16, one, binary16, one),
                  ValueError);
  CHECK_THROWS_AS(
      dot_product({.name = "odd", .instruction = 3, .order = TermOrder::odd_first}, binary16, one, binary16, one),
      ValueError);
}
