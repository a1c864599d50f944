// Splits and their products against a definition in plain float arithmetic; infinities, NaN, extremes, subnormals;
// which algorithms go with which operands and units.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>

#include "bits/emu_cases.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Matrix;
using test::Numbers;

const std::vector<DotAlgorithm> splits{dot::bf16_bf16_f32_x3,
                                       dot::bf16_bf16_f32_x6,
                                       dot::bf16_bf16_f32_x9,
                                       dot::tf32_tf32_f32,
                                       dot::tf32_tf32_f32_x3,
                                       dot::nearest_split(dot::bf16_bf16_f32_x3),
                                       dot::nearest_split(dot::bf16_bf16_f32_x6),
                                       dot::nearest_split(dot::bf16_bf16_f32_x9),
                                       dot::nearest_split(dot::tf32_tf32_f32),
                                       dot::nearest_split(dot::tf32_tf32_f32_x3)};

bool is_tf32(const DotAlgorithm& x) { return x.lhs_precision_type == tensor_float; }

/// x to so many bits of significand, subnormals having as few as float32 gives them: to nearest even by the place where
/// the machine rounds when a large number is added.
double to_nearest(double x, int precision) {
  if (x == 0 || !std::isfinite(x)) return x;
  const int exponent = std::max(std::ilogb(x), -126);
  const double magic = std::ldexp(3.0, exponent - precision + 52);
  return std::copysign((x + magic) - magic, x);
}
float cut(float x, std::uint32_t mask) { return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) & mask); }

/// The components of x, as dot_algorithm.hpp says; x finite.
std::vector<float> components(float x, const DotAlgorithm& algorithm) {
  const int count = algorithm.num_primitive_operations == 1 ? 1 : algorithm.num_primitive_operations == 3 ? 2 : 3;
  const bool tf32 = is_tf32(algorithm);
  const std::uint32_t mask = tf32 ? 0xFFFFE000u : 0xFFFF0000u;
  std::vector<float> parts;
  for (int i = 0; i < count; ++i) {
    const bool last = i + 1 == count;
    float part = cut(x, mask);
    if (algorithm.split == OperandSplit::nearest || (last && !tf32)) {
      const double rounded = to_nearest(static_cast<double>(x), tf32 ? 11 : 8);
      const float largest = cut(std::numeric_limits<float>::max(), mask);
      part = static_cast<float>(rounded);
      if (!last && std::fabs(rounded) > static_cast<double>(largest)) part = std::copysign(largest, x);
    }
    parts.push_back(part);
    x -= part;
  }
  return parts;
}

/// One output of finite operands on the model `sequential`: products of components in the order of XLA's source.
float expected(const std::vector<float>& a, const std::vector<float>& b, const DotAlgorithm& algorithm,
               std::optional<float> c) {
  const std::size_t count = components(0, algorithm).size();
  std::vector<std::vector<float>> x(count), y(count);
  for (std::size_t k = 0; k < a.size(); ++k)
    for (std::size_t i = 0; i < count; ++i) {
      x[i].push_back(components(a[k], algorithm)[i]);
      y[i].push_back(components(b[k], algorithm)[i]);
    }
  const auto product = [&](std::size_t i, std::size_t j, float start = 0) {
    for (std::size_t k = 0; k < a.size(); ++k) start = std::fma(x[i][k], y[j][k], start);
    return start;
  };
  constexpr std::size_t hi = 0, mid = 1;
  const std::size_t lo = count - 1;
  float low = 0;
  switch (algorithm.num_primitive_operations) {
    case 1: return product(0, 0, c.value_or(0.0f));
    case 3: low = product(lo, hi) + product(hi, lo); break;
    case 6: low = product(mid, mid) + product(hi, lo) + product(lo, hi) + product(hi, mid) + product(mid, hi); break;
    default:
      low = product(lo, lo) + product(lo, mid) + product(mid, lo) + product(mid, mid) + product(hi, lo) +
            product(lo, hi) + product(hi, mid) + product(mid, hi);
  }
  if (std::isnan(low)) low = 0;
  const float sum = low + product(hi, hi);
  return c ? *c + sum : sum;
}

float single(const Matrix& x, std::int64_t row, std::int64_t col) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.get(row, col)));
}
std::uint32_t code(float x) { return std::isnan(x) ? 0x7FC00000u : std::bit_cast<std::uint32_t>(x); }

