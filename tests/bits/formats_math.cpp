// Functions of one and two variables: correctly rounded, special values, flushing, stochastic rounding.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "formats/math_kernels.hpp"
#include "formats_math_check.hpp"

using namespace halfway;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity(), not_a_number = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

/// log2 of the largest relative error of `count` results beside MPFR's with 300 bits.
template <class Ours, class Theirs>
double largest_error(double low, double high, Ours ours, Theirs theirs, int count = 3000) {
  constexpr mpfr_prec_t bits = 300;
  oracle::Real exact(bits), error(bits), part(bits);
  double largest = -1000;
  for (int i = 0; i < count; ++i) {
    const double x = static_cast<float>(low + (high - low) * (i + 0.37) / count);
    oracle::Real argument(bits, x);
    theirs(exact, argument);
    const detail::math::Real y = ours(detail::math::real(x));
    mpfr_set_ui_2exp(error, static_cast<unsigned long>(y.significand >> 64), y.exponent - 63, MPFR_RNDN);
    mpfr_set_ui_2exp(part, static_cast<unsigned long>(y.significand), y.exponent - 127, MPFR_RNDN);
    mpfr_add(error, error, part, MPFR_RNDN);
    if (y.negative) mpfr_neg(error, error, MPFR_RNDN);
    mpfr_reldiff(error, exact, error, MPFR_RNDN);
    if (mpfr_zero_p(error) != 0) continue;
    mpfr_abs(error, error, MPFR_RNDN);
    mpfr_log2(error, error, MPFR_RNDN);
    largest = std::max(largest, mpfr_get_d(error, MPFR_RNDN));
  }
  return largest;
}

}  // namespace

TEST_CASE("before rounding, relative errors are below 2^-115") {
  namespace math = detail::math;
  struct Kernel {
    const char* name;
    math::Real (*ours)(math::Real);
    int (*theirs)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
    double low, high;
  };
  const Kernel kernels[] = {{"exp", math::exp, mpfr_exp, -90, 90},       {"exp2", math::exp2, mpfr_exp2, -130, 130},
                            {"expm1", math::expm1, mpfr_expm1, -9, 9},   {"log", math::log, mpfr_log, 0.01, 3},
                            {"log2", math::log2, mpfr_log2, 0.01, 3},    {"log1p", math::log1p, mpfr_log1p, -0.99, 3},
                            {"sin", math::sin, mpfr_sin, -1e5, 1e5},     {"cos", math::cos, mpfr_cos, -1e30, 1e30},
                            {"tanh", math::tanh, mpfr_tanh, -9, 9},      {"erf", math::erf, mpfr_erf, -9, 9},
                            {"rsqrt", math::rsqrt, mpfr_rec_sqrt, 0, 9}, {"cbrt", math::cbrt, mpfr_cbrt, -9, 9}};
  for (const Kernel& each : kernels) {
    CAPTURE(std::string(each.name));
    CHECK(largest_error(each.low, each.high, each.ours, [&](auto& y, auto& x) { each.theirs(y, x, MPFR_RNDN); }) <
          -115);
  }
  const auto composed = [](Function f, math::Real (*ours)(math::Real), double low, double high) {
    CAPTURE(std::string(name(f)));
    CHECK(largest_error(low, high, ours, [&](auto& y, auto& x) { oracle::compose(f, y, x, 300); }) < -115);
  };
  composed(Function::sigmoid, math::sigmoid, -90, 90);
  composed(Function::silu, math::silu, -90, 90);
  composed(Function::softplus, math::softplus, -90, 90);
  composed(Function::gelu, math::gelu, -24, 9);
  const float base = 1.7f, width = 1.75f;
  CHECK(largest_error(
            -160, 160, [&](math::Real x) { return math::pow(math::real(double{base}), x); },
            [&](auto& z, auto& y) { mpfr_pow(z, oracle::Real(300, base), y, MPFR_RNDN); }) < -115);
  CHECK(largest_error(
            0.001, 40, [&](math::Real y) { return math::atan2(y, -math::real(double{width})); },
            [&](auto& z, auto& y) { mpfr_atan2(z, y, oracle::Real(300, -width), MPFR_RNDN); }) < -115);
}

