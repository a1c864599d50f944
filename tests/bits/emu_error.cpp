// Error measures on matrices whose errors are known, and bounds that no unit exceeds.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <sstream>

#include "halfway/emu/error.hpp"
#include "halfway/emu/exact_matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/literals.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

template <class T>
ErrorSummary errors(const std::vector<T>& d, const std::vector<double>& e) {
  const auto size = static_cast<std::int64_t>(d.size());
  return compare(MatrixView<const T>(d.data(), 1, size), MatrixView<const double>(e.data(), 1, size));
}
}  // namespace

TEST_CASE("compare: ulps, relative errors and norms of known errors") {
  const ErrorSummary none = errors<float>({1, -2, 0}, {1, -2, 0});
  CHECK(none.elements == 3);
  CHECK(none.correctly_rounded == 3);
  CHECK(none.max_ulps == 0);
  CHECK(none.digits() == INFINITY);
  CHECK_FALSE(none.backward.has_value());

  const ErrorSummary some = errors<float>({1 + 0x1p-22f, 3, 4}, {1, 3, 4 + 0x1p-21});
  CHECK(some.max_ulps == 2);  // 2^−22 where numbers are 2^−23 apart; at 4 one step of 2^−21
  CHECK(some.mean_ulps == doctest::Approx((2 + 1) / 3.0));
  CHECK(some.correctly_rounded == 1);
  CHECK(some.max_relative == 0x1p-22);
  CHECK(some.max_norm == 0x1p-21 / (4 + 0x1p-21));
  CHECK(some.frobenius == doctest::Approx(std::sqrt(0x1p-44 + 0x1p-42) / std::sqrt(26.0)));
  CHECK(some.digits() == doctest::Approx(6.924).epsilon(1e-3));

  const ErrorSummary tie = errors<float>({4}, {4 + 0x1p-22});  // half a last place, to even: right
  CHECK(tie.correctly_rounded == 1);
  CHECK(tie.max_ulps == 0.5);
  const ErrorSummary small = errors<bfloat16>({bfloat16(0x1p-133)}, {0});
  CHECK(small.max_ulps == 1);
  CHECK(small.max_relative == INFINITY);
  CHECK(errors<double>({1e300, 1e300}, {1e300, 2e300}).frobenius == doctest::Approx(1 / std::sqrt(5.0)));
}

TEST_CASE("compare: infinities and NaN agree or are counted apart") {
  const float16 inf = std::numeric_limits<float16>::infinity(), nan = std::numeric_limits<float16>::quiet_NaN();
  const ErrorSummary agree = errors<float16>({inf, nan, inf, 1_f16}, {INFINITY, NAN, 1e6, 1});  // 10^6 rounds to ∞
  CHECK(agree.elements == 4);
  CHECK(agree.correctly_rounded == 4);
  CHECK(agree.specials_differ == 0);
  const ErrorSummary differ = errors<float16>({inf, nan, 65504_f16, inf, 2_f16}, {-INFINITY, 1, 1e6, 3, 1});
  CHECK(differ.specials_differ == 4);
  CHECK(differ.elements == 1);
  CHECK(differ.max_relative == 1);
  CHECK(errors<float>({INFINITY}, {1}).elements == 0);
  CHECK(errors<float>({}, {}).max_ulps == 0);
}

TEST_CASE("compare: errors relative to the operands") {
  const std::vector<float> a{3, 4}, b{1, -1}, d{-1.5f};
  const std::vector<double> e{-1};
  const MatrixView<const float> lhs(a.data(), 1, 2), rhs(b.data(), 2, 1), actual(d.data(), 1, 1);
  const ErrorSummary found = compare(actual, MatrixView<const double>(e.data(), 1, 1), lhs, rhs);
  CHECK(found.backward == doctest::Approx(0.5 / (5 * std::sqrt(2.0))));
  CHECK(found.componentwise == 0.5 / 7);
  CHECK_THROWS_AS(compare(actual, MatrixView<const double>(e.data(), 1, 1), rhs, lhs), ShapeError);
  CHECK_THROWS_AS(compare(lhs, MatrixView<const double>(e.data(), 1, 1)), ShapeError);
  const std::int32_t one = 1;
  CHECK_THROWS_AS(compare(MatrixView<const std::int32_t>(&one, 1, 1), MatrixView<const double>(e.data(), 1, 1)),
                  DTypeError);
}

TEST_CASE("error_bounds: the formulas") {
  const ErrorBounds chain = error_bounds(1000, dot::f32_f32_f32, sequential, DType::float32, DType::float32);
  CHECK(chain.unit_roundoff == 0x1p-24);
  CHECK(chain.deterministic == doctest::Approx(1000 * 0x1p-24 / (1 - 1000 * 0x1p-24)).epsilon(1e-12));
  CHECK(chain.probabilistic == doctest::Approx(std::sqrt(1000.0) * 0x1p-24).epsilon(1e-12));
  CHECK(chain.block_fma == doctest::Approx(chain.deterministic).epsilon(1e-6));
  // A100: blocks of 8, cut at 2^−24, rounded towards zero (u = 2^−23): n·2^−24 + (n/8)·(2^−23 + 2^−24).
  const ErrorBounds a100 = error_bounds(1024, dot::f16_f16_f32, ampere_f16, DType::float16, DType::float32);
  CHECK(a100.unit_roundoff == 0x1p-23);
  CHECK(a100.block_fma == doctest::Approx(1024 * 0x1p-24 + 128 * (0x1p-23 + 0x1p-24)).epsilon(1e-3));
  // float32 operands: 2·2^−8 comes first.
  CHECK(error_bounds(1, dot::bf16_bf16_f32, sequential, DType::float32, DType::float32).block_fma ==
        doctest::Approx(0x1p-7).epsilon(1e-2));
  CHECK(error_bounds(1, dot::bf16_bf16_f32, sequential, DType::bfloat16, DType::float32).block_fma ==
        doctest::Approx(0x1p-24).epsilon(1e-2));
  CHECK(error_bounds(4096, dot::bf16_bf16_bf16, sequential_bf16, DType::bfloat16, DType::bfloat16).deterministic ==
        INFINITY);
}

