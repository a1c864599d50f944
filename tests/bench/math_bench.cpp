// Functions: 16 bits beside a plain look-up loop, float32 beside loops over the C library's scalar functions.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <random>

#include "bench/ratio.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/math.hpp"

namespace {
using namespace halfway;

constexpr std::size_t size = 1 << 15;  // from a level-2 cache
constexpr int times = 40;

void look_up(const std::vector<std::uint16_t>& table, const std::vector<float16>& x, std::vector<float16>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = float16::from_bits(table[x[i].bits()]);
}

/// Codes of numbers uniform in (−1, 1), or uniform codes.
void compare_tables(Function f, bool uniform_codes) {
  std::mt19937 random(1);
  std::vector<float16> x(size), y(size);
  for (float16& each : x)
    each = uniform_codes ? float16::from_bits(static_cast<std::uint16_t>(random()))
                         : float16(2 * (static_cast<float>(random() >> 8) * 0x1p-24f) - 1);
  std::vector<std::uint16_t> table(65536);
  for (std::uint32_t code = 0; code < 65536; ++code)
    table[code] = evaluate(f, float16::from_bits(static_cast<std::uint16_t>(code))).bits();
  bench::ratio(
      std::string(name(f)) + (uniform_codes ? ", float16, uniform codes:" : ", float16, uniform in (-1, 1):"),
      [&] {
        for (int i = 0; i < times; ++i) evaluate(f, x, y);
      },
      "look-up loop",
      [&] {
        for (int i = 0; i < times; ++i) look_up(table, x, y);
      },
      31, {1e-9 * static_cast<double>(size) * times, "Gel"});
}

/// Not inlined: some of the C library's functions are known to depend on nothing else, and would be called once.
template <class Scalar>
[[gnu::noinline]] void apply(Scalar scalar, const std::vector<float>& x, std::vector<float>& y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = scalar(x[i]);
}

template <class Scalar>
void compare_scalars(Function f, Scalar scalar, float from, float to) {
  std::mt19937 random(1);
  std::vector<float> x(size), y(size);
  for (float& each : x) each = from + (to - from) * (static_cast<float>(random() >> 8) * 0x1p-24f);
  bench::ratio(
      std::string(name(f)) + ", float32:",
      [&] {
        for (int i = 0; i < times; ++i) evaluate(f, x, y);
      },
      "C library, scalar",
      [&] {
        for (int i = 0; i < times; ++i) apply(scalar, x, y);
      },
      11, {1e-9 * static_cast<double>(size) * times, "Gel"});
}

}  // namespace

int main(int count, char** arguments) {
  execution::set_threads(count > 1 ? std::atoi(arguments[1]) : 1);
  for (const Function f : {Function::exp, Function::gelu})
    for (const bool uniform_codes : {false, true}) compare_tables(f, uniform_codes);
  for (const std::string& target : execution::targets()) {
    if (target == "AVX3" || target == "SCALAR" || target == "EMU128") continue;
    execution::use_target(target);
    std::printf("target %s, %d thread(s)\n", target.c_str(), execution::threads());
    compare_scalars(
        Function::exp, [](float x) { return std::exp(x); }, -10, 10);
    compare_scalars(
        Function::log, [](float x) { return std::log(x); }, 0, 10);
    compare_scalars(
        Function::tanh, [](float x) { return std::tanh(x); }, -4, 4);
    compare_scalars(
        Function::exp2, [](float x) { return std::exp2(x); }, -10, 10);
    compare_scalars(
        Function::expm1, [](float x) { return std::expm1(x); }, -4, 4);
    compare_scalars(
        Function::log2, [](float x) { return std::log2(x); }, 0, 10);
    compare_scalars(
        Function::log1p, [](float x) { return std::log1p(x); }, 0, 10);
    compare_scalars(
        Function::sin, [](float x) { return std::sin(x); }, -10, 10);
    compare_scalars(
        Function::cos, [](float x) { return std::cos(x); }, -10, 10);
    compare_scalars(
        Function::erf, [](float x) { return std::erf(x); }, -3, 3);
    compare_scalars(
        Function::sigmoid, [](float x) { return 1 / (1 + std::exp(-x)); }, -10, 10);
    compare_scalars(
        Function::softplus, [](float x) { return std::log1p(std::exp(x)); }, -10, 10);
    compare_scalars(
        Function::gelu, [](float x) { return 0.5f * x * std::erfc(-x * 0.70710678f); }, -4, 4);
    compare_scalars(
        Function::silu, [](float x) { return x / (1 + std::exp(-x)); }, -10, 10);
    compare_scalars(
        Function::rsqrt, [](float x) { return 1 / std::sqrt(x); }, 0, 10);
    compare_scalars(
        Function::reciprocal, [](float x) { return 1 / x; }, 1, 10);
    compare_scalars(
        Function::cbrt, [](float x) { return std::cbrt(x); }, -10, 10);
  }
}