TEST_CASE("every function, in every direction, is what MPFR says: 8 bits, and every 7th code of 16 bits") {
  check_functions<e3m4>(1);
  check_functions<e4m3>(1);
  check_functions<e4m3fn>(1);
  check_functions<e4m3fnuz>(1);
  check_functions<e4m3b11fnuz>(1);
  check_functions<e5m2>(1);
  check_functions<e5m2fnuz>(1);
  check_functions<e8m0fnu>(1);
  check_functions<e2m3fn>(1);
  check_functions<e3m2fn>(1);
  check_functions<e2m1fn>(1);
  check_functions<binary16>(7);
  check_functions<bfloat>(7);
}

TEST_CASE("arguments of 24 bits: to odd, as MPFR says") {
  std::mt19937 random(1);
  for (const Function f : all_functions) {
    CAPTURE(std::string(name(f)));
    int wrong = 0;
    for (int i = 0; i < 2000; ++i) {
      // Every other argument is of the size at which functions do something.
      std::uint32_t code = static_cast<std::uint32_t>(random());
      if (i % 2 != 0) code = (code & 0x80FFFFFF) | ((120 + code % 16) << 23);
      const auto x = std::bit_cast<float>(code);
      if (std::isfinite(x)) wrong += !oracle::says(detail::to_odd(f, x), oracle::evaluate(f, x));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("infinities, zeros and NaN") {
  struct Case {
    Function f;
    double plus_infinity, minus_infinity, plus_zero, minus_zero;
  };
  const double log_2 = detail::to_odd(Function::softplus, 0);
  CHECK(std::abs(log_2 - 0.69314718055994531) < 1e-15);
  const Case cases[] = {{Function::exp, inf, 0, 1, 1},
                        {Function::exp2, inf, 0, 1, 1},
                        {Function::expm1, inf, -1, 0, -0.0},
                        {Function::log, inf, not_a_number, -inf, -inf},
                        {Function::log2, inf, not_a_number, -inf, -inf},
                        {Function::log1p, inf, not_a_number, 0, -0.0},
                        {Function::sin, not_a_number, not_a_number, 0, -0.0},
                        {Function::cos, not_a_number, not_a_number, 1, 1},
                        {Function::tanh, 1, -1, 0, -0.0},
                        {Function::sigmoid, 1, 0, 0.5, 0.5},
                        {Function::softplus, inf, 0, log_2, log_2},
                        {Function::erf, 1, -1, 0, -0.0},
                        {Function::gelu, inf, -0.0, 0, -0.0},
                        {Function::silu, inf, -0.0, 0, -0.0},
                        {Function::rsqrt, 0, not_a_number, inf, -inf},
                        {Function::reciprocal, 0, -0.0, inf, -inf},
                        {Function::cbrt, inf, -inf, 0, -0.0}};
  REQUIRE(std::size(cases) == all_functions.size());
  for (const Case& each : cases) {
    CAPTURE(std::string(name(each.f)));
    CHECK(same(detail::to_odd(each.f, inf), each.plus_infinity));
    CHECK(same(detail::to_odd(each.f, -inf), each.minus_infinity));
    CHECK(same(detail::to_odd(each.f, 0), each.plus_zero));
    CHECK(same(detail::to_odd(each.f, -0.0), each.minus_zero));
    CHECK(std::isnan(detail::to_odd(each.f, not_a_number)));
  }
  CHECK(same(detail::to_odd(Function::log1p, -1), -inf));
  CHECK(std::isnan(detail::to_odd(Function::log1p, -1.5)));
  CHECK(std::isnan(detail::to_odd(Function::log, -1)));
}

TEST_CASE("pow and atan2: special values are those of IEEE 754-2019, section 9.2.1") {
  const double values[] = {0.0, 1, 2, 3, 0.5, 2.5, 1e30, 1e-30, inf};
  for (const double size : values)
    for (const double other_size : values)
      for (const double x : {size, -size})
        for (const double y : {other_size, -other_size}) {
          CAPTURE(x);
          CAPTURE(y);
          // C's pow and atan2 (Annex F) treat zeros, infinities and signs so; MPFR the rest.
          if (x == 0 || y == 0 || std::isinf(x) || std::isinf(y) || std::isnan(std::pow(x, y)))
            CHECK(same(detail::to_odd_pow(x, y), std::pow(x, y)));
          else
            CHECK(oracle::says(detail::to_odd_pow(x, y), oracle::pow(x, y)));
          CHECK(oracle::says(detail::to_odd_atan2(y, x), oracle::atan2(y, x)));
        }
  CHECK(same(detail::to_odd_pow(not_a_number, -0.0), 1));
  CHECK(same(detail::to_odd_pow(1, not_a_number), 1));
  CHECK(std::isnan(detail::to_odd_pow(not_a_number, 1)));
  CHECK(std::isnan(detail::to_odd_pow(2, not_a_number)));
  CHECK(std::isnan(detail::to_odd_atan2(not_a_number, 1)));
  CHECK(std::isnan(detail::to_odd_atan2(1, not_a_number)));
}

TEST_CASE("pow and atan2 of pairs of 16-bit numbers, exact ones among them, are what MPFR says") {
  std::mt19937 random(2);
  const auto check = [&]<class T>(T) {
    const oracle::Format format(T::format);
    int wrong = 0, exact = 0;
    for (int i = 0; i < 20'000; ++i) {
      T x = T::from_bits(static_cast<std::uint16_t>(random())), y = T::from_bits(static_cast<std::uint16_t>(random()));
      // Every other pair: a small integer to a power of few bits.
      if (i % 2 != 0) x = T(random() % 64 + 1) * T(random() % 2 == 0 ? 1.0 : 0.25), y = T(random() % 24) * T(0.25);
      const auto a = static_cast<double>(x), b = static_cast<double>(y);
      if (!std::isfinite(a) || !std::isfinite(b) || a <= 0 || b == 0) continue;
      const oracle::Truncated power = oracle::pow(a, b), angle = oracle::atan2(b, a);
      exact += !power.inexact;
      wrong += !oracle::says(detail::to_odd_pow(a, b), power) || !oracle::says(detail::to_odd_atan2(b, a), angle);
      for (const Rounding rounding : oracle::all_roundings) {
        wrong += pow(x, y, {.rounding = rounding}).bits() != oracle::round(format, power, {.rounding = rounding}).code;
        wrong +=
            atan2(y, x, {.rounding = rounding}).bits() != oracle::round(format, angle, {.rounding = rounding}).code;
      }
    }
    CHECK(wrong == 0);
    CHECK(exact > 1000);
  };
  check(float16());
  check(bfloat16());
}

TEST_CASE("options reach the functions: flushing, saturation, stochastic rounding, names") {
  const auto tiny = bfloat16::from_bits(0x0001);
  CHECK(reciprocal(tiny, {.inputs = Subnormals::flush}).bits() == 0x7F80);
  CHECK(reciprocal(-tiny, {.overflow = Overflow::saturate}).bits() == 0xFF7F);
  const bfloat16 low(-88);  // e^−88 = 0.73·2^−126
  CHECK(exp(low).bits() == 0x0042);
  CHECK(exp(low, {.results = Subnormals::flush}).bits() == 0x0000);
  // e lies 0.97 of the way from one bfloat16 to the next.
  const Arithmetic how{.rounding = Rounding::stochastic, .random_bits = 8};
  const double below = 2.703125, step = 0.015625, e = 2.718281828459045;
  int up = 0;
  for (std::uint32_t random = 0; random < 256; ++random)
    up += static_cast<double>(evaluate(Function::exp, bfloat16(1), how, random)) > below;
  CHECK(up == std::lround((e - below) / step * 256));
  EventCounts counts;
  log(bfloat16(0), {}, 0, &counts);
  log(bfloat16(-1), {}, 0, &counts);
  exp(bfloat16(100), {}, 0, &counts);
  pow(bfloat16(3), bfloat16(2), {}, 0, &counts);
  CHECK(counts == EventCounts{.results = 4, .invalid = 1, .divided_by_zero = 1, .overflow = 1, .inexact = 1, .nan = 1});
  for (const Function f : all_functions) CHECK(find_function(name(f)) == f);
  CHECK(!find_function("exp10"));
  CHECK(name(Function::rsqrt) == "rsqrt");
}
