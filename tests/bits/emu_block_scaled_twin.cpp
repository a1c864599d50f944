// Block-scaled products in lanes give the bits of their definition: every unit with scales and units that nobody built,
// all numbers and scales, lengths, layouts of D and C, tensor scales, targets and thread counts.
#include <doctest/doctest.h>

#include "bits/emu_twin.hpp"
#include "emu/block_operand.hpp"
#include "halfway/emu/block_scaled.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Matrix;
using test::Numbers;
using test::Setup;

/// How scales are drawn.
enum class Scales { near_one, far, any, zeros, ends };
constexpr int kScales = 5;

struct Product {
  std::int64_t m, n, k;
  DotModel model;
  FloatFormat a, b, scale;
  Numbers numbers;
  Scales scales;
  DType d;
  Matrix::Layout d_layout, c_layout;
  bool c, tensor_scales;
  std::uint64_t seed;
};

std::uint8_t draw_element(const FloatFormat& f, Numbers numbers, std::mt19937_64& random) {
  const auto all = static_cast<unsigned>((1 << f.bits()) - 1), magnitude = all >> 1;
  const auto code = static_cast<unsigned>(random());
  const unsigned sign = (code >> 8 & 1) * (all ^ magnitude), one = static_cast<unsigned>(f.bias) << f.fraction_bits();
  const unsigned highest = f.specials == Specials::none ? magnitude : magnitude - (2u << f.fraction_bits()) + 1;
  switch (numbers) {
    case Numbers::bits: return static_cast<std::uint8_t>(code & all);
    case Numbers::subnormal: return static_cast<std::uint8_t>(sign | code % (2u << f.fraction_bits()));
    case Numbers::edges: return static_cast<std::uint8_t>(sign | (code % 2 != 0 ? highest : code / 2 % 2));
    case Numbers::zeros_negative: return static_cast<std::uint8_t>(code % 8 == 0 ? sign | one : sign);
    case Numbers::specials: return static_cast<std::uint8_t>(code % 64 == 0 ? code >> 9 & all : sign | one);
    case Numbers::ties: return static_cast<std::uint8_t>(sign | (one + (code % 4 == 0)));
    default: return static_cast<std::uint8_t>(sign | code % (highest + 1));
  }
}

std::uint8_t draw_scale(const FloatFormat& f, Scales scales, std::mt19937_64& random) {
  const auto code = static_cast<unsigned>(random());
  const auto one = static_cast<unsigned>(f.bias) << f.fraction_bits();
  const unsigned all = (1u << f.bits()) - 1;
  switch (scales) {
    case Scales::near_one: return static_cast<std::uint8_t>(one - 3 + code % 7);
    case Scales::far: return static_cast<std::uint8_t>(f == e8m0fnu ? 87 + code % 80 : code % 0x7F);
    case Scales::zeros: return static_cast<std::uint8_t>(code % 3 == 0 ? one : 0);
    case Scales::ends: return static_cast<std::uint8_t>(code % 4 == 0 ? 0xFE : code % 4 == 1 ? code >> 8 & 3 : one);
    case Scales::any: break;
  }
  return static_cast<std::uint8_t>(code & all);
}

BlockArray draw_operand(const Product& p, const FloatFormat& element, std::int64_t rows, std::int64_t cols, int axis,
                        std::mt19937_64& random) {
  BlockArray x{{.element = element, .scale = p.scale, .size = p.model.scale_block}, {rows, cols}, axis, {}, {}, 1};
  const std::int64_t blocks = (p.k + p.model.scale_block - 1) / p.model.scale_block, lines = axis == 1 ? rows : cols;
  for (std::int64_t i = 0; i < rows * cols; ++i) x.codes.push_back(draw_element(element, p.numbers, random));
  for (std::int64_t i = 0; i < blocks * lines; ++i) x.scales.push_back(draw_scale(p.scale, p.scales, random));
  if (p.scales == Scales::zeros)  // as quantize leaves them: blocks of zeros have scale code 0
    for (std::int64_t i = 0; i < rows * cols; ++i) {
      const std::int64_t row = i / cols, col = i % cols, size = p.model.scale_block;
      const std::int64_t scale = axis == 1 ? row * blocks + col / size : row / size * lines + col;
      if (x.scales[static_cast<std::size_t>(scale)] == 0) x.codes[static_cast<std::size_t>(i)] = 0;
    }
  if (p.tensor_scales) x.tensor_scale = axis == 1 ? 0x1.8p-5F : 0x1.234p3F;
  return x;
}

