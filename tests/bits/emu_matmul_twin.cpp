// matmul gives the bits of matmul_ref: every dtype, algorithm, model, stride and edge, on every target of this machine,
// with one and two threads, whatever the caller left in the floating-point environment.
#include <tuple>

#include "bits/emu_twin.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/formats/operations.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Case;
using test::check;
using test::Matrix;
using test::Numbers;
using test::Setup;

constexpr Subnormals flush = Subnormals::flush;
const std::vector<DotModel> models{
    sequential,
    tpu_mxu_128,
    xla_reference,
    *tpu_v3.vector_unit,
    {.name = "pass of 1", .pass = 1},
    {.name = "pass of 3, rounded products, flushing",
     .round_products = true,
     .inputs = flush,
     .results = flush,
     .pass = 3},
    {.name = "pass of 200", .pass = 200},
    {.name = "pass of 256, flushing", .inputs = flush, .results = flush, .pass = 256},
    {.name = "pass of 290", .pass = 290},
    {.name = "pass of 400", .pass = 400},
    {.name = "operands flushed", .inputs = flush},
    {.name = "rounded products, operands flushed", .round_products = true, .inputs = flush},
    {.name = "results flushed", .results = flush},
};
const std::vector<DType> narrow{DType::bfloat16, DType::float16, DType::float32};

/// The rest of a case at random.
Case draw(std::int64_t m, std::int64_t n, std::int64_t k, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pick = [&](const auto& list) { return list[random() % list.size()]; };
  const auto layout = [&] { return static_cast<Matrix::Layout>(random() % Matrix::kLayouts); };
  const auto numbers = [&] { return static_cast<Numbers>(random() % test::kNumbers); };
  Case c{m,
         n,
         k,
         pick(narrow),
         pick(narrow),
         pick(narrow),
         {float_format(pick(narrow)), float_format(pick(narrow)), binary32},
         pick(models),
         layout(),
         layout(),
         layout(),
         numbers(),
         numbers(),
         seed};
  if (random() % 2 == 0) c.b_numbers = c.a_numbers;
  if (random() % 8 == 0) c.a = c.b = c.d = DType::float64, c.algorithm = dot::f64_f64_f64;
  if (random() % 2 == 0) c.c = c.d == DType::float64 ? c.d : pick(narrow), c.c_layout = layout();
  c.bias = random() % 3 == 0, c.relu = random() % 3 == 0;
  return c;
}

}  // namespace

TEST_CASE("matmul_ref: C, bias and relu are what dot_product, an addition and a comparison give") {
  std::mt19937_64 random(7);
  for (const DType t : narrow)
    for (int numbers = 0; numbers < test::kNumbers; ++numbers)
      for (const DotModel& model : {sequential, tpu_mxu_128, DotModel{.name = "pass of 3", .pass = 3}, hopper_f16}) {
        const bool half = !model.operands.empty();
        const DType operands = half ? DType::float16 : t;
        Matrix a(operands, 3, 20, Matrix::Layout::rows), b(operands, 20, 5, Matrix::Layout::rows);
        Matrix c(DType::float32, 3, 5, Matrix::Layout::padded_rows), bias(t, 1, 5, Matrix::Layout::rows);
        Matrix d(t, 3, 5, Matrix::Layout::rows);
        for (Matrix* x : {&a, &b, &c, &bias}) fill(*x, static_cast<Numbers>(numbers), random);
        const FloatFormat in = float_format(operands);
        matmul_ref(a.in(), b.in(), d.out(), {in, in, binary32}, model,
                   {.c = c.in(), .bias = bias.in().data, .relu = true});
        for (std::int64_t i = 0; i < 3; ++i)
          for (std::int64_t j = 0; j < 5; ++j) {
            std::vector<std::uint64_t> x, y;
            for (std::int64_t k = 0; k < 20; ++k) x.push_back(a.get(i, k)), y.push_back(b.get(k, j));
            const std::uint64_t sum = dot_product(model, in, x, in, y, c.get(i, j));
            const Arithmetic flushing{.inputs = model.results, .results = model.results};
            visit_dtype(t, [&]<class T>(T) {
              if constexpr (FormattedFloat<T>) {
                const T rounded(from_code<float>(static_cast<std::uint32_t>(sum)));
                const T addend = from_code<T>(static_cast<code_type<T>>(bias.get(0, j)));
                const T total(add(static_cast<float>(rounded), static_cast<float>(addend), flushing));
                const auto code = to_code(total);
                CHECK(d.get(i, j) == (total <= T(0.0f) ? code_type<T>{0} : code));
              }
            });
          }
      }
}

