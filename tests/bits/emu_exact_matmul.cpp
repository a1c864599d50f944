// exact_matmul against its definition on every target, and the definition against exact rationals.
#include <doctest/doctest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>

#include "bits/emu_twin.hpp"
#include "halfway/emu/exact_matmul.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using namespace halfway::test;
using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;

const std::vector<DType> dtypes{DType::float64, DType::float32, DType::float16, DType::bfloat16};

Rational power_of_two(int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent < 0 ? Rational(1, power) : Rational(power);
}

/// What a code says: a rational, or an infinity or NaN as float64 has them.
struct Value {
  double special = 0;  ///< 0: `number` counts
  Rational number = 0;
  bool negative = false;
};
Value decode(std::uint64_t code, DType t) {
  const Fields f(t);
  const std::uint64_t fraction = code & ((std::uint64_t{1} << f.fraction_bits) - 1);
  const int field = static_cast<int>(code >> f.fraction_bits) & f.top();
  const bool negative = (code >> (f.fraction_bits + f.exponent_bits)) != 0;
  if (field == f.top()) return {fraction != 0 ? NAN : negative ? -INFINITY : INFINITY, 0, negative};
  const Integer significand = field == 0 ? Integer(fraction) : Integer(fraction) + (Integer(1) << f.fraction_bits);
  const Rational magnitude = significand * power_of_two(std::max(field, 1) - f.bias() - f.fraction_bits);
  return {0, negative ? Rational(-magnitude) : magnitude, negative};
}

/// The code of a rational, nearest, ties to even; of a zero that of its sign.
std::uint64_t encode(const Rational& x, bool negative_zero, DType t) {
  const Fields f(t);
  if (x == 0) return f.code(negative_zero, 0, 0);
  const bool negative = x < 0;
  const Rational magnitude = negative ? Rational(-x) : x;
  int exponent = static_cast<int>(msb(numerator(magnitude))) - static_cast<int>(msb(denominator(magnitude)));
  if (magnitude < power_of_two(exponent)) --exponent;  // magnitude in [2^exponent, 2^(exponent + 1))
  const int field = std::max(exponent + f.bias(), 1);
  const Rational scaled = magnitude / power_of_two(field - f.bias() - f.fraction_bits);
  Integer significand = numerator(scaled) / denominator(scaled);
  const Rational rest = scaled - Rational(significand);
  if (rest > Rational(1, 2) || (rest == Rational(1, 2) && (significand & 1) != 0)) ++significand;
  const Integer code = significand + (Integer(field - 1) << f.fraction_bits);  // a hidden bit adds one to the field
  const Integer infinity = Integer(f.top()) << f.fraction_bits;
  const auto bits = static_cast<std::uint64_t>(code < infinity ? code : infinity);
  return bits | f.code(negative, 0, 0);
}

std::uint64_t oracle(const Matrix& a, const Matrix& b, const Matrix* c, std::int64_t i, std::int64_t j, DType out) {
  Rational sum = 0;
  double special = 0;
  bool all_negative = c != nullptr;
  const auto add = [&](const Value& x, bool negative) {
    special += x.special, sum += x.number, all_negative = all_negative && negative;
  };
  if (c != nullptr) {
    const Value x = decode(c->get(i, j), c->dtype());
    add(x, x.negative);
  }
  for (std::int64_t k = 0; k < a.cols(); ++k) {
    const Value x = decode(a.get(i, k), a.dtype()), y = decode(b.get(k, j), b.dtype());
    const auto sign = [](const Value& v) {
      return v.special != 0 ? v.special : v.number == 0 ? 0.0 : v.negative ? -1.0 : 1.0;
    };
    const bool finite = x.special == 0 && y.special == 0;
    add({finite ? 0 : sign(x) * sign(y), finite ? Rational(x.number * y.number) : Rational(0)},
        x.negative != y.negative);
  }
  const Fields f(out);
  if (std::isnan(special)) return f.code(false, f.top(), std::uint64_t{1} << (f.fraction_bits - 1));
  if (special != 0) return f.code(special < 0, f.top(), 0);
  return encode(sum, all_negative, out);
}

/// Not that of emu_twin.hpp: other arguments.
struct ExactCase {
  std::int64_t m, n, k;
  DType a, b, d;
  std::optional<DType> c;
  Numbers numbers;
  std::uint64_t seed;
};
void check_exact(const ExactCase& x, bool with_oracle) {
  std::mt19937_64 random(x.seed);
  const auto layout = [&] { return static_cast<Matrix::Layout>(random() % Matrix::kLayouts); };
  Matrix a(x.a, x.m, x.k, layout()), b(x.b, x.k, x.n, layout()), c(x.c.value_or(x.d), x.m, x.n, layout());
  const Matrix::Layout d_layout = layout();
  Matrix expected(x.d, x.m, x.n, d_layout);
  fill(a, x.numbers, random), fill(b, x.numbers, random), fill(c, x.numbers, random);
  std::optional<MatrixIn> addend;
  if (x.c) addend = c.in();
  exact_matmul_ref(a.in(), b.in(), expected.out(), addend);
  const std::string what = std::to_string(x.m) + "x" + std::to_string(x.n) + "x" + std::to_string(x.k) + " " +
                           std::string(name(x.a)) + " " + std::string(name(x.b)) + " " + std::string(name(x.d)) +
                           (x.c ? " c " + std::string(name(*x.c)) : "") + " numbers " +
                           std::to_string(static_cast<int>(x.numbers)) + " seed " + std::to_string(x.seed);
  CAPTURE(what);
  for (std::int64_t i = 0; with_oracle && i < x.m; ++i)
    for (std::int64_t j = 0; j < x.n; ++j) CHECK(expected.get(i, j) == oracle(a, b, x.c ? &c : nullptr, i, j, x.d));
  for (const std::string& target : execution::targets()) {
    CAPTURE(target);
    execution::use_target(target);
    targets_seen.insert(execution::target());
    for (const int threads : {1, 2}) {
      if (threads == 2 && x.seed % 4 != 0) continue;
      execution::set_threads(threads);
      execution::take_threads_used();
      Matrix result(x.d, x.m, x.n, d_layout);
      {
        const Dirt dirt;
        exact_matmul(a.in(), b.in(), result.out(), addend);
        CHECK(dirt.untouched());
      }
      if (const int used = execution::take_threads_used(); used > 0) threads_seen.insert(used);
      CHECK((result.bytes() == expected.bytes()));
    }
  }
}
}  // namespace