void check(const Product& p) {
  std::mt19937_64 random(p.seed);
  const BlockArray a = draw_operand(p, p.a, p.m, p.k, 1, random), b = draw_operand(p, p.b, p.k, p.n, 0, random);
  Matrix c(p.model.output() == binary16 ? DType::float16 : DType::float32, p.m, p.n, p.c_layout),
      expected(p.d, p.m, p.n, p.d_layout);
  fill(c, p.seed % 2 == 0 ? Numbers::normal : static_cast<Numbers>(p.seed / 2 % test::kNumbers), random);
  MatmulExtras extras;
  if (p.c) extras.c = c.in();
  block_scaled_matmul_ref(a, b, expected.out(), p.model, extras);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    test::targets_seen.insert(execution::target());
    for (const int threads : {1, 2}) {
      if (threads == 2 && p.seed % 4 != 0) continue;
      execution::set_threads(threads);
      execution::take_threads_used();
      Matrix result(p.d, p.m, p.n, p.d_layout);
      bool untouched = false;
      {
        const test::Dirt dirt;
        block_scaled_matmul(a, b, result.out(), p.model, extras);
        untouched = dirt.untouched();
      }
      if (const int used = execution::take_threads_used(); used > 0) test::threads_seen.insert(used);
      if (result.bytes() == expected.bytes() && untouched) continue;
      CAPTURE(p.m);
      CAPTURE(p.n);
      CAPTURE(p.k);
      CAPTURE(std::string(p.model.name));
      CAPTURE(std::string(name(p.a)) + " by " + std::string(name(p.b)) + " to " + std::string(name(p.d)));
      CAPTURE(static_cast<int>(p.numbers));
      CAPTURE(static_cast<int>(p.scales));
      CAPTURE(p.c);
      CAPTURE(p.tensor_scales);
      CAPTURE(p.seed);
      CAPTURE(target);
      CAPTURE(threads);
      std::string first = "in a gap, or the environment";
      for (std::int64_t i = p.m * p.n; i-- > 0;)
        if (result.get(i / p.n, i % p.n) != expected.get(i / p.n, i % p.n)) {
          char text[100];
          std::snprintf(text, sizeof text, "[%d][%d] is %llx, not %llx", static_cast<int>(i / p.n),
                        static_cast<int>(i % p.n), static_cast<unsigned long long>(result.get(i / p.n, i % p.n)),
                        static_cast<unsigned long long>(expected.get(i / p.n, i % p.n)));
          first = text;
        }
      FAIL_CHECK(first);
      return;
    }
  }
}

template <class Change>
DotModel varied(DotModel model, std::string_view name, Change change) {
  model.name = name;
  change(model);
  return model;
}

constexpr FloatFormat both_scales[]{e8m0fnu, e4m3fn};

const std::vector<DotModel>& models() {
  static const std::vector<DotModel> all{
      blackwell_mxf8f6f4,
      blackwell_mxf4,
      blackwell_nvf4,
      varied(blackwell_mxf8f6f4, "blocks of 64, to nearest",
             [](DotModel& m) { m.block = 64, m.rounding = Rounding::ties_to_even; }),
      varied(blackwell_mxf8f6f4, "scales of 16, passes of 96", [](DotModel& m) { m.scale_block = 16, m.pass = 96; }),
      varied(blackwell_mxf8f6f4, "c late",
             [](DotModel& m) {
               m.addend = Addend::late, m.rounding = Rounding::ties_to_even, m.fraction_bits = 24,
               m.alignment_floor = INT_MIN;
             }),
      varied(blackwell_mxf8f6f4, "float16 sums",
             [](DotModel& m) {
               m.result = m.pass_result = binary16, m.rounding = Rounding::ties_to_even, m.alignment_floor = -21;
             }),
      varied(
          blackwell_mxf4, "F = 20, to nearest, no floor",
          [](DotModel& m) { m.fraction_bits = 20, m.rounding = Rounding::ties_to_even, m.alignment_floor = INT_MIN; }),
      varied(blackwell_nvf4, "groups of 8, scales of 32, floor 3",
             [](DotModel& m) {
               m.group = 8, m.block = 32, m.scale_block = 32, m.alignment_floor = 3, m.scales = both_scales;
             }),
      // By the definition:
      varied(blackwell_mxf8f6f4, "scales with fractions", [](DotModel& m) { m.scales = operands::ue4m3; }),
      varied(blackwell_mxf8f6f4, "scales of 8", [](DotModel& m) { m.scale_block = 8; }),
      varied(blackwell_nvf4, "two groups", [](DotModel& m) { m.block = 32; }),
      varied(blackwell_nvf4, "F = 40", [](DotModel& m) { m.fraction_bits = 40; }),
  };
  return all;
}

