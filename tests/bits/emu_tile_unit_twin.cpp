// The way of a product through a tile unit: packing, blocks, edges, C and D, against the definition, with tiles in
// memory instead of instructions; and what the comparison before the first use of an instruction would find.
#include <tuple>

#include "bits/emu_tile_units.hpp"
#include "bits/emu_twin.hpp"
#include "halfway/emu/native.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::ByDefinition;
using test::Case;
using test::check;
using test::Matrix;
using test::Numbers;
using test::OfIntegers;
using test::unit_in_memory;
using test::WithTiles;

constexpr const emu::detail::TileUnit& amx = unit_in_memory<ByDefinition<tdpbf16ps>>;
constexpr const emu::detail::TileUnit& avx512_bf16 = test::unit_by_steps<vdpbf16ps>;

struct Setup : test::Setup {
  WithTiles tiles{amx}, steps{avx512_bf16};
  ~Setup() { CHECK(test::misuses == 0); }
};

/// A case of either, what is not given at random.
Case draw(std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](const auto& list) { return list[random() % std::size(list)]; };
  const auto layout = [&] { return static_cast<Matrix::Layout>(random() % Matrix::kLayouts); };
  const auto numbers = [&] { return static_cast<Numbers>(random() % test::kNumbers); };
  constexpr DType stored[]{DType::bfloat16, DType::bfloat16, DType::float16, DType::float32};
  Case c{.m = m,
         .n = n,
         .k = k,
         .a = pick(stored),
         .b = pick(stored),
         .d = random() % 2 == 0 ? DType::float32 : pick(stored),
         .algorithm = dot::bf16_bf16_f32,
         .model = random() % 2 == 0 ? tdpbf16ps : vdpbf16ps,
         .a_layout = layout(),
         .b_layout = layout(),
         .d_layout = layout(),
         .a_numbers = numbers(),
         .b_numbers = numbers(),
         .seed = seed};
  if (random() % 2 == 0) c.b_numbers = c.a_numbers;
  if (random() % 2 == 0) c.c = pick(stored), c.c_layout = layout();
  c.bias = random() % 4 == 0, c.relu = random() % 4 == 0;
  return c;
}

/// Row after row, small integers.
template <class T>
std::vector<T> integers(std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (T& x : numbers) x = T(static_cast<float>(static_cast<int>(random() % 7) - 3));
  return numbers;
}

}  // namespace

TEST_CASE_FIXTURE(Setup, "tile unit: every kind of number, every layout, every operand") {
  std::uint64_t seed = 1;
  for (int numbers = 0; numbers < test::kNumbers; ++numbers)
    for (int a = 0; a < Matrix::kLayouts; ++a)
      for (int b = 0; b < Matrix::kLayouts; ++b) {
        Case c = draw(5 + 2 * b, 7 + 3 * a, 35, seed++);
        c.a_numbers = c.b_numbers = static_cast<Numbers>(numbers);
        c.a_layout = static_cast<Matrix::Layout>(a), c.b_layout = static_cast<Matrix::Layout>(b);
        check(c);
      }
  CHECK(test::products_of_tiles > 0);
}

