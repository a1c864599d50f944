// Functions in bulk: tables give what the scalar functions give, for any formats, options, threads and strides.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "formats/bulk.hpp"
#include "formats_convert.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/detail/operations.hpp"
#include "halfway/formats/math.hpp"

using namespace halfway;

namespace {

template <class T>
std::vector<T> all_codes() {
  std::vector<T> codes;
  for (std::uint32_t code = 0; code < (1u << T::format.bits()); ++code)
    codes.push_back(T::from_bits(static_cast<typename T::storage_type>(code)));
  return codes;
}

/// What evaluate() is to give, one scalar after the other.
template <class To, class From>
std::vector<To> scalars(Function f, const std::vector<From>& x, const Arithmetic& how, EventCounts& events) {
  std::vector<To> y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    detail::Context context{how};
    if (is_stochastic(how.rounding)) context.random = random_bits_of(how, i);
    const auto code =
        detail::evaluate_code(detail::codes_of<To::format>, detail::codes_of<From::format>, f, x[i].bits(), context);
    y.push_back(To::from_bits(static_cast<typename To::storage_type>(code)));
    events += detail::counted(context);
  }
  return y;
}

template <class To, class From>
void check(Function f, const Arithmetic& how) {
  const std::vector<From> x = all_codes<From>();
  EventCounts expected_events;
  const std::vector<To> expected = scalars<To>(f, x, how, expected_events);
  for (const int threads : {1, 2}) {
    execution::set_threads(threads);
    std::vector<To> y(x.size());
    EventCounts events;
    evaluate(f, x, y, how, &events);
    CAPTURE(std::string(name(f)));
    CAPTURE(std::string(name(how.rounding)));
    CHECK(same_bits(y, expected));
    CHECK(events == expected_events);
  }
}

}  // namespace

TEST_CASE("each table holds what the scalar function gives; events too") {
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  for (std::size_t i = 0; i < function_names.size(); ++i) {
    const auto f = static_cast<Function>(i);
    check<float16, float16>(f, {});
    check<bfloat16, bfloat16>(f, {.rounding = Rounding::toward_negative});
    check<float8_e4m3fn, float8_e4m3fn>(f, {.rounding = Rounding::to_odd});
  }
}

TEST_CASE("options: flushing, saturation, other formats of the result, stochastic rounding") {
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  check<bfloat16, bfloat16>(Function::reciprocal, {.inputs = Subnormals::flush, .overflow = Overflow::saturate});
  check<bfloat16, bfloat16>(Function::exp, {.results = Subnormals::flush});
  check<float8_e5m2, bfloat16>(Function::gelu, {});
  check<bfloat16, float8_e4m3fnuz>(Function::log, {});
  check<float4_e2m1fn, float6_e2m3fn>(Function::tanh, {});
  check<tf32, float16>(Function::sin, {.rounding = Rounding::toward_positive});
  for (const int random_bits : {0, 1, 12, 32}) {
    check<float16, float16>(Function::sigmoid,
                            {.rounding = Rounding::stochastic, .random_bits = random_bits, .seed = 3, .stream = 7});
    check<bfloat16, bfloat16>(
        Function::cbrt,
        {.rounding = Rounding::stochastic_fastest, .inputs = Subnormals::flush, .random_bits = random_bits});
  }
}

TEST_CASE("operands of more than 16 bits are computed one by one; results may be held as floats") {
  std::vector<tf32> x;
  for (std::uint32_t code = 0; code < (1u << 19); code += 977) x.push_back(tf32::from_bits(code));
  std::vector<float16> y(x.size());
  EventCounts events, expected_events;
  const auto expected = scalars<float16>(Function::erf, x, {}, expected_events);
  evaluate(Function::erf, x, y, {}, &events);
  CHECK(same_bits(y, expected));
  CHECK(events == expected_events);

  std::vector<float> widened(x.size());
  std::vector<double> doubles(x.size());
  Array floats = result_array(widened), wide = result_array(doubles);
  floats.format = wide.format = binary16, floats.held = Held::as_float32, wide.held = Held::as_float64;
  evaluate(Function::erf, array_of(x), floats);
  evaluate(Function::reciprocal, array_of(y), wide);
  const auto reciprocals = scalars<float16>(Function::reciprocal, y, {}, events);
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  int wrong = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    wrong += !same(widened[i], float{expected[i]}) || !same(doubles[i], double(reciprocals[i]));
  CHECK(wrong == 0);
}

TEST_CASE("strides, and the operand's own array as the result") {
  const std::vector<bfloat16> x = all_codes<bfloat16>();
  EventCounts events;
  const auto expected = scalars<bfloat16>(Function::silu, x, {}, events);
  std::vector<bfloat16> spread(3 * x.size());
  evaluate(Function::silu, array_of(x), Array{spread.data() + 1, bfloat, static_cast<std::int64_t>(x.size()), 3});
  int wrong = 0;
  for (std::size_t i = 0; i < spread.size(); ++i)
    wrong += spread[i].bits() != (i % 3 == 1 ? expected[i / 3] : bfloat16()).bits();
  CHECK(wrong == 0);
  std::vector<bfloat16> back(x.size());
  evaluate(Function::exp, ConstArray{spread.data() + 1, bfloat, static_cast<std::int64_t>(x.size()), 3},
           result_array(back));
  CHECK(same_bits(back, scalars<bfloat16>(Function::exp, expected, {}, events)));
  evaluate(Function::exp, expected, back);
  std::vector<bfloat16> in_place = expected;
  EventCounts counted, counted_apart;
  evaluate(Function::exp, in_place, in_place, {}, &counted);
  CHECK(same_bits(in_place, back));
  evaluate(Function::exp, expected, back, {}, &counted_apart);
  CHECK(counted == counted_apart);
}

TEST_CASE("more tables than are kept, wanted by several threads at a time") {
  const std::vector<float16> x = all_codes<float16>();
  std::vector<std::vector<float16>> results(4, std::vector<float16>(x.size()));
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int round = 0; round < 100; ++round) {
        // 5 × 17 tables of 128 KiB are more than 8 MiB.
        const auto f = static_cast<Function>((round + 3 * static_cast<int>(t)) % 17);
        const Arithmetic how{.rounding = static_cast<Rounding>(round % 5)};
        evaluate(f, x, results[t], how);
        for (std::size_t i = t; i < x.size(); i += 9973) {
          detail::Context context{how};
          const auto& half = detail::codes_of<binary16>;
          wrong[t] += results[t][i].bits() != detail::evaluate_code(half, half, f, x[i].bits(), context);
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("what cannot be is refused") {
  const std::vector<float16> x(3);
  std::vector<float16> y(4);
  CHECK_THROWS_WITH_AS(
      evaluate(Function::exp, x, y),
      "[evaluate] the operand has 3 elements and the result 4, which differ; pass arrays of equal size", ShapeError);
  std::vector<double> wide(3);
  CHECK_THROWS_WITH_AS(evaluate(Function::exp, wide, wide),
                       "[evaluate] functions got the format float64, which they do not know; use formats of up to 32 "
                       "bits (see is_supported)",
                       ValueError);
  CHECK_THROWS_WITH_AS(evaluate(Function::exp, y, y, {.random_bits = 33}), "[evaluate] random_bits is 33; use 0 to 32",
                       ValueError);
}
