// Split products: matmul gives the bits of matmul_ref, on every target, with one and two threads; and the accuracy of
// each preset.
#include "bits/emu_twin.hpp"

#include <cmath>

#include "halfway/emu/matrix_units.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using namespace halfway::test;

/// One product, everything but algorithm and model drawn from the seed.
void check_some(const DotAlgorithm& algorithm, const DotModel& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  const auto layout = [&] { return static_cast<Matrix::Layout>(below(Matrix::kLayouts)); };
  const auto result = [&] { return below(2) == 0 ? DType::float32 : below(2) == 0 ? DType::float16 : DType::bfloat16; };
  const auto operand = [&] {
    constexpr DType narrow[]{DType::float8_e4m3fn, DType::float8_e5m2fnuz, DType::float16, DType::bfloat16};
    return below(3) == 0 ? narrow[below(4)] : DType::float32;
  };
  const auto numbers = static_cast<Numbers>(seed % kNumbers);
  Case c{below(9), below(40), below(40), operand(), operand(), result(), algorithm,
         model,    layout(),  layout(),  layout(),  numbers,   numbers,  seed};
  if (below(2) == 0) c.c = result(), c.c_layout = layout();
  c.bias = below(3) == 0, c.relu = below(3) == 0;
  check(c);
}

constexpr Subnormals flush = Subnormals::flush;
const std::vector<DotAlgorithm> bf16_splits{dot::bf16_bf16_f32_x3, dot::bf16_bf16_f32_x6, dot::bf16_bf16_f32_x9};
const std::vector<DotAlgorithm> tf32_splits{dot::tf32_tf32_f32, dot::tf32_tf32_f32_x3};
}  // namespace

TEST_CASE_FIXTURE(Setup, "split products: bfloat16 components on units of every kind") {
  std::uint64_t seed = 1;
  const DotModel inputs_flushed{.name = "operands flushed", .inputs = flush};
  const DotModel results_flushed{.name = "results flushed", .results = flush};
  for (const DotModel& model : {sequential, tpu_mxu_128, inputs_flushed, results_flushed, ampere_f16, mi100_bf16,
                                mi250_bf16, mi300_f16, vdpbf16ps, tdpbf16ps, arm_bfdot, tpu_mxu_128_h4})
    for (const DotAlgorithm& algorithm : bf16_splits)
      for (int repeat = 0; repeat < 20; ++repeat, ++seed)
        check_some(repeat % 2 == 0 ? algorithm : dot::nearest_split(algorithm), model, seed);
}

TEST_CASE_FIXTURE(Setup, "split products: tf32 on units that cut, and on chains") {
  std::uint64_t seed = 10000;
  const DotModel flushing{.name = "flushing", .inputs = flush, .results = flush, .pass = 7};
  for (const DotModel& model : {sequential, xla_reference, flushing, ampere_tf32, hopper_tf32, mi300_xf32})
    for (const DotAlgorithm& algorithm : tf32_splits)
      for (int repeat = 0; repeat < 40; ++repeat, ++seed)
        check_some(repeat % 2 == 0 ? algorithm : dot::nearest_split(algorithm), model, seed);
  const DotAlgorithm mixed{tensor_float, bfloat, binary32};
  for (int repeat = 0; repeat < 20; ++repeat, ++seed) check_some(mixed, sequential, seed);
}

