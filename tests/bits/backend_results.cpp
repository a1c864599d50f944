// The results of the CPU's table against oracles of their own: scalar integer arithmetic, the C library in float64, and
// rounding's definition; the same bits with two threads.
#include <cmath>
#include <functional>
#include <memory>

#include "backend/cpu/kernels.hpp"
#include "backend_cases.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/rounding.hpp"
#include "halfway/formats/ulp.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using backend::Binary;
using backend::Cover;
using backend::Execution;
using backend::Unary;

const backend::Backend& cpu = backend::cpu();

template <class T>
std::vector<T> unary(Unary op, const std::vector<T>& in, const Execution& execution = {}) {
  std::vector<T> out(in.size());
  cpu.unary(execution, op, dtype_of<T>, in.data(), out.data(), static_cast<std::int64_t>(in.size()));
  return out;
}
template <class T>
std::vector<T> binary(Binary op, const std::vector<T>& a, const std::vector<T>& b, const Execution& execution = {}) {
  std::vector<T> out(a.size());
  cpu.binary(execution, {op, dtype_of<T>, a.data(), Cover::full, b.data(), Cover::full, out.data(), 1,
                         static_cast<std::int64_t>(a.size())});
  return out;
}

/// The largest error of `actual` in units of the float32 last place of the true value.
double worst_ulps(const std::vector<float>& in, const std::vector<float>& actual, double (*truth)(double)) {
  double worst = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const double exact = truth(static_cast<double>(in[i]));
    const auto nearest = static_cast<float>(exact);
    if (!std::isfinite(nearest) || !std::isfinite(actual[i])) {
      CAPTURE(in[i]);
      CHECK(ulp_distance(nearest, actual[i]) <= 1);
      continue;
    }
    worst = std::max(worst, std::abs(static_cast<double>(actual[i]) - exact) / ulp(nearest));
  }
  return worst;
}
}  // namespace

TEST_CASE("16-bit arithmetic of the table equals that of the scalars") {
  std::mt19937_64 random(7);
  const auto check = [&]<class T>(T) {
    const std::vector<T> a = mixed_values<T>(200000, random), b = mixed_values<T>(200000, random);
    std::vector<T> sums, differences, products, quotients;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sums.push_back(a[i] + b[i]);
      differences.push_back(a[i] - b[i]);
      products.push_back(a[i] * b[i]);
      quotients.push_back(a[i] / b[i]);
    }
    CAPTURE(text(dtype_of<T>));
    CHECK(first_difference(binary(Binary::add, a, b), sums) == -1);
    CHECK(first_difference(binary(Binary::subtract, a, b), differences) == -1);
    CHECK(first_difference(binary(Binary::multiply, a, b), products) == -1);
    CHECK(first_difference(binary(Binary::divide, a, b), quotients) == -1);
    std::vector<T> all, roots, squares;
    for (std::uint32_t code = 0; code < 0x10000; ++code) {
      const T x = T::from_bits(static_cast<std::uint16_t>(code));
      all.push_back(x);
      roots.push_back(sqrt(x));
      squares.push_back(x * x);
    }
    CHECK(first_difference(unary(Unary::sqrt, all), roots) == -1);
    CHECK(first_difference(unary(Unary::square, all), squares) == -1);
  };
  check(float16{});
  check(bfloat16{});
}

