// The definition against an oracle that shares no code with it: exact rationals, rounded by comparison.
#include <doctest/doctest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

#include "bits/emu_cases.hpp"
#include "halfway/emu/device_model.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Fields;
using test::Matrix;
using test::Numbers;
using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

Rational power_of_two(int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent < 0 ? Rational(1, power) : Rational(power);
}

/// A number outside any format: exact if finite, with the sign that a zero has.
struct Number {
  enum Kind { finite, infinite, nan } kind = finite;
  bool negative = false;
  Rational magnitude = 0;
  Rational value() const { return negative ? Rational(-magnitude) : magnitude; }
};

Number decode(std::uint64_t code, DType t) {
  const Fields f(t);
  const std::uint64_t fraction = code & ((std::uint64_t{1} << f.fraction_bits) - 1);
  const int field = static_cast<int>(code >> f.fraction_bits) & f.top();
  const bool negative = (code >> (f.fraction_bits + f.exponent_bits)) != 0;
  if (field == f.top()) return {fraction == 0 ? Number::infinite : Number::nan, negative, 0};
  const int last_place = (field == 0 ? 1 : field) - f.bias() - f.fraction_bits;
  const Integer significand = field == 0 ? Integer(fraction) : Integer(fraction) + (Integer(1) << f.fraction_bits);
  return {Number::finite, negative, Rational(significand) * power_of_two(last_place)};
}

/// The nearest number of a dtype's format, ties to even. With flushing, what rounds to less than the smallest normal
/// number with unlimited exponents is a zero.
Number round(const Number& x, DType t, bool flush) {
  if (x.kind != Number::finite || x.magnitude == 0) return x;
  const Fields f(t);
  int exponent = 0;  // magnitude in [2^exponent, 2^(exponent + 1))
  while (x.magnitude >= power_of_two(exponent + 1)) ++exponent;
  while (x.magnitude < power_of_two(exponent)) --exponent;
  const int smallest = 1 - f.bias();
  const auto nearest = [&](int last_place) {
    const Rational scaled = x.magnitude / power_of_two(last_place);
    Integer down = numerator(scaled) / denominator(scaled);
    const Rational rest = scaled - Rational(down);
    if (rest > Rational(1, 2) || (rest == Rational(1, 2) && (down & 1) != 0)) ++down;
    return Rational(down) * power_of_two(last_place);
  };
  if (flush && nearest(exponent - f.fraction_bits) < power_of_two(smallest)) return {Number::finite, x.negative, 0};
  const Rational rounded = nearest(std::max(exponent, smallest) - f.fraction_bits);
  if (rounded >= power_of_two(f.bias() + 1)) return {Number::infinite, x.negative, 0};
  return {Number::finite, x.negative, rounded};
}

Number subnormal_to_zero(const Number& x, DType t) {
  if (x.kind == Number::finite && x.magnitude < power_of_two(1 - Fields(t).bias()))
    return {Number::finite, x.negative, 0};
  return x;
}

Number multiply(const Number& a, const Number& b) {
  const bool negative = a.negative != b.negative;
  if (a.kind == Number::nan || b.kind == Number::nan) return {Number::nan, false, 0};
  if (a.kind == Number::infinite || b.kind == Number::infinite) {
    const bool zero = (a.kind == Number::finite && a.magnitude == 0) || (b.kind == Number::finite && b.magnitude == 0);
    return {zero ? Number::nan : Number::infinite, negative, 0};
  }
  return {Number::finite, negative, a.magnitude * b.magnitude};
}

Number add(const Number& a, const Number& b) {
  if (a.kind == Number::nan || b.kind == Number::nan) return {Number::nan, false, 0};
  if (a.kind == Number::infinite && b.kind == Number::infinite && a.negative != b.negative)
    return {Number::nan, false, 0};
  if (a.kind == Number::infinite) return a;
  if (b.kind == Number::infinite) return b;
  const Rational sum = a.value() + b.value();
  if (sum == 0) return {Number::finite, a.negative && b.negative, 0};  // −0 only from −0 and −0: exact zeros alone
  return {Number::finite, sum < 0, sum < 0 ? Rational(-sum) : sum};
}

std::uint64_t encode(const Number& x, DType t) {
  const Fields f(t);
  if (x.kind == Number::nan) return f.code(false, f.top(), std::uint64_t{1} << (f.fraction_bits - 1));
  if (x.kind == Number::infinite) return f.code(x.negative, f.top(), 0);
  for (int field = 1;; ++field) {  // the smallest exponent in which the significand is an integer of its size
    const Rational scaled = x.magnitude / power_of_two(field - f.bias() - f.fraction_bits);
    if (scaled >= Rational(Integer(2) << f.fraction_bits)) continue;
    const auto significand = static_cast<std::uint64_t>(numerator(scaled));
    REQUIRE(denominator(scaled) == 1);
    const bool hidden = (significand >> f.fraction_bits) != 0;
    return f.code(x.negative, hidden ? field : 0, significand);
  }
}