TEST_CASE("dot algorithms: accuracy in the order and of the size that it was measured elsewhere") {
  // max |error| / max |C|, 64×64×K. Bounds are a factor of about 2 around figures of an independent scalar model.
  struct Row {
    DotAlgorithm algorithm;
    DotModel model;
    double uniform_512, normal_128, normal_4096;
  };
  const std::vector<Row> rows{{dot::f32_f32_f32, sequential, 1.1e-6, 3.4e-7, 2.1e-6},
                              {dot::bf16_bf16_f32, sequential, 3.6e-4, 2.45e-3, 2.4e-3},
                              {dot::bf16_bf16_f32_x3, sequential, 7.9e-6, 1.5e-5, 1.2e-5},
                              {dot::nearest_split(dot::bf16_bf16_f32_x3), sequential, 1.1e-6, 5.2e-6, 4.5e-6},
                              {dot::bf16_bf16_f32_x6, sequential, 8.0e-7, 1.4e-7, 1.2e-6},
                              {dot::bf16_bf16_f32_x9, sequential, 7.9e-7, 1.3e-7, 1.1e-6},
                              {dot::tf32_tf32_f32, sequential, 6.8e-4, 8.6e-4, 7.7e-4},
                              {dot::nearest_split(dot::tf32_tf32_f32), sequential, 5.6e-5, 2.9e-4, 3.0e-4},
                              {dot::tf32_tf32_f32_x3, sequential, 1.4e-6, 7.3e-7, 2.0e-6},
                              {dot::f16_f16_f32, sequential, 5.6e-5, 2.9e-4, 3.0e-4},
                              {dot::f16_f16_f16, sequential_f16, 9.5e-3, 2.5e-3, 2.3e-2},
                              {dot::bf16_bf16_bf16, sequential_bf16, 0.12, 3.3e-2, 0.17}};
  constexpr std::int64_t size = 64;
  std::mt19937_64 random(12);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const auto normal = [&] { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform()); };
  std::vector<std::vector<double>> errors(rows.size());
  const auto measure = [&](std::int64_t terms, auto draw) {
    std::vector<float> a(static_cast<std::size_t>(size * terms)), b(a.size());
    for (auto* x : {&a, &b})
      for (float& each : *x) each = static_cast<float>(draw());
    const std::vector<double> wide_a(a.begin(), a.end()), wide_b(b.begin(), b.end());
    std::vector<double> exact(size * size);
    std::vector<float> d(size * size);
    matmul(MatrixView<const double>(wide_a.data(), size, terms), MatrixView<const double>(wide_b.data(), terms, size),
           MatrixView<double>(exact.data(), size, size), dot::f64_f64_f64);
    double largest = 0;
    for (const double each : exact) largest = std::max(largest, std::fabs(each));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      matmul(MatrixView<const float>(a.data(), size, terms), MatrixView<const float>(b.data(), terms, size),
             MatrixView<float>(d.data(), size, size), rows[row].algorithm, rows[row].model);
      double error = 0;
      for (std::size_t i = 0; i < d.size(); ++i) error = std::max(error, std::fabs(d[i] - exact[i]));
      errors[row].push_back(error / largest);
    }
  };
  measure(512, uniform);
  measure(128, normal);
  measure(4096, normal);
  std::printf("%-26s %10s %10s %10s\n", "max|error| / max|C|", "U(0,1) 512", "N 128", "N 4096");
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string what = name(rows[row].algorithm);
    std::printf("%-26s %10.2g %10.2g %10.2g\n", what.c_str(), errors[row][0], errors[row][1], errors[row][2]);
    const double known[]{rows[row].uniform_512, rows[row].normal_128, rows[row].normal_4096};
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(what);
      CAPTURE(i);
      CHECK(errors[row][i] < 2.5 * known[i]);
      CHECK(errors[row][i] > known[i] / 2.5);
    }
  }
  enum { f32, bf16, x3, x3_nearest, x6, x9, tf32 };  // the first rows
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(errors[bf16][i] > 20 * errors[x3][i]);
    CHECK(errors[x3][i] > 1.8 * errors[x3_nearest][i]);  // the factor of 3 that XLA's cut costs
    CHECK(errors[x3_nearest][i] > errors[x6][i]);
    CHECK(errors[x6][i] < 1.1 * errors[f32][i]);
    CHECK(errors[x9][i] < 1.5 * errors[x6][i]);
  }
  CHECK(errors[x3][0] > 4 * errors[x3_nearest][0]);  // 7 on positive data, where errors of cuts share a sign
}

TEST_CASE("split products: what ran") { check_what_ran("split products"); }  // last in the file