TEST_CASE("exp and log: within 1.1 and 0.85 ulp in float32, nearly right in float64") {
  std::mt19937_64 random(8);
  std::vector<float> exponents, positives;
  for (int i = 0; i < 200000; ++i) {
    exponents.push_back(static_cast<float>(-104.5 + 194.0 * static_cast<double>(random() >> 11) * 0x1p-53));
    exponents.push_back(static_cast<float>(
        std::ldexp(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5, -static_cast<int>(random() % 24))));
    positives.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random() % 0x7F800000)));
    positives.push_back(static_cast<float>(0.5 + static_cast<double>(random() >> 11) * 0x1p-53));
  }
  const double exp_error = worst_ulps(exponents, unary(Unary::exp, exponents), std::exp);
  const double log_error = worst_ulps(positives, unary(Unary::log, positives), std::log);
  CAPTURE(exp_error);
  CAPTURE(log_error);
  CHECK(exp_error < 1.1);
  CHECK(exp_error > 0.4);   // the measure measures
  CHECK(log_error < 0.85);  // 0.835 over all floats in [1/4, 4]
  CHECK(log_error > 0.4);

  const std::vector<double> x{-700.5, -20.25, -1e-3, 0, 1e-9, 0.7, 33.3, 700.1}, y{1e-310, 3e-5, 0.7, 1, 1.3, 7e200};
  const std::vector<double> exps = unary(Unary::exp, x), logs = unary(Unary::log, y);
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(exps[i] == doctest::Approx(std::exp(x[i])).epsilon(1e-15));
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(logs[i] == doctest::Approx(std::log(y[i])).epsilon(1e-15));
}

TEST_CASE("special cases of the functions") {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{0.0f, -0.0f, inf, -inf, nan, 88.8f, -104.0f, 1.0f, -1.0f};
  const float e = 2.71828183f;
  CHECK(first_difference(unary(Unary::exp, x), {1, 1, inf, 0, nan, inf, 0, e, unary(Unary::exp, x)[8]}) == -1);
  CHECK(first_difference(unary(Unary::log, x), {-inf, -inf, inf, nan, nan, unary(Unary::log, x)[5], nan, 0, nan}) ==
        -1);
  CHECK(first_difference(unary(Unary::relu, x), {0, 0, inf, 0, nan, 88.8f, 0, 1, 0}) == -1);
  CHECK(first_difference(unary(Unary::negate, x), {-0.0f, 0, -inf, inf, nan, -88.8f, 104, -1, 1}) == -1);
}

TEST_CASE("flushing: subnormal float32 operands and results are zeros, float16 has none of them") {
  const Execution flush{Subnormals::flush};
  const float tiny = std::numeric_limits<float>::denorm_min(), least = std::numeric_limits<float>::min();
  CHECK(binary<float>(Binary::add, {tiny}, {tiny}, flush)[0] == 0);
  CHECK(binary<float>(Binary::add, {tiny}, {tiny})[0] == 2 * tiny);
  CHECK(binary<float>(Binary::multiply, {least}, {0.5f}, flush)[0] == 0);
  CHECK(binary<float>(Binary::multiply, {least}, {0.5f})[0] == least / 2);
  const float16 small = float16::from_bits(1);
  CHECK(binary<float16>(Binary::add, {small}, {small}, flush)[0].bits() == 2);
  const bfloat16 subnormal = bfloat16::from_bits(1);
  CHECK(binary<bfloat16>(Binary::add, {subnormal}, {subnormal}, flush)[0].bits() == 0);
  CHECK(binary<bfloat16>(Binary::add, {subnormal}, {subnormal})[0].bits() == 2);
}

