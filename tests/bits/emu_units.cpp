// Units by name, and every row in every dtype that it takes: matmul gives the definition's bits.
#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "bits/emu_cases.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/unit_rule.hpp"
#include "halfway/errors.hpp"
#include "halfway/execution.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

constexpr DType dtypes[]{DType::float16,       DType::bfloat16,    DType::float32,         DType::float64,
                         DType::float8_e4m3fn, DType::float8_e5m2, DType::float8_e4m3fnuz, DType::float8_e5m2fnuz};

DType dtype_of_sums(const MatmulRule& rule) {
  const FloatFormat f = rule.model.output();
  if (rule.algorithm == dot::f64_f64_f64) return DType::float64;
  return f == binary16 ? DType::float16 : f == bfloat ? DType::bfloat16 : DType::float32;
}

/// Any codes, or numbers around 1.
void fill(test::Matrix& x, bool any, std::mt19937_64& random) {
  const FloatFormat f = float_format(x.dtype());
  for (std::int64_t i = 0; i < x.rows(); ++i)
    for (std::int64_t k = 0; k < x.cols(); ++k) {
      const std::uint64_t bits = random() >> (64 - f.bits());
      const std::uint64_t fields =
          bits & (std::uint64_t{1} << (f.bits() - 1) | ((std::uint64_t{1} << f.fraction_bits()) - 1));
      const auto exponent = static_cast<std::uint64_t>(f.bias - 2) + random() % 4;
      x.set(i, k, any ? bits : fields | exponent << f.fraction_bits());
    }
}
}  // namespace

TEST_CASE("units: matmul is the definition for every row, in every dtype, rounded as it does and stochastically") {
  std::mt19937_64 random(12);
  int tried = 0;
  const int threads = execution::threads();
  for (const DotModel* row : dot_models())
    for (const DType dtype : dtypes)
      for (int variant = 0; variant < 3; ++variant) {
        DotModel model = *row;
        if (variant == 2) model.rounding = Rounding::stochastic, model.random_bits = 7, model.seed = 5;
        MatmulRule rule;
        try {
          rule = matmul_rule(model, dtype, dtype);
        } catch (const DTypeError&) {
          continue;
        }
        execution::set_threads(1 + tried % 2);
        constexpr std::int64_t m = 5, n = 37, k = 150;
        using Layout = test::Matrix::Layout;
        const DType sums = dtype_of_sums(rule);
        test::Matrix a(dtype, m, k, Layout::padded_rows), b(dtype, k, n, Layout::columns), d(sums, m, n, Layout::rows),
            e(sums, m, n, Layout::rows);
        fill(a, variant == 1, random), fill(b, variant == 1, random);
        matmul(a.in(), b.in(), d.out(), rule.algorithm, rule.model);
        matmul_ref(a.in(), b.in(), e.out(), rule.algorithm, rule.model);
        CAPTURE(row->name);
        CAPTURE(name(dtype));
        CAPTURE(variant);
        CHECK(d.bytes() == e.bytes());
        ++tried;
      }
  execution::set_threads(threads);
  CHECK(tried > 200);
}

TEST_CASE("units: found by name; the algorithm of their own operands") {
  CHECK(&dot_model("hopper_mma_f16") == &hopper_f16);
  CHECK_THROWS_WITH_AS(dot_model("hopper"), doctest::Contains("'hopper' is no matrix unit; there are sequential"),
                       ValueError);
  const auto algorithm = [](const DotModel& unit, DType lhs, DType rhs) {
    return name(matmul_rule(unit, lhs, rhs).algorithm);
  };
  CHECK(algorithm(hopper_f16, DType::bfloat16, DType::bfloat16) == "BF16_BF16_F32");
  CHECK(algorithm(hopper_f16_f16, DType::float16, DType::float16) == "F16_F16_F16");
  CHECK(algorithm(hopper_tf32, DType::float32, DType::float32) == "TF32_TF32_F32");
  CHECK(algorithm(hopper_f64, DType::float64, DType::float64) == "F64_F64_F64");
  CHECK(matmul_rule(mi300_f8, DType::float8_e4m3fnuz, DType::float8_e5m2fnuz).algorithm ==
        DotAlgorithm{e4m3fnuz, e5m2fnuz, binary32});
  CHECK(matmul_rule(hopper_f16, DType::float32, DType::float32, dot::bf16_bf16_f32_x3).algorithm ==
        dot::bf16_bf16_f32_x3);
  CHECK_THROWS_AS(matmul_rule(hopper_f16, DType::float32, DType::float32), DTypeError);
  CHECK_THROWS_AS(matmul_rule(sequential, DType::float64, DType::float64), DTypeError);
  CHECK_THROWS_AS(matmul_rule(sequential, DType::int32, DType::int32), DTypeError);
}