TEST_CASE("error_bounds: nobody exceeds them, and they are no more than some hundred times too large") {
  struct Case {
    DotAlgorithm algorithm;
    DotModel model;
    DType out = DType::float32;
  };
  const std::vector<Case> cases{{dot::f32_f32_f32, sequential},
                                {dot::f32_f32_f32, xla_reference},
                                {dot::bf16_bf16_f32, sequential},
                                {dot::bf16_bf16_f32, tpu_mxu_128},
                                {dot::bf16_bf16_f32, tpu_mxu_128_h4},
                                {dot::bf16_bf16_f32, mi100_bf16},
                                {dot::bf16_bf16_f32, mi250_bf16_1k},
                                {dot::bf16_bf16_f32, tdpbf16ps},
                                {dot::bf16_bf16_f32, hopper_f16, DType::bfloat16},
                                {dot::f16_f16_f32, volta_f16},
                                {dot::f16_f16_f32, mi300_f16, DType::float16},
                                {dot::f16_f16_f16, ampere_f16_f16, DType::float16},
                                {dot::bf16_bf16_f32_x3, sequential},
                                {dot::bf16_bf16_f32_x3, ampere_f16},
                                {dot::nearest_split(dot::bf16_bf16_f32_x3), sequential},
                                {dot::bf16_bf16_f32_x6, sequential},
                                {dot::bf16_bf16_f32_x9, sequential},
                                {dot::tf32_tf32_f32, sequential},
                                {dot::tf32_tf32_f32, hopper_tf32},
                                {dot::f32_f32_f32, hopper_tf32},
                                {dot::nearest_split(dot::tf32_tf32_f32), ampere_tf32},
                                {dot::tf32_tf32_f32_x3, hopper_tf32}};
  constexpr std::int64_t rows = 6, terms = 300;
  std::mt19937_64 random(3);
  for (const bool positive : {false, true})
    for (const DType operands : {DType::float32, DType::float16})
      for (const Case& x : cases) {
        const auto draw = [&] {
          const double uniform = static_cast<double>(random() >> 11) * 0x1p-53;
          const auto number = static_cast<float>(positive ? uniform : 2 * uniform - 1);
          return operands == DType::float16 ? static_cast<float>(float16(number)) : number;
        };
        std::vector<float> a(rows * terms), b(rows * terms), d(rows * rows);
        for (auto* each : {&a, &b})
          for (float& number : *each) number = draw();
        std::vector<double> exact(d.size());
        const MatrixView<const float> lhs(a.data(), rows, terms), rhs(b.data(), terms, rows);
        const MatrixView<double> e(exact.data(), rows, rows);
        exact_matmul(lhs, rhs, e);
        std::vector<bfloat16> narrow(d.size());
        std::vector<float16> half(d.size());
        const MatrixOut out = x.out == DType::float32    ? MatrixOut(MatrixView<float>(d.data(), rows, rows))
                              : x.out == DType::bfloat16 ? MatrixOut(MatrixView<bfloat16>(narrow.data(), rows, rows))
                                                         : MatrixOut(MatrixView<float16>(half.data(), rows, rows));
        matmul(lhs, rhs, out, x.algorithm, x.model);
        const MatrixIn actual{out.data, out.dtype, rows, rows, rows, 1};
        const ErrorSummary found = compare(actual, e, lhs, rhs);
        const ErrorBounds bounds = error_bounds(terms, x.algorithm, x.model, operands, x.out);
        const std::string what = name(x.algorithm) + " on " + std::string(x.model.name) + ", " +
                                 std::string(name(operands)) + ", positive " + std::to_string(positive);
        CAPTURE(what);
        CHECK(found.componentwise.value() <= bounds.block_fma);
        CHECK(found.componentwise.value() > bounds.block_fma / 2000);
      }
}

TEST_CASE("to_text: the table") {
  ErrorSummary errors{.dtype = DType::float32, .elements = 4096, .correctly_rounded = 3000};
  errors.max_ulps = 12.25, errors.mean_ulps = 0.5, errors.max_relative = 1.5e-6, errors.mean_relative = 2e-8;
  errors.frobenius = 3e-8, errors.max_norm = 1e-7;
  std::ostringstream out;
  out << errors;
  CHECK(out.str() ==
        "elements (float32)                4096\n"
        "correctly rounded                 3000\n"
        "error                             max         mean\n"
        "  in ulps                         12.2        0.5\n"
        "  relative                        1.5e-06     2e-08\n"
        "max|D-E| / max|E|                 1e-07       7 digits\n"
        "|D-E|_F / |E|_F                   3e-08\n");
  errors.specials_differ = 2, errors.backward = 1e-9, errors.componentwise = 2e-8;
  const std::string text =
      to_text(errors, error_bounds(1024, dot::f32_f32_f32, sequential, DType::float32, DType::float32));
  CHECK(text.find("inf or nan on one side only       2\n") != text.npos);
  CHECK(text.find("|D-E|_F / (|A|_F |B|_F)           1e-09\n"
                  "max |D-E| / (|A||B|)              2e-08\n"
                  "  bound, sums: n u / (1 - n u)    6.1e-05     n = 1024\n"
                  "  bound, all roundings: block FMA 6.1e-05\n"
                  "  to expect, sums: sqrt(n) u      1.91e-06    u = 5.96e-08\n") != text.npos);
}
