// Block-scaled dot products and matrices against exact rationals.
#include <doctest/doctest.h>

#include <cmath>

#include "bits/emu_dot_cases.hpp"
#include "halfway/emu/block_scaled.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Codes, test::Draw, test::draws, test::Source;

/// Scales of both operands, around 1 or any.
test::Scales scales_of(const DotModel& model, std::size_t terms, std::mt19937_64& random, bool any) {
  const FloatFormat format = model.scales[0];
  const std::size_t blocks =
      (terms + static_cast<std::size_t>(model.scale_block) - 1) / static_cast<std::size_t>(model.scale_block);
  test::Scales scales{format, format, {}, {}};
  for (Codes* codes : {&scales.a, &scales.b})
    for (std::size_t i = 0; i < blocks; ++i)
      codes->push_back(any ? random() & 0xFF : format == e8m0fnu ? 120 + random() % 15 : 0x30 + random() % 16);
  return scales;
}

}  // namespace

TEST_CASE("block_scaled_dot_product: every unit with scales, in exact rationals") {
  int units = 0;
  for (const DotModel* model : dot_models()) {
    if (model->scale_block == 0) continue;
    ++units;
    const test::DotOracle oracle(*model);
    std::mt19937_64 random(11);
    std::set<std::uint64_t> results;
    for (const FloatFormat& fa : model->operands)
      for (const FloatFormat& fb : model->operands)
        for (std::uint64_t i = 0; i < 400; ++i) {
          const std::size_t terms = i % 8 == 0 ? 200 : random() % 70;
          const Codes a = Source(fa, static_cast<Draw>(i % draws), i).next(terms),
                      b = Source(fb, static_cast<Draw>(i % draws), i + 5000).next(terms);
          const test::Scales scales = scales_of(*model, terms, random, i % 3 == 0);
          std::optional<std::uint64_t> c;
          if (i % 4 != 0) c = Source(binary32, i % 2 == 0 ? Draw::wide : Draw::ones, i).next();
          const std::uint64_t result = block_scaled_dot_product(*model, {fa, a, scales.a_format, scales.a},
                                                                {fb, b, scales.b_format, scales.b}, c);
          results.insert(result);
          CAPTURE(model->name);
          CAPTURE(i);
          CHECK(result == oracle(fa, a, fb, b, c, scales));
        }
    CHECK(results.size() > 100);
  }
  CHECK(units == 3);
}

TEST_CASE("block_scaled_dot_product: one product, by hand") {
  const Codes three{5}, two{4}, half{126}, four{129}, nan{255}, negative_one{0xB8}, one{0x38};
  const auto value = [](std::uint64_t code) { return from_code<float>(static_cast<std::uint32_t>(code)); };
  CHECK(value(block_scaled_dot_product(blackwell_mxf4, {e2m1fn, three, e8m0fnu, half}, {e2m1fn, two, e8m0fnu, four},
                                       to_code(0.25f))) == 12.25f);
  CHECK(block_scaled_dot_product(blackwell_mxf4, {e2m1fn, three, e8m0fnu, nan}, {e2m1fn, two, e8m0fnu, four}) ==
        0x7FFFFFFF);
  CHECK(value(block_scaled_dot_product(blackwell_nvf4, {e2m1fn, three, e4m3fn, negative_one},
                                       {e2m1fn, two, e4m3fn, one})) == 6.0f);  // scales have no sign
  CHECK_THROWS_AS(block_scaled_dot_product(hopper_f16, {e2m1fn, three, e8m0fnu, half}, {e2m1fn, two, e8m0fnu, half}),
                  ValueError);
  CHECK_THROWS_AS(block_scaled_dot_product(blackwell_nvf4, {e2m1fn, three, e8m0fnu, half}, {e2m1fn, two, e4m3fn, one}),
                  DTypeError);
  CHECK_THROWS_AS(block_scaled_dot_product(blackwell_mxf4, {e2m1fn, three, e8m0fnu, {}}, {e2m1fn, two, e8m0fnu, half}),
                  ShapeError);
}