/// One output, as dot_model.hpp says it.
std::uint64_t oracle(const Matrix& a, const Matrix& b, std::int64_t i, std::int64_t j, DType out,
                     const DotAlgorithm& algorithm, const DotModel& model) {
  const auto dtype = [](const FloatFormat& f) {
    return f == binary16   ? DType::float16
           : f == bfloat   ? DType::bfloat16
           : f == binary64 ? DType::float64
                           : DType::float32;
  };
  const DType wide = dtype(algorithm.accumulation_type);
  const bool flush_in = model.inputs == Subnormals::flush, flush = model.results == Subnormals::flush;
  const auto operand = [&](const Matrix& x, std::int64_t r, std::int64_t c, DType precision) {
    Number number = decode(x.get(r, c), x.dtype());
    if (flush_in) number = subnormal_to_zero(number, wide);
    number = round(number, precision, false);
    return flush_in ? subnormal_to_zero(number, precision) : number;
  };
  Number total, pass;
  std::int64_t in_pass = 0, passes = 0;
  for (std::int64_t k = 0; k < a.cols(); ++k) {
    Number product = multiply(operand(a, i, k, dtype(algorithm.lhs_precision_type)),
                              operand(b, k, j, dtype(algorithm.rhs_precision_type)));
    if (model.round_products) product = round(product, wide, flush);
    pass = round(add(product, pass), wide, flush);
    if (++in_pass == model.pass || k + 1 == a.cols()) {
      total = passes++ == 0 ? pass : round(add(total, pass), wide, flush);
      pass = Number{}, in_pass = 0;
    }
  }
  return encode(round(total, out, false), out);
}

constexpr Subnormals flush = Subnormals::flush;
const std::vector<DotModel> models{
    sequential,
    xla_reference,
    tpu_mxu_128,
    {.name = "flush all", .inputs = flush, .results = flush, .pass = 2},
    {.name = "flush all, round products", .round_products = true, .inputs = flush, .results = flush},
    {.name = "flush inputs", .inputs = flush},
    {.name = "flush results", .results = flush, .pass = 3}};
const std::vector<DType> narrow{DType::bfloat16, DType::float16, DType::float32};

int compare(std::int64_t terms, DType a_type, DType b_type, DType out, const DotAlgorithm& algorithm,
            const DotModel& model, Numbers numbers, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Matrix a(a_type, 3, terms, Matrix::Layout::padded_rows), b(b_type, terms, 3, Matrix::Layout::columns);
  Matrix d(out, 3, 3, Matrix::Layout::rows);
  fill(a, numbers, random);
  fill(b, numbers, random);
  matmul_ref(a.in(), b.in(), d.out(), algorithm, model);
  int compared = 0;
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t j = 0; j < 3; ++j, ++compared) {
      const std::string what = name(algorithm) + " " + std::string(model.name) + " numbers " +
                               std::to_string(static_cast<int>(numbers)) + " seed " + std::to_string(seed) + " out " +
                               std::string(name(out));
      CAPTURE(what);
      CHECK(d.get(i, j) == oracle(a, b, i, j, out, algorithm, model));
    }
  return compared;
}

}  // namespace

TEST_CASE("matmul_ref: every pair of precisions, every model, every kind of number, in exact rationals") {
  std::uint64_t seed = 1;
  for (const DotModel& model : models)
    for (const DType lhs : narrow)
      for (const DType rhs : narrow)
        for (int numbers = 0; numbers < test::kNumbers; ++numbers, ++seed)
          compare(7, narrow[seed % 3], narrow[seed / 3 % 3], narrow[seed / 9 % 3],
                  {float_format(lhs), float_format(rhs), binary32}, model, static_cast<Numbers>(numbers), seed);
}

TEST_CASE("matmul_ref: float64, in exact rationals") {
  for (const DotModel& model : {sequential, xla_reference, tpu_mxu_128})
    for (const Numbers numbers : {Numbers::normal, Numbers::cancelling, Numbers::ties, Numbers::specials,
                                  Numbers::zeros_negative, Numbers::tiny})
      compare(5, DType::float64, DType::float64, DType::float64, dot::f64_f64_f64, model, numbers, 7);
}

TEST_CASE("matmul_ref: the chain of cpu is the machine's fma") {
  for (int seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    constexpr std::int64_t terms = 200;
    Matrix a(DType::float32, 1, terms, Matrix::Layout::rows), b(DType::float32, terms, 1, Matrix::Layout::rows);
    Matrix d(DType::float32, 1, 1, Matrix::Layout::rows);
    fill(a, static_cast<Numbers>(seed % test::kNumbers), random);
    fill(b, static_cast<Numbers>(seed % test::kNumbers), random);
    matmul_ref(a.in(), b.in(), d.out(), dot::f32_f32_f32);
    float acc = 0;
    for (std::int64_t k = 0; k < terms; ++k)
      acc = std::fma(std::bit_cast<float>(static_cast<std::uint32_t>(a.get(0, k))),
                     std::bit_cast<float>(static_cast<std::uint32_t>(b.get(k, 0))), acc);
    const std::uint32_t expected = std::isnan(acc) ? 0x7FC00000u : std::bit_cast<std::uint32_t>(acc);
    CHECK(d.get(0, 0) == expected);
  }
}