TEST_CASE_FIXTURE(Setup, "tile unit: every length of k") {
  std::uint64_t seed = 10000;
  for (const int k : {0, 1, 2, 3, 15, 16, 17, 30, 31, 32, 33, 63, 64, 65, 96, 255, 256, 257, 288, 513, 769})
    for (int i = 0; i < 4; ++i) check(draw(3, 5, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "tile unit: every edge of rows and columns") {
  std::uint64_t seed = 20000;
  for (const int m : {1, 15, 16, 17, 31, 32, 33, 49, 64, 65})
    for (const int n : {1, 15, 16, 17, 31, 32, 33, 49, 64, 65}) check(draw(m, n, 1 + (m + n) % 40, seed++));
}

TEST_CASE_FIXTURE(Setup, "tile unit: blocks of k, with C and without") {
  std::uint64_t seed = 30000;
  for (const auto& [m, n, k] : {std::tuple{33, 34, 300}, std::tuple{20, 70, 530}, std::tuple{70, 20, 257}})
    for (int i = 0; i < 4; ++i) check(draw(m, n, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "tile unit: split operands, batches") {
  for (const DotAlgorithm& algorithm : {dot::bf16_bf16_f32_x3, dot::bf16_bf16_f32_x6, dot::bf16_bf16_f32_x9})
    for (const DotModel& model : {tdpbf16ps, vdpbf16ps}) {
      Case c = draw(18, 33, 40, 40000);
      c.a = c.b = DType::float32, c.algorithm = algorithm, c.a_numbers = c.b_numbers = Numbers::normal;
      c.model = model;
      check(c);
    }
  const auto a = integers<bfloat16>(5 * 20 * 33, 1), b = integers<bfloat16>(5 * 33 * 18, 2);
  std::vector<float> d(5 * 20 * 18), expected(d.size());
  std::vector<MatmulProduct> products;
  for (std::ptrdiff_t i = 0; i < 5; ++i) {
    const MatrixIn left = MatrixView(a.data() + i * 20 * 33, 20, 33),
                   right = MatrixView(b.data() + i * 33 * 18, 33, 18);
    products.push_back({left, right, MatrixView(d.data() + i * 20 * 18, 20, 18)});
    matmul_ref(left, right, MatrixView(expected.data() + i * 20 * 18, 20, 18), dot::bf16_bf16_f32, tdpbf16ps);
  }
  matmul(products, dot::bf16_bf16_f32, tdpbf16ps);
  CHECK(d == expected);
}

TEST_CASE_FIXTURE(Setup, "tile unit: more rows, columns and steps than blocks hold") {
  const WithTiles integer_tiles(unit_in_memory<OfIntegers>);
  for (const auto& [m, n, k] : {std::tuple{1100, 40, 600}, std::tuple{40, 1100, 600}, std::tuple{560, 600, 270},
                                std::tuple{3, 9000, 40}, std::tuple{70, 33, 140000}})
    for (const bool transposed : {false, true}) {
      const auto a = integers<bfloat16>(m * k, 1), b = integers<bfloat16>(k * n, 2);
      const auto left = transposed ? MatrixView(a.data(), k, m).transposed() : MatrixView(a.data(), m, k);
      const auto right = transposed ? MatrixView(b.data(), n, k).transposed() : MatrixView(b.data(), k, n);
      std::vector<float> d(static_cast<std::size_t>(m * n)), expected(d.size());
      matmul(left, right, MatrixView(expected.data(), m, n), dot::bf16_bf16_f32, sequential);
      for (const int threads : {1, 2}) {
        execution::set_threads(threads);
        std::fill(d.begin(), d.end(), -1.0F);
        matmul(left, right, MatrixView(d.data(), m, n), dot::bf16_bf16_f32, tdpbf16ps);
        const std::string size = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
        CAPTURE(size);
        CAPTURE(transposed);
        CAPTURE(threads);
        CHECK(d == expected);
      }
    }
}

TEST_CASE_FIXTURE(Setup, "tile unit: computes its model in bfloat16, whatever the name, and nothing else") {
  const auto products = [](const DotModel& model, const DotAlgorithm& algorithm) {
    const auto a = integers<float>(9, 1), b = integers<float>(9, 2);
    std::vector<float> d(9);
    test::products_of_tiles = 0;
    matmul(MatrixView(a.data(), 3, 3), MatrixView(b.data(), 3, 3), MatrixView(d.data(), 3, 3), algorithm, model);
    return test::products_of_tiles.load();
  };
  const auto changed = [](auto change) {
    DotModel model = tdpbf16ps;
    change(model);
    return model;
  };
  CHECK(products(tdpbf16ps, dot::bf16_bf16_f32) == 1);
  CHECK(products(changed([](DotModel& m) { m.name = "mine", m.block = 32; }), dot::bf16_bf16_f32) == 1);
  CHECK(products(changed([](DotModel& m) { m.pass = 64; }), dot::bf16_bf16_f32) == 0);
  CHECK(products(changed([](DotModel& m) { m.instruction = 16; }), dot::bf16_bf16_f32) == 0);
  CHECK(products(changed([](DotModel& m) { m.lanes = 1; }), dot::bf16_bf16_f32) == 0);
  CHECK(products(changed([](DotModel& m) { m.nan = NanRule::canonical; }), dot::bf16_bf16_f32) == 0);
  CHECK(products(changed([](DotModel& m) { m.inputs = Subnormals::keep; }), dot::bf16_bf16_f32) == 0);
  CHECK(products(tdpfp16ps, dot::f16_f16_f32) == 0);
  CHECK(products(vdpbf16ps, dot::bf16_bf16_f32) == 1);
  CHECK(products(arm_bfdot_ebf, dot::bf16_bf16_f32) == 0);
  CHECK(products(sequential, dot::bf16_bf16_f32) == 0);
}

namespace {
constexpr DotModel with(const DotModel& base, void (*change)(DotModel&)) {
  DotModel model = base;
  change(model);
  return model;
}
/// Wrong ones, of a unit whose results are those of `base`.
template <const DotModel& base>
struct Wrong {
  static constexpr DotModel keeps_operands = with(base, [](DotModel& m) { m.inputs = Subnormals::keep; });
  static constexpr DotModel keeps_results = with(base, [](DotModel& m) { m.results = Subnormals::keep; });
  static constexpr DotModel rounds_products = with(base, [](DotModel& m) { m.round_products = true; });
  static constexpr DotModel towards_zero = with(base, [](DotModel& m) { m.rounding = Rounding::toward_zero; });
  static constexpr DotModel canonical_nan = with(base, [](DotModel& m) { m.nan = NanRule::canonical; });
};
constexpr DotModel one_chain = with(tdpbf16ps, [](DotModel& m) { m.kind = Summation::chain, m.lanes = 1; });
constexpr DotModel c_first = with(tdpbf16ps, [](DotModel& m) { m.kind = Summation::chain, m.addend = Addend::first; });
constexpr DotModel by_pairs = with(tdpbf16ps, [](DotModel& m) { m.instruction = 2; });
constexpr DotModel adds_c_towards_zero =
    with(tdpbf16ps, [](DotModel& m) { m.addend_rounding = Rounding::toward_zero; });
constexpr DotModel even_first = with(vdpbf16ps, [](DotModel& m) { m.order = TermOrder::natural; });
constexpr DotModel c_last = with(vdpbf16ps, [](DotModel& m) { m.addend = Addend::last; });
constexpr DotModel exact_pairs =
    with(vdpbf16ps, [](DotModel& m) { m.kind = Summation::exact, m.nan = NanRule::canonical; });
}  // namespace

TEST_CASE("tile unit: the comparison before the first use accepts the model and no other") {
  using emu::detail::check_tiles;
  for (const emu::detail::TileUnit* right : {&amx, &avx512_bf16}) {
    CHECK(check_tiles(*right).results >= 4000);
    CHECK(check_tiles(*right).wrong == 0);
  }
  const auto tiles = []<const DotModel & model>() { return check_tiles(unit_in_memory<ByDefinition<model>>).wrong; };
  CHECK(tiles.operator()<Wrong<tdpbf16ps>::keeps_operands>() > 20);
  CHECK(tiles.operator()<Wrong<tdpbf16ps>::keeps_results>() > 20);
  CHECK(tiles.operator()<Wrong<tdpbf16ps>::rounds_products>() > 20);
  CHECK(tiles.operator()<Wrong<tdpbf16ps>::towards_zero>() > 20);
  CHECK(tiles.operator()<Wrong<tdpbf16ps>::canonical_nan>() > 20);
  CHECK(tiles.operator()<one_chain>() > 20);
  CHECK(tiles.operator()<c_first>() > 20);
  CHECK(tiles.operator()<by_pairs>() > 20);
  CHECK(tiles.operator()<adds_c_towards_zero>() > 20);
  const auto steps = []<const DotModel & model>() { return check_tiles(test::unit_by_steps<model>).wrong; };
  CHECK(steps.operator()<Wrong<vdpbf16ps>::keeps_operands>() > 20);
  CHECK(steps.operator()<Wrong<vdpbf16ps>::keeps_results>() > 20);
  CHECK(steps.operator()<Wrong<vdpbf16ps>::rounds_products>() > 20);
  CHECK(steps.operator()<Wrong<vdpbf16ps>::towards_zero>() > 20);
  CHECK(steps.operator()<Wrong<vdpbf16ps>::canonical_nan>() > 20);
  CHECK(steps.operator()<even_first>() > 20);
  CHECK(steps.operator()<c_last>() > 20);
  CHECK(steps.operator()<exact_pairs>() > 20);
}

TEST_CASE("tile unit: what is said of it") {
  CHECK(computed_by(sequential) == "emulation");
  {
    const WithTiles tiles(amx), steps(avx512_bf16);
    CHECK(computed_by(tdpbf16ps) == "what a test put in the place of TDPBF16PS");
    CHECK(computed_by(vdpbf16ps) == "what a test put in the place of VDPBF16PS");
    CHECK(computed_by(tdpfp16ps) == "emulation");
  }
  struct Expected {
    const DotModel& unit;
    std::string instruction, feature, mark;
  };
  for (const auto& [unit, instruction, feature, mark] : {Expected{tdpbf16ps, "TDPBF16PS", "AMX-BF16", "+AMX"},
                                                         Expected{vdpbf16ps, "VDPBF16PS", "AVX512-BF16", "+BF16"}}) {
    execution::use_target("");
    const std::string target = execution::target();
    const bool present = target.find(mark) != std::string::npos;
    const std::string here = computed_by(unit);
    std::printf("%s is computed by %s on target %s\n", std::string(unit.name).c_str(), here.c_str(), target.c_str());
    if (present)
      CHECK((here == instruction || here == "emulation (the operating system refuses AMX-BF16 to this process)"));
    else
      CHECK(here == "emulation (this CPU has no " + feature + ")");
    execution::use_target(execution::targets().back());
    if (present)
      CHECK(computed_by(unit) == "emulation (target " + execution::target() + " leaves " + feature + " out)");
    execution::use_target("");
  }
}

TEST_CASE("tile unit: what ran") { test::check_what_ran("tile unit twin"); }