TEST_CASE_FIXTURE(Setup, "exact_matmul: every pair of dtypes, every kind of number, in exact rationals") {
  std::uint64_t seed = 1;
  for (const DType a : dtypes)
    for (const DType b : dtypes)
      for (int numbers = 0; numbers < kNumbers; ++numbers)
        for (const DType d : dtypes) {
          const std::optional<DType> c = seed % 2 == 0 ? std::optional<DType>(dtypes[seed / 2 % 4]) : std::nullopt;
          check_exact({2, 3, 1 + static_cast<std::int64_t>(seed % 11), a, b, d, c, static_cast<Numbers>(numbers), seed},
                      true);
          ++seed;
        }
}

TEST_CASE_FIXTURE(Setup, "exact_matmul: shapes, and lengths where roundings are hard") {
  std::uint64_t seed = 10000;
  for (const int m : {0, 1, 3, 4, 5, 9})
    for (const int n : {0, 1, 2, 7, 8, 9, 17})
      for (const int k : {0, 1, 200})
        check_exact({m, n, k, dtypes[seed % 4], dtypes[seed / 4 % 4], dtypes[seed / 16 % 4], std::nullopt,
                     static_cast<Numbers>(seed % kNumbers), seed++},
                    false);
  for (const DType d : dtypes)
    check_exact({1, 2, 4097, DType::float32, DType::float32, d, DType::float32, Numbers::wide, seed++}, true);
}

TEST_CASE("exact_matmul: cancellation, ties and signs of zero") {
  const auto dot = [](const std::vector<double>& a, const std::vector<double>& b, auto d,
                      std::optional<double> c = {}) {
    const auto terms = static_cast<std::int64_t>(a.size());
    std::optional<MatrixIn> addend;
    if (c) addend = MatrixView<const double>(&*c, 1, 1);
    exact_matmul(MatrixView<const double>(a.data(), 1, terms), MatrixView<const double>(b.data(), terms, 1),
                 MatrixView<decltype(d)>(&d, 1, 1), addend);
    return d;
  };
  CHECK(dot({1e300, 1.0, -1e300}, {1e300, 1e-300, 1e300}, 0.0) == 1e-300);  // products beyond float64's range
  CHECK(dot({0x1p100, 1, -0x1p100}, {1, 0x1p-100, 1}, 0.0) == 0x1p-100);
  CHECK(dot({1, 0x1p-24}, {1, 1}, 0.0f) == 1.0f);                                 // a tie
  CHECK(dot({1, 0x1p-24, 0x1p-600}, {1, 1, 0x1p-600}, 0.0f) == 1.0f + 0x1p-23f);  // and a hair above it
  CHECK(dot({1, 0x1p-24, -0x1p-600}, {1, 1, 0x1p-600}, 0.0f) == 1.0f);
  CHECK(dot({0x1p-600}, {0x1p-600}, 0.0) == 0.0);
  CHECK(std::signbit(dot({-0x1p-600}, {0x1p-600}, 0.0)));
  CHECK_FALSE(std::signbit(dot({-0.0}, {1}, 0.0)));
  CHECK(std::signbit(dot({-0.0}, {1}, 0.0, -0.0)));
  CHECK_FALSE(std::signbit(dot({0.0}, {1}, 0.0, -0.0)));
  CHECK_FALSE(std::signbit(dot({-1, 1}, {1, 1}, 0.0, -0.0)));
  CHECK(dot({1e200}, {1e200}, 0.0) == INFINITY);
  CHECK(dot({300, 200}, {1, 1}, float8_e5m2()) == float8_e5m2(512.0f));
  CHECK(isnan(dot({300, 200}, {1, 1}, float8_e4m3fn())));  // 500, and it has no infinity
}

TEST_CASE("exact_matmul: C may be D; arguments that do not fit are told apart") {
  std::vector<float> x{1, 2, 3, 4}, d{10, 20, 30, 40};
  const MatrixView<const float> a(x.data(), 2, 2);
  const MatrixView<float> out(d.data(), 2, 2);
  exact_matmul(a, a, out, MatrixView<const float>(d.data(), 2, 2));
  CHECK(d == std::vector<float>{17, 30, 45, 62});
  const std::vector<std::int32_t> integers(4);
  const MatrixView<const std::int32_t> wrong(integers.data(), 2, 2);
  CHECK_THROWS_AS(exact_matmul(a, wrong, out), DTypeError);
  CHECK_THROWS_AS(exact_matmul(a, MatrixView<const float>(x.data(), 1, 4), out), ShapeError);
  CHECK_THROWS_AS(exact_matmul(a, a, out, MatrixView<const float>(x.data(), 1, 4)), ShapeError);
}

TEST_CASE("exact_matmul: what ran") { check_what_ran("exact_matmul"); }  // last in the file
