// float32 functions: the twin equals the definition on every target, thread count, size and alignment; errors are
// within the stated bounds, judged by the functions that are proved to be right.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "formats/math_to_odd.hpp"
#include "formats_convert.hpp"
#include "formats_float32_reference.hpp"
#include "halfway/errors.hpp"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

using namespace halfway;

namespace {

/// Every 6007th code; what lies around powers of two, whole numbers, multiples of π/2 and the bounds of the functions.
std::vector<float> sample() {
  std::vector<float> x;
  for (std::uint64_t code = 0; code < (std::uint64_t{1} << 32); code += 6007)
    x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(code)));
  const auto near = [&](double centre) {
    const auto code = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(static_cast<float>(centre)));
    for (std::int32_t by = -3; by <= 3; ++by)
      for (const std::uint32_t sign : {0u, 0x80000000u})
        x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(code + by) ^ sign));
  };
  for (int exponent = -149; exponent < 128; ++exponent) near(std::ldexp(1.0, exponent));
  for (int n = 1; n < 200; ++n) near(n), near(n * 1.5707963267948966), near(n * 0.34657359027997264);
  for (const double bound : {0.0, 4194304.0, 0.70710678, 1.41421356, 88.722839, 103.97208, 3.4028235e38}) near(bound);
  return x;
}

std::vector<float> by_definition(Function f, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  evaluate_ref(f, std::span(x), std::span(y));
  return y;
}

}  // namespace

TEST_CASE("the twin equals the definition on every target, with 1 and 2 threads") {
  const std::vector<float> x = sample();
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  for (std::size_t i = 0; i < function_names.size(); ++i) {
    const auto f = static_cast<Function>(i);
    const std::vector<float> expected = by_definition(f, x);
    for (const std::string& target : execution::targets())
      for (const int threads : {1, 2}) {
        execution::use_target(target);
        execution::set_threads(threads);
        std::vector<float> y(x.size(), -7.0f);
        evaluate(f, x, y);
        CAPTURE(std::string(name(f)));
        CAPTURE(target);
        CHECK(same_bits(y, expected));
      }
  }
}

TEST_CASE("errors are within the bounds; special values are right") {
  const std::vector<float> x = sample();
  for (std::size_t i = 0; i < function_names.size(); ++i) {
    const auto f = static_cast<Function>(i);
    const std::vector<float> y = by_definition(f, x);
    double largest = 0;
    for (std::size_t k = 0; k < x.size(); k += 7) {
      // One odd bit in the last place of a float64 is no error here.
      largest = std::max(largest, error_in_ulp(y[k], detail::to_odd(f, static_cast<double>(x[k]))));
    }
    CAPTURE(std::string(name(f)));
    CHECK(largest <= float32_bound(f));
  }
}

TEST_CASE("every size and alignment; nothing beyond the end is touched; in place") {
  const ExecutionGuard guard;
  std::vector<float> x(120);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) / 8;
  for (const Function f : {Function::exp, Function::log, Function::gelu, Function::sin}) {
    const std::vector<float> expected = by_definition(f, x);
    for (const std::string& target : execution::targets()) {
      execution::use_target(target);
      int wrong = 0;
      for (std::size_t size = 0; size <= 100; ++size)
        for (const std::size_t offset : {0u, 1u, 5u}) {
          std::vector<float> y(x.size(), -7.0f);
          evaluate(f, std::span<const float>(x).subspan(offset, size), std::span(y).subspan(offset, size));
          for (std::size_t i = 0; i < y.size(); ++i)
            wrong += !(y[i] == (i >= offset && i < offset + size ? expected[i] : -7.0f));
        }
      std::vector<float> y = x;
      evaluate(f, y, y);
      CAPTURE(target);
      CHECK(wrong == 0);
      CHECK(same_bits(y, expected));
    }
  }
}

TEST_CASE("float32 in the form on arrays is correctly rounded") {
  std::mt19937 random(4);
  std::vector<float> x(4000), y(x.size());
  for (float& each : x) each = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
  for (const Function f : {Function::exp, Function::log, Function::tanh}) {
    evaluate(f, array_of(x), result_array(y), {.rounding = Rounding::toward_positive});
    int wrong = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float expected = round_to<float>(detail::to_odd(f, static_cast<double>(x[i])), Rounding::toward_positive);
      wrong += to_code(y[i]) != to_code(expected);
    }
    CHECK(wrong == 0);
  }
}

#if defined(__SSE2__)
TEST_CASE("the caller's floating-point environment neither matters nor changes") {
  const std::vector<float> x = sample();
  const std::vector<bfloat16> narrow{bfloat16(1), bfloat16::from_bits(0x0001), bfloat16::from_bits(0x807F)};
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  const unsigned usual = _mm_getcsr();
  for (const unsigned hostile : {usual | 0x8040u, usual | 0xA040u, usual | 0x4000u, usual | 0xE040u})  // FTZ, DAZ, RC
    for (std::size_t i = 0; i < function_names.size(); ++i) {
      const auto f = static_cast<Function>(i);
      const std::vector<float> expected = by_definition(f, x);
      std::vector<bfloat16> expected_narrow;
      for (const bfloat16 each : narrow) expected_narrow.push_back(evaluate(f, each));
      std::vector<float> y(x.size());
      std::vector<bfloat16> narrow_y(narrow.size());
      _mm_setcsr(hostile);
      evaluate(f, x, y);
      const std::vector<float> again = by_definition(f, x);
      for (std::size_t k = 0; k < narrow.size(); ++k) narrow_y[k] = evaluate(f, narrow[k]);
      const unsigned left = _mm_getcsr();
      _mm_setcsr(usual);
      CAPTURE(std::string(name(f)));
      CHECK((left & ~0x3Fu) == (hostile & ~0x3Fu));  // but for the flags
      CHECK(same_bits(y, expected));
      CHECK(same_bits(again, expected));
      CHECK(same_bits(narrow_y, expected_narrow));
    }
}
#endif

TEST_CASE("sizes that differ are a ShapeError") {
  std::vector<float> x(3), y(4);
  CHECK_THROWS_WITH_AS(
      evaluate(Function::exp, x, y),
      "[evaluate] the operand has 3 elements and the result 4, which differ; pass arrays of equal size", ShapeError);
  CHECK_THROWS_AS(evaluate_ref(Function::exp, x, y), ShapeError);
}