/// One product of numbers by matmul.
float times(float a, float b, const DotAlgorithm& algorithm, const DotModel& model = sequential) {
  float d = -1, d_ref = -1;
  const MatrixView<const float> x(&a, 1, 1), y(&b, 1, 1);
  matmul(x, y, MatrixView<float>(&d, 1, 1), algorithm, model);
  matmul_ref(x, y, MatrixView<float>(&d_ref, 1, 1), algorithm, model);
  CHECK(std::bit_cast<std::uint32_t>(d) == std::bit_cast<std::uint32_t>(d_ref));
  return d;
}
constexpr float infinity = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
}  // namespace

TEST_CASE("matmul_ref: splits, products, order and mask, in plain float arithmetic") {
  std::uint64_t seed = 1;
  int compared = 0, infinite = 0;
  for (const DotAlgorithm& algorithm : splits)
    for (const Numbers numbers : {Numbers::normal, Numbers::wide, Numbers::cancelling, Numbers::ties, Numbers::edges,
                                  Numbers::tiny, Numbers::subnormal, Numbers::zeros_negative})
      for (int repeat = 0; repeat < 20; ++repeat, ++seed) {
        std::mt19937_64 random(seed);
        const std::int64_t terms = 1 + repeat % 9;
        Matrix a(DType::float32, 1, terms, Matrix::Layout::rows), b(DType::float32, terms, 1, Matrix::Layout::rows);
        Matrix c(DType::float32, 1, 1, Matrix::Layout::rows), d(DType::float32, 1, 1, Matrix::Layout::rows);
        fill(a, numbers, random), fill(b, numbers, random), fill(c, numbers, random);
        std::vector<float> x, y;
        for (std::int64_t k = 0; k < terms; ++k) x.push_back(single(a, 0, k)), y.push_back(single(b, k, 0));
        MatmulExtras extras;
        if (repeat % 2 == 1) extras.c = c.in();
        matmul_ref(a.in(), b.in(), d.out(), algorithm, sequential, extras);
        const float sum =
            expected(x, y, algorithm, extras.c ? std::optional<float>(single(c, 0, 0)) : std::optional<float>());
        const std::string what =
            name(algorithm) + " numbers " + std::to_string(static_cast<int>(numbers)) + " seed " + std::to_string(seed);
        CAPTURE(what);
        CHECK(d.get(0, 0) == code(sum));
        ++compared, infinite += !std::isfinite(sum);
      }
  CHECK(compared == 1600);
  CHECK(infinite > 20);  // `edges` overflow
  CHECK(infinite < compared / 4);
}

TEST_CASE("splits: infinities and NaN") {
  for (const DotAlgorithm& algorithm : splits) {
    const std::string what = name(algorithm);
    CAPTURE(what);
    CHECK(times(infinity, 1.0f, algorithm) == infinity);  // ∞·0 of the low parts is masked
    CHECK(times(1.0f, -infinity, algorithm) == -infinity);
    CHECK(times(infinity, infinity, algorithm) == infinity);
    CHECK(std::isnan(times(infinity, 0.0f, algorithm)));
    CHECK(std::isnan(times(std::bit_cast<float>(0x7FC00000u), 1.0f, algorithm)));
    // The payload stands in bits that a cut drops: an infinity is left, and what says NaN is masked.
    const bool lost = algorithm.split == OperandSplit::xla;
    const float d = times(std::bit_cast<float>(0x7F800001u), 1.0f, algorithm);
    CHECK((lost ? d == infinity : std::isnan(d)));
  }
}

TEST_CASE("splits: the largest numbers have finite components") {
  for (const DotAlgorithm& algorithm : splits) {
    const std::string what = name(algorithm);
    CAPTURE(what);
    const float half = times(largest, 0.5f, algorithm);
    if (algorithm == dot::nearest_split(dot::tf32_tf32_f32)) {  // one rounding, as IEEE 754 has it: beyond the largest
      CHECK(half == infinity);
      continue;
    }
    CHECK(std::fabs(half / (0.5f * largest) - 1) < (algorithm.num_primitive_operations == 1 ? 1e-3f : 1e-4f));
  }
  CHECK(times(largest, 1.0f, dot::bf16_bf16_f32_x9) == largest);
  CHECK(times(largest, 1.0f, dot::nearest_split(dot::bf16_bf16_f32_x9)) == largest);
  // The largest number is 2^128 − 2^104; its second component rounds up so that both are 2^128.
  CHECK(times(largest, 1.0f, dot::bf16_bf16_f32_x3) == infinity);
}