TEST_CASE("conversions between all pairs of dtypes: rounded once, truncated and clamped, or not zero") {
  std::mt19937_64 random(9);
  const auto values = [&]<class T>(T) -> std::vector<T> {
    if constexpr (std::is_same_v<T, bool>) {
      return {};
    } else if constexpr (std::is_integral_v<T>) {
      std::vector<T> all{0, 1, 2, 127, 255, std::numeric_limits<T>::max(), std::numeric_limits<T>::min()};
      for (int i = 0; i < 500; ++i) all.push_back(static_cast<T>(random() >> (random() % 64)));
      return all;
    } else if constexpr (sizeof(T) == 1) {
      std::vector<T> all;
      for (std::uint32_t code = 0; code < 0x100; ++code) all.push_back(T::from_bits(static_cast<std::uint8_t>(code)));
      return all;
    } else {
      std::vector<T> all = mixed_values<T>(500, random);
      for (const T x : special_values<T>()) all.push_back(x);
      for (const double x : {0.1, -2.5, 65519.9, 65520.0, 1e5, -3e9, 3e9, 255.7, 256.0, -0.9, 1e19, 448.0, 464.1, 1e-7})
        all.push_back(T(x));
      return all;
    }
  };
  const auto expected = []<class To, class From>(To, From x) -> To {
    if constexpr (std::is_same_v<To, From>) {
      return x;
    } else if constexpr (std::is_same_v<To, bool>) {
      return static_cast<double>(x) != 0;
    } else if constexpr (std::is_integral_v<To> && std::is_integral_v<From>) {
      return static_cast<To>(x);
    } else if constexpr (std::is_integral_v<To>) {
      const long double value = static_cast<long double>(static_cast<double>(x));
      if (std::isnan(value)) return 0;
      const long double whole = std::trunc(value);
      if (whole < static_cast<long double>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
      if (whole > static_cast<long double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
      return static_cast<To>(whole);
    } else if constexpr (std::is_integral_v<From>) {
      return round_to<To>(x);
    } else {
      return round_to<To>(x);
    }
  };
  for (int from = 0; from < 10; ++from)
    for (int to = 0; to < 10; ++to)
      visit_dtype(static_cast<DType>(from), [&]<class From>(From) {
        if constexpr (std::is_same_v<From, bool>) {
          visit_dtype(static_cast<DType>(to), [&]<class To>(To) {
            for (const bool x : {false, true}) {
              To out{};
              cpu.convert({}, DType::bool_, &x, dtype_of<To>, &out, 1);
              CHECK(static_cast<double>(out) == (x ? 1.0 : 0.0));
            }
          });
        } else {
          const std::vector<From> in = values(From{});
          visit_dtype(static_cast<DType>(to), [&]<class To>(To) {
            std::int64_t wrong = 0;
            const auto out = std::make_unique<To[]>(in.size());
            cpu.convert({}, dtype_of<From>, in.data(), dtype_of<To>, out.get(), static_cast<std::int64_t>(in.size()));
            for (std::size_t i = 0; i < in.size(); ++i) {
              const To wanted = expected(To{}, in[i]);
              wrong += std::memcmp(&out[i], &wanted, sizeof(To)) != 0;
            }
            CAPTURE(text(dtype_of<From>));
            CAPTURE(text(dtype_of<To>));
            CHECK(wrong == 0);
          });
        }
      });
}

TEST_CASE("conversions on a device that flushes: subnormal float32 inputs become zeros of their sign") {
  const Execution flush{Subnormals::flush};
  const std::vector<float> in{std::numeric_limits<float>::denorm_min(), -0x1p-127f, 0x1.fffffcp-127f, 0x1p-126f};
  std::vector<bfloat16> narrow(in.size());
  std::vector<double> wide(in.size());
  cpu.convert(flush, DType::float32, in.data(), DType::bfloat16, narrow.data(), 4);
  cpu.convert(flush, DType::float32, in.data(), DType::float64, wide.data(), 4);
  CHECK(first_difference(narrow, {bfloat16(0.0f), bfloat16(-0.0f), bfloat16(0.0f), bfloat16(0x1p-126f)}) == -1);
  CHECK(first_difference(wide, {0.0, -0.0, 0.0, 0x1p-126}) == -1);
  const bfloat16 subnormal = bfloat16::from_bits(3);
  float widened = 0;
  cpu.convert(flush, DType::bfloat16, &subnormal, DType::float32, &widened, 1);
  CHECK(std::bit_cast<std::uint32_t>(widened) == 0x00030000u);  // widening never flushes
}

TEST_CASE("two threads: they run, and change no bit") {
  std::mt19937_64 random(10);
  constexpr std::int64_t rows = 977, cols = 33, count = rows * cols;
  const std::vector<float> a = ordinary_values<float>(count, random), b = ordinary_values<float>(count, random);
  const std::vector<float> positive = unary(Unary::square, a);
  std::vector<std::int32_t> labels;
  std::vector<std::int64_t> indices;
  for (std::int64_t r = 0; r < rows; ++r) {
    labels.push_back(static_cast<std::int32_t>(r % cols));
    indices.push_back(rows - 1 - r);
  }
  const backend::ClassesCall classes{DType::float32, positive.data(), DType::int32, labels.data(), rows, cols};

  struct Case {
    std::string name;
    std::function<void(float*)> run;  ///< writes `count` numbers at most
  };
  const std::vector<Case> cases{
      {"unary", [&](float* out) { cpu.unary({}, Unary::exp, DType::float32, a.data(), out, count); }},
      {"binary",
       [&](float* out) {
         cpu.binary({},
                    {Binary::multiply, DType::float32, a.data(), Cover::full, b.data(), Cover::row, out, rows, cols});
       }},
      {"sum of rows",
       [&](float* out) {
         cpu.sum({}, {DType::float32, a.data(), out, rows, cols, 1, 3});
       }},
      {"sum of columns",
       [&](float* out) {
         cpu.sum({}, {DType::float32, a.data(), out, 1, cols, rows, 3});
       }},
      {"convert", [&](float* out) { cpu.convert({}, DType::float32, a.data(), DType::float16, out, count); }},
      {"softmax", [&](float* out) { cpu.softmax({}, DType::float32, a.data(), out, rows, cols); }},
      {"softmax gradient",
       [&](float* out) { cpu.softmax_gradient({}, DType::float32, a.data(), b.data(), out, rows, cols); }},
      {"crossentropy", [&](float* out) { cpu.crossentropy({}, classes, out); }},
      {"crossentropy gradient", [&](float* out) { cpu.crossentropy_gradient({}, classes, a.data(), out); }},
      {"logits crossentropy", [&](float* out) { cpu.logits_crossentropy({}, classes, out); }},
      {"logits crossentropy gradient",
       [&](float* out) { cpu.logits_crossentropy_gradient({}, classes, a.data(), out); }},
      {"argmax",
       [&](float* out) { cpu.argmax(DType::float32, a.data(), reinterpret_cast<std::int64_t*>(out), rows, cols); }},
      {"take rows", [&](float* out) { cpu.take_rows(a.data(), indices.data(), out, rows, cols * sizeof(float)); }},
      {"rmsprop", [&](float* out) {
         std::vector<float> rms(count), momentum(count);
         cpu.rmsprop({}, {.dtype = DType::float32,
                          .gradient = a.data(),
                          .variable = b.data(),
                          .rms = positive.data(),
                          .momentum = b.data(),
                          .new_variable = out,
                          .new_rms = rms.data(),
                          .new_momentum = momentum.data(),
                          .count = count,
                          .learning_rate = 0.01,
                          .rho = 0.9,
                          .epsilon = 1e-7,
                          .momentum_factor = 0.5});
       }}};
  for (const Case& each : cases) {
    const ExecutionGuard guard;
    CAPTURE(each.name);
    alignas(64) std::vector<float> one(count, -1), two(count, -1);
    execution::set_threads(1);
    execution::take_threads_used();
    each.run(one.data());
    CHECK(execution::take_threads_used() == 1);
    execution::set_threads(2);
    execution::set_threading_threshold(0);
    each.run(two.data());
    CHECK(execution::take_threads_used() == execution::threads());  // 2, or 1 without OpenMP
    CHECK(first_difference(one, two) == -1);
    CHECK(one != std::vector<float>(count, -1));
  }
}

TEST_CASE("argmax: the first of the largest; NaN is largest") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> in{1, 3, 3, 2, nan, 5, -4, -2, nan, -1, -1, -7};
  std::vector<std::int64_t> out(4);
  cpu.argmax(DType::float32, in.data(), out.data(), 4, 3);
  CHECK(out == std::vector<std::int64_t>{1, 1, 2, 0});
}

TEST_CASE("memory: 64-byte aligned, of the size asked for, and served again") {
  std::vector<void*> buffers;
  for (const std::size_t bytes : {1u, 64u, 65u, 1000u, 100000u}) {
    void* buffer = cpu.allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer) % 64 == 0);
    std::memset(buffer, 1, bytes);
    cpu.release(buffer, bytes);
    void* again = cpu.allocate(bytes);
    CHECK(again == buffer);
    buffers.push_back(again);
  }
  std::size_t i = 0;
  for (const std::size_t bytes : {1u, 64u, 65u, 1000u, 100000u}) cpu.release(buffers[i++], bytes);
}