Product draw(const DotModel& model, std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  const std::vector<DType> results{DType::float32, DType::float16, DType::bfloat16};
  return {m,
          n,
          k,
          model,
          pick(model.operands),
          pick(model.operands),
          pick(model.scales),
          static_cast<Numbers>(random() % test::kNumbers),
          static_cast<Scales>(random() % kScales),
          pick(results),
          static_cast<Matrix::Layout>(random() % Matrix::kLayouts),
          static_cast<Matrix::Layout>(random() % Matrix::kLayouts),
          random() % 2 == 0,
          model.output() == binary32 && random() % 4 == 0,
          seed};
}

}  // namespace

TEST_CASE_FIXTURE(Setup, "block-scaled: every unit, format, kind of number and of scale") {
  std::uint64_t seed = 1;
  for (const DotModel& model : models())
    for (const FloatFormat& f : model.operands)
      for (int numbers = 0; numbers < test::kNumbers; ++numbers)
        for (int scales = 0; scales < kScales; ++scales) {
          Product p = draw(model, 5, 19, 70, seed++);
          p.a = f, p.numbers = static_cast<Numbers>(numbers), p.scales = static_cast<Scales>(scales);
          check(p);
        }
}

TEST_CASE_FIXTURE(Setup, "block-scaled: lengths around the edges of blocks") {
  std::uint64_t seed = 10000;
  for (const DotModel& model : models())
    for (const int k :
         {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 319, 320, 321, 383, 384, 385, 450, 800})
      for (int repeat = 0; repeat < 3; ++repeat) check(draw(model, 1 + k % 5, 1 + k % 37, k, seed++));
}

TEST_CASE_FIXTURE(Setup, "block-scaled: every edge of a tile; more rows and columns than one block holds") {
  std::uint64_t seed = 20000;
  for (const DotModel& model : {blackwell_mxf8f6f4, blackwell_nvf4}) {
    for (const int m : {0, 1, 2, 3, 4, 5, 6, 7, 13, 14, 15})
      for (const int n : {0, 1, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65})
        check(draw(model, m, n, 30 + n % 5, seed++));
    check(draw(model, 530, 3, 33, seed++)), check(draw(model, 2, 1100, 33, seed++));
  }
}

TEST_CASE_FIXTURE(Setup, "block-scaled: what quantize makes has kernels, zeros and all") {
  std::vector<float> x(64 * 96);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = i % 96 < 32 ? 0.0F : static_cast<float>(i % 37) * 0x1p-40F - 0x1.234p-36F;
  emu::detail::Workspace memory;
  for (const BlockFormat& format : {mxfp8_e4m3, mxfp8_e5m2, mxfp6_e2m3, mxfp6_e3m2, mxfp4})
    CHECK(emu::detail::scaled_numbers(blackwell_mxf8f6f4, quantize(x, {64, 96}, 1, format), memory).has_value());
  const BlockArray far{mxfp8_e5m2, {1, 1}, 1, {0x3C}, {0}, 1};  // 2^−127: no normal number
  CHECK(!emu::detail::scaled_numbers(blackwell_mxf8f6f4, far, memory).has_value());
  const MatrixIn operand(nullptr, DType::float32, 72, 72, 72, 1);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    for (const DotModel& model : models()) {
      const emu::detail::ScaleExponents scales{model.operands[0], model.scale_block, 72, nullptr, 0, 0};
      const emu::detail::MatmulPlan plan{.a = operand,
                                         .b = operand,
                                         .d = MatrixOut(nullptr, DType::float32, 72, 72, 72, 1),
                                         .extras = {},
                                         .model = &model,
                                         .a_scales = &scales,
                                         .b_scales = &scales};
      CAPTURE(std::string(model.name));
      const bool by_definition = model.scale_block == 8 || model.fraction_bits == 40 || model.name == "two groups";
      const auto kernels =
          model.group > 0 ? emu::detail::scaled_group_kernels(plan) : emu::detail::aligned_kernels(plan);
      CHECK(kernels.has_value() == !by_definition);
    }
  }
}

TEST_CASE("block-scaled: what ran") { test::check_what_ran("block-scaled twin"); }  // last: doctest runs in order