TEST_CASE("splits: subnormals, kept or flushed as the unit reads its operands") {
  const float subnormal = std::bit_cast<float>(0x00410000u), x = 0x1p-123f + 0x1p-131f;  // lo is a subnormal bfloat16
  for (const DotAlgorithm& algorithm : {dot::bf16_bf16_f32_x3, dot::bf16_bf16_f32_x6, dot::tf32_tf32_f32_x3}) {
    CHECK(times(subnormal, 1.0f, algorithm) == subnormal);
    CHECK(times(subnormal, 1.0f, algorithm, tpu_mxu_128) == 0.0f);
    CHECK(times(x, 1.0f, algorithm) == x);
    const bool in_one = is_tf32(algorithm);  // 11 bits hold all of x
    CHECK(times(x, 1.0f, algorithm, tpu_mxu_128) == (in_one ? x : 0x1p-123f));
  }
}

TEST_CASE("tf32: a unit that cuts its operands gets what the split leaves") {
  const float x = 1.0f + 3 * 0x1p-12f;  // between two tf32 numbers, nearer to the upper one
  for (const DotModel& unit : {ampere_tf32, sequential}) {
    CHECK(times(x, 1.0f, dot::tf32_tf32_f32, unit) == 1.0f);
    CHECK(times(x, 1.0f, dot::nearest_split(dot::tf32_tf32_f32), unit) == 1.0f + 0x1p-10f);
    CHECK(times(x, 1.0f, dot::tf32_tf32_f32_x3, unit) == x);
    CHECK(times(x, 1.0f, dot::nearest_split(dot::tf32_tf32_f32_x3), unit) == x);
  }
  CHECK(times(x, 1.0f, dot::f32_f32_f32, ampere_tf32) == 1.0f);
  CHECK(times(x, 1.0f, dot::f32_f32_f32) == x);
}

TEST_CASE("8 bits: the operands say which formats") {
  const float8_e4m3fn a{1.75f};
  const float8_e5m2 b{-3.5f};
  float d = 0;
  const MatrixView<const float8_e4m3fn> x(&a, 1, 1);
  const MatrixView<const float8_e5m2> y(&b, 1, 1);
  matmul(x, y, MatrixView<float>(&d, 1, 1), dot::any_f8_any_f8_f32, hopper_wgmma_f8);
  CHECK(d == -6.125f);
  matmul(x, y, MatrixView<float>(&d, 1, 1), dot::any_f8_any_f8_f32_fast_accum);
  CHECK(d == -6.125f);
  const MatrixView<const float> wide(&d, 1, 1);
  CHECK_THROWS_AS(matmul(wide, y, MatrixView<float>(&d, 1, 1), dot::any_f8_any_f8_f32), DTypeError);
}

TEST_CASE("16-bit sums: rounded after every term") {
  constexpr std::int64_t terms = 4096;
  const std::vector<float> ones(terms, 1.0f);
  const MatrixView<const float> x(ones.data(), 1, terms), y(ones.data(), terms, 1);
  float d = 0;
  const MatrixView<float> out(&d, 1, 1);
  matmul(x, y, out, dot::f16_f16_f16, sequential_f16);
  CHECK(d == 2048.0f);  // 2048 + 1 is a tie
  matmul(x, y, out, dot::bf16_bf16_bf16, sequential_bf16);
  CHECK(d == 256.0f);
  matmul(x, y, out, dot::f16_f16_f32);
  CHECK(d == 4096.0f);
  CHECK_THROWS_AS(matmul(x, y, out, dot::f16_f16_f16), DTypeError);
}

TEST_CASE("dot algorithms: those that nobody has are refused") {
  float x = 1;
  const MatrixView<const float> a(&x, 1, 1);
  const MatrixView<float> d(&x, 1, 1);
  DotAlgorithm four = dot::bf16_bf16_f32_x3, f16 = four, counts = four, jax = four;
  four.num_primitive_operations = 4;
  f16.lhs_precision_type = f16.rhs_precision_type = binary16;
  counts.lhs_component_count = 3;
  jax.lhs_component_count = jax.rhs_component_count = 1;
  for (const DotAlgorithm& algorithm : {four, f16, counts}) CHECK_THROWS_AS(matmul(a, a, d, algorithm), DTypeError);
  CHECK_NOTHROW(matmul(a, a, d, jax));
  CHECK_THROWS_AS(matmul(a, a, d, dot::bf16_bf16_f32_x3, volta_f16), DTypeError);
  CHECK_THROWS_AS(matmul(a, a, d, dot::tf32_tf32_f32, hopper_f16), DTypeError);
}