TEST_CASE("matmul_ref: the passes of a TPU are there") {
  // 2^24 in the first pass; 128 ones in the second survive only because they are summed from zero.
  constexpr std::int64_t terms = 256;
  std::vector<float> a(terms, 1.0f), b(terms, 0.0f);
  a[0] = b[0] = 4096.0f;
  for (std::size_t k = 128; k < 256; ++k) b[k] = 1.0f;
  const auto product = [&](const DotModel& model) {
    float d = -1;
    matmul_ref(MatrixView<const float>(a.data(), 1, terms), MatrixView<const float>(b.data(), terms, 1),
               MatrixView<float>(&d, 1, 1), dot::bf16_bf16_f32, model);
    return d;
  };
  CHECK(product(sequential) == 16777216.0f);
  CHECK(product(tpu_mxu_128) == 16777344.0f);
}

TEST_CASE("matmul_ref: a TPU flushes float32 operands before it rounds them") {
  const float just_below_normal = std::bit_cast<float>(0x007FFFFFu), one = 1.0f;
  const auto product = [&](const DotModel& model) {
    float d = -1;
    matmul_ref(MatrixView<const float>(&just_below_normal, 1, 1), MatrixView<const float>(&one, 1, 1),
               MatrixView<float>(&d, 1, 1), dot::bf16_bf16_f32, model);
    return std::bit_cast<std::uint32_t>(d);
  };
  CHECK(product(sequential) == 0x00800000u);  // rounds up to the smallest normal bfloat16
  CHECK(product(tpu_mxu_128) == 0u);
}

TEST_CASE("matmul: the product of jax#9973, whose digits on a TPU are published") {
  const std::vector<float> x{.3744f, .1656f, .4707f, .1663f}, y{.3946f, .1186f, .1569f, .3145f};
  const auto product = [&](const DotAlgorithm& algorithm, const DotModel& model) {
    std::vector<float> d(4);
    matmul(MatrixView<const float>(x.data(), 2, 2), MatrixView<const float>(y.data(), 2, 2),
           MatrixView<float>(d.data(), 2, 2), algorithm, model);
    return d;
  };
  CHECK(product(dot::bf16_bf16_f32, tpu_mxu_128) ==
        std::vector<float>{0.17405128f, 0.09669876f, 0.21180916f, 0.10805416f});
  CHECK(product(dot::f32_f32_f32, sequential) ==
        std::vector<float>{0.17372088f, 0.09648504f, 0.21183069f, 0.10812637f});
}

TEST_CASE("matmul: arguments that do not fit are told apart") {
  std::vector<float> x(12);
  std::vector<double> y(12);
  std::vector<std::int32_t> z(12);
  const MatrixView<const float> a(x.data(), 3, 4), b(x.data(), 4, 3);
  const MatrixView<float> d(x.data(), 3, 3);
  const MatrixView<const double> doubles(y.data(), 4, 3);
  const MatrixView<double> double_result(y.data(), 3, 3);
  const MatrixView<const std::int32_t> integers(z.data(), 4, 3);
  CHECK_THROWS_AS(matmul(a, a, d, dot::f32_f32_f32), ShapeError);
  CHECK_THROWS_AS(matmul(a, b, MatrixView<float>(x.data(), 4, 3), dot::f32_f32_f32), ShapeError);
  CHECK_THROWS_AS(matmul(a, doubles, d, dot::f32_f32_f32), DTypeError);
  CHECK_THROWS_AS(matmul(a, b, double_result, dot::f32_f32_f32), DTypeError);
  CHECK_THROWS_AS(matmul(a, b, d, dot::f64_f64_f64), DTypeError);
  CHECK_THROWS_AS(matmul(a, integers, d, dot::f32_f32_f32), DTypeError);
  CHECK_THROWS_AS(matmul(a, b, d, DotAlgorithm{binary16, binary16, binary16}), DTypeError);
  CHECK_THROWS_AS(matmul(a, b, d, dot::f32_f32_f32, DotModel{.name = "odd", .pass = -1}), ValueError);
  CHECK_THROWS_AS(matmul_ref(a, a, d, dot::f32_f32_f32), ShapeError);
  CHECK_THROWS_WITH_AS(
      matmul(a, a, d, dot::f32_f32_f32),
      "[matmul] A is 3x4, B is 3x4, D is 3x3: A has not as many columns as B has rows; transpose one or check "
      "their shapes",
      ShapeError);
}
