// "Underflow and Overflow": what a format cannot hold, and where exactly its edges lie.
#include <fmt/format.h>

#include <cmath>
#include <iomanip>
#include <iostream>

#include "common.hpp"

using namespace halfway;

namespace {

// Known while compiling, because the scalar types are constexpr.
static_assert(256_f16 * 256_f16 == std::numeric_limits<float16>::infinity());
static_assert(1e-5_f16 * 1e-5_f16 == 0_f16);
static_assert(float(std::numeric_limits<float16>::max()) == 65504.0f);
static_assert(float16(65519.0) == std::numeric_limits<float16>::max());       // rounds down
static_assert(float16(65520.0) == std::numeric_limits<float16>::infinity());  // halfway: ties to even
static_assert(256_bf16 * 256_bf16 == 65536_bf16);                             // bfloat16 has float32's range
static_assert(1e-5_bf16 * 1e-5_bf16 != 0_bf16);

constexpr const char* layout = "  {:<36}{:<34}{}\n";

/// As the float64 that holds it, and the power of two that it is, if it is one.
std::string number_text(double x) {
  int exponent = 0;
  const bool power_of_two = std::frexp(x, &exponent) == 0.5;
  return power_of_two ? fmt::format("{} = 2^{}", x, exponent - 1) : fmt::format("{}", x);
}

/// A number of the format.
template <FormattedFloat T>
void line(std::string_view what, T x) {
  std::cout << fmt::format(layout, what, number_text(static_cast<double>(x)), bit_string(x));
}

/// A number that the format does not hold, and the bits of what it rounds to.
template <FormattedFloat T>
void line_outside(std::string_view what, double x) {
  const T rounded = round_to<T>(x);
  std::cout << fmt::format(layout, what, number_text(x),
                           fmt::format("{} (rounds to {})", bit_string(rounded), static_cast<double>(rounded)));
}

template <FormattedFloat T>
void show_edges() {
  using Limits = std::numeric_limits<T>;
  constexpr FloatFormat format = format_of<T>;
  std::cout << fmt::format("\n{}: sign, {} exponent bits, {} fraction bits\n", name_of<format>, format.exponent_bits,
                           format.fraction_bits());
  line("largest finite number", Limits::max());
  // Halfway between it and the next number that more exponents would allow: a tie, which goes to the even one.
  const double tie = static_cast<double>(Limits::max()) + ulp(Limits::max()) / 2;
  const bool overflows = !std::isfinite(static_cast<double>(round_to<T>(tie)));
  line_outside<T>(fmt::format("{} to {}", overflows ? "first that rounds" : "last that does not round",
                              format.has_infinity() ? "inf" : "nan"),
                  tie);
  line("smallest normal number", Limits::min());
  line("smallest subnormal number", Limits::denorm_min());
  line_outside<T>("largest that rounds to 0", static_cast<double>(Limits::denorm_min()) / 2);
  line("epsilon, from 1 to the next number", Limits::epsilon());
}

template <FormattedFloat T>
void show_squares() {
  const T large = round_to<T>(256.0), small = round_to<T>(1e-5);
  std::cout << "  " << std::left << std::setw(16) << name_of<format_of<T>> << std::setw(12) << large * large
            << small * small << '\n';
}

/// Calls `show` for each format, widest range first.
void for_each_format(auto show) {
  show(float{});
  show(bfloat16{});
  show(float16{});
  show(float8_e5m2{});
  show(float8_e4m3fn{});
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Shows that 256 squared is infinite and 1e-5 squared is 0 in float16, and where the edges of each format lie.",
      "underflow_and_overflow"};
  return experiments::run(app, argc, argv, [] {
    const Tensor large = constant(256, DType::float16), small = constant(1e-5, DType::float16);
    std::cout << "In float16, 256 ** 2 = " << square(large) << " and 1e-5 ** 2 = " << square(small) << ".\n";
    experiments::heading("The same in each format");
    std::cout << fmt::format("  {:<16}{:<12}{}\n", "", "256 ** 2", "1e-5 ** 2");
    for_each_format([]<class T>(T) { show_squares<T>(); });
    experiments::heading("Where the edges lie");
    for_each_format([]<class T>(T) { show_edges<T>(); });
  });
}