TEST_CASE_FIXTURE(Setup, "matmul: every edge of rows and columns") {
  std::uint64_t seed = 1;
  for (const int m : {0, 1, 2, 5, 6, 7, 12, 13, 14, 15, 28, 29})
    for (const int n : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 65})
      check(draw(m, n, 1 + n % 7, seed++));
}

TEST_CASE_FIXTURE(Setup, "matmul: every length of k, each with each model") {
  std::uint64_t seed = 10000;
  for (const int k :
       {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 127, 128, 129, 255, 256, 257, 289, 300, 383, 384, 385, 512, 769})
    for (const DotModel& model : models) {
      Case c = draw(9, 19, k, seed++);
      if (c.d != DType::float64) c.model = model;
      check(c);
    }
}

TEST_CASE_FIXTURE(Setup, "matmul: every dtype, algorithm and kind of number") {
  std::uint64_t seed = 20000;
  for (const DType a : narrow)
    for (const DType b : narrow)
      for (const DType lhs : narrow)
        for (const DType rhs : narrow)
          for (int numbers = 0; numbers < test::kNumbers; ++numbers) {
            Case c = draw(3, 5, 40, seed++);
            c.a = a, c.b = b, c.algorithm = {float_format(lhs), float_format(rhs), binary32};
            c.d = narrow[seed % 3];
            c.a_numbers = c.b_numbers = static_cast<Numbers>(numbers);
            check(c);
          }
}

TEST_CASE_FIXTURE(Setup, "matmul: operands of 8 bits, as they are and widened, by each model") {
  std::uint64_t seed = 25000;
  for (const DotModel& model : models)
    for (const DType t : {DType::float8_e4m3fn, DType::float8_e5m2, DType::float8_e4m3fnuz, DType::float8_e5m2fnuz})
      for (const DType as : {t, t, DType::bfloat16, DType::float16, DType::float32}) {
        Case c = draw(3, 5, 40, seed++);
        c.model = model, c.a = t, c.b = seed % 4 == 0 ? DType::bfloat16 : t, c.d = narrow[seed % 3];
        c.algorithm = {float_format(as), seed % 4 == 0 ? bfloat : float_format(as), binary32};
        if (c.c == DType::float64) c.c = DType::float32;
        check(c);
      }
}

TEST_CASE_FIXTURE(Setup, "matmul: the chains that devices use, all numbers, all layouts") {
  std::uint64_t seed = 30000;
  std::vector<DotModel> units{xla_reference, sequential, tpu_mxu_128, tpu_mxu_256, *tpu_v3.vector_unit};
  for (const DotModel& model : units)
    for (int numbers = 0; numbers < test::kNumbers; ++numbers)
      for (int layout = 0; layout < Matrix::kLayouts; ++layout)
        for (const DType t : narrow) {
          Case c = draw(15, 34, 130, seed++);
          c.a = c.b = t, c.algorithm = {float_format(t), float_format(t), binary32}, c.d = narrow[seed % 3],
          c.model = model;
          c.a_numbers = c.b_numbers = static_cast<Numbers>(numbers);
          c.a_layout = c.b_layout = static_cast<Matrix::Layout>(layout);
          check(c);
        }
}

TEST_CASE_FIXTURE(Setup, "matmul: more rows, columns and steps than one block holds") {
  std::uint64_t seed = 40000;
  for (const auto& [m, n, k] : {std::tuple{530, 21, 70}, std::tuple{520, 33, 400}, std::tuple{16, 1100, 130},
                                std::tuple{3, 1100, 390}, std::tuple{2, 70, 70000}})
    for (int repeat = 0; repeat < 3; ++repeat) {
      Case c = draw(m, n, k, seed++);
      if (repeat == 0) c.a = c.b = c.d = DType::float64, c.algorithm = dot::f64_f64_f64;
      if (repeat == 1) c.model = tpu_mxu_128;
      if (k > 1000) c.a_numbers = c.b_numbers = Numbers::normal;
      check(c);
    }
}

TEST_CASE("matmul: what ran") { test::check_what_ran("matmul twin"); }