TEST_CASE("block_scaled_dot_product: which groups of FP4 products set the alignment") {
  constexpr std::uint64_t one = 2, negative_one = 0xA;
  const auto sum = [](const Codes& a, const Codes& b, const Codes& a_scales, const Codes& b_scales, float c) {
    return block_scaled_dot_product(blackwell_mxf4, {e2m1fn, a, e8m0fnu, a_scales}, {e2m1fn, b, e8m0fnu, b_scales},
                                    to_code(c));
  };
  const Codes large{200}, low{52, 41}, low_too{53, 41};
  CHECK(sum({0, 0}, {one, one}, large, large, 0x1p-20f) == to_code(0x1p-20f));  // zeros: none
  CHECK(sum({one, one}, {one, negative_one}, large, large, 0x1p-20f) == 0);     // a sum of zero: that of the scales
  // 2^-149 - 2^-172: the latter lies above 2^-(139 + 35), the lowest place that is kept.
  Codes a(33, 0), b(33, 0);
  a[0] = b[0] = one, a[32] = negative_one, b[32] = one;
  CHECK(sum(a, b, low, low_too, 0) == 0);
  a[32] = 0;
  CHECK(sum(a, b, low, low_too, 0) == 1);
}

TEST_CASE("block_scaled_matmul: quantized matrices, row by row; tensor scales outside") {
  constexpr std::int64_t m = 3, n = 4, k = 80;
  std::mt19937_64 random(3);
  std::vector<float> a(m * k), b(k * n), c(m * n), d(m * n);
  for (std::vector<float>* x : {&a, &b, &c})
    for (float& each : *x) each = static_cast<float>(static_cast<int>(random() % 2001) - 1000) * 0x1p-8f;
  for (const auto& [format, model] :
       {std::pair(mxfp8_e4m3, &blackwell_mxf8f6f4), std::pair(mxfp6_e2m3, &blackwell_mxf8f6f4),
        std::pair(mxfp4, &blackwell_mxf4), std::pair(nvfp4, &blackwell_nvf4)}) {
    const BlockArray left = quantize(a, {m, k}, 1, format), right = quantize(b, {k, n}, 0, format);
    MatmulExtras extras;
    extras.c = MatrixView<const float>(c.data(), m, n);
    block_scaled_matmul(left, right, MatrixView<float>(d.data(), m, n), *model, extras);
    const std::int64_t blocks = (k + format.size - 1) / format.size;
    const bool outside = format.has_tensor_scale;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        Codes row, col, row_scales, col_scales;
        for (std::int64_t t = 0; t < k; ++t)
          row.push_back(left.codes[static_cast<std::size_t>(i * k + t)]),
              col.push_back(right.codes[static_cast<std::size_t>(t * n + j)]);
        for (std::int64_t t = 0; t < blocks; ++t)
          row_scales.push_back(left.scales[static_cast<std::size_t>(i * blocks + t)]),
              col_scales.push_back(right.scales[static_cast<std::size_t>(t * n + j)]);
        const auto at = static_cast<std::size_t>(i * n + j);
        std::optional<std::uint64_t> addend;
        if (!outside) addend = to_code(c[at]);
        const std::uint64_t code = block_scaled_dot_product(*model, {format.element, row, format.scale, row_scales},
                                                            {format.element, col, format.scale, col_scales}, addend);
        float sum = from_code<float>(static_cast<std::uint32_t>(code));
        if (outside) sum = sum * (left.tensor_scale * right.tensor_scale) + c[at];
        CHECK(to_code(d[at]) == to_code(sum));
      }
    // Near what the numbers that were quantized give.
    std::vector<float> x(m * k), y(k * n);
    dequantize(left, x), dequantize(right, y);
    double exact = c[0], magnitude = 0;
    for (std::int64_t t = 0; t < k; ++t) {
      const double term = double{x[static_cast<std::size_t>(t)]} * y[static_cast<std::size_t>(t * n)];
      exact += term, magnitude += std::abs(term);
    }
    CHECK(std::abs(d[0] - exact) <= 1e-6 * magnitude);
  }
  const BlockArray left = quantize(a, {m, k}, 1, mxfp4), right = quantize(b, {k, n}, 0, mxfp4),
                   wrong_axis = quantize(b, {k, n}, 1, mxfp4);
  const MatrixOut out = MatrixView<float>(d.data(), m, n);
  CHECK_THROWS_AS(block_scaled_matmul(left, wrong_axis, out, blackwell_mxf4), ShapeError);
  CHECK_THROWS_AS(block_scaled_matmul(left, right, out, blackwell_nvf4), DTypeError);
  CHECK_THROWS_AS(block_scaled_matmul(left, right, out, hopper_f16), ValueError);
  CHECK_THROWS_AS(block_scaled_matmul(left, right, MatrixView<float>(d.data(), n, m), blackwell_mxf4), ShapeError);
}
