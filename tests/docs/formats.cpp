// The programs of docs/formats.md, run.
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;

namespace {

void named() {
  const float8_e4m3fn x{0.3};                                             // rounded once, to nearest even
  std::cout << x << " = " << bit_string(x) << " = " << float(x) << '\n';  // 0.3 = 0 0101 010 = 0.3125
  static_assert(std::numeric_limits<float8_e4m3fn>::max() == 448.0f);
  static_assert(float16(0.1f) + float16(0.2f) == float16(0.2998f));
}

void custom() {
  constexpr FloatFormat e6m9{.precision = 10, .exponent_bits = 6, .bias = 31};
  static_assert(e6m9.bits() == 16 && e6m9.emax() == 31 && e6m9.has_infinity());
  using e6m9_float = basic_float<e6m9>;
  static_assert(e6m9_float(1) / e6m9_float(3) == e6m9_float(1.0 / 3));
}

bool at_run_time() {
  bool all_above = true;
  for (const std::string_view name : {"bfloat16", "tf32", "float8_e4m3fn"}) {
    const FloatFormat format = find_format(name).value();
    const std::uint64_t code = parse("0.1", format, {.rounding = Rounding::toward_positive});
    std::cout << name << ": " << exact_decimal(format, code) << '\n';  // bfloat16: 0.10009765625 …
    all_above = all_above && code > parse("0.1", format, {.rounding = Rounding::toward_negative});
  }
  return all_above;
}

void directions() {
  static_assert(round_to<bfloat16>(1.01, Rounding::toward_negative) == 1.0078125f);
  static_assert(round_to<bfloat16>(1.01, Rounding::toward_positive) == 1.015625f);
  static_assert(divide(1_f16, 3_f16, {.rounding = Rounding::to_odd}).bits() % 2 == 1);
  static_assert(round_to<float8_e4m3fn>(1000.0, {.overflow = Overflow::saturate}) == 448.0f);
  static_assert(multiply(6e-5_f16, 0.5_f16, {.results = Subnormals::flush}) == 0_f16);
}

bool stochastic() {
  // A quarter of the way from 1 to the next bfloat16: of 65,536 random numbers, 16,384 round it up.
  const float x = 1 + 0.25f / 128;
  const Arithmetic how{.rounding = Rounding::stochastic, .random_bits = 16};
  int up = 0;
  for (std::uint32_t random = 0; random < 65536; ++random) up += round_to<bfloat16>(x, how, random) > bfloat16(1);
  return up == 16384;
}

EventCounts events() {
  EventCounts counts;
  const float16 large = 60000_f16, small = 0.0001_f16;
  add(large, large, {}, 0, &counts);                                        // overflow, inexact
  multiply(small, small, {}, 0, &counts);                                   // underflow, inexact
  divide(0_f16, 0_f16, {}, 0, &counts);                                     // invalid, nan
  divide(1_f16, 0_f16, {}, 0, &counts);                                     // divided_by_zero
  convert<float16>(0.1, {}, 0, &counts);                                    // inexact
  to_integer<int>(large, {}, 0, &counts);                                   // nothing: 60000
  std::cout << counts.inexact << " of " << counts.results << " inexact\n";  // 3 of 6 inexact
  return counts;
}

void operations() {
  static_assert(add<float16>(1.0f, 0x1p-11f) == 1_f16);  // float32 operands, the exact sum rounded once to float16
  static_assert(remainder(5_f16, 3_f16) == -1_f16);
  static_assert(round_to_integral(2.5_f16, Rounding::ties_to_even) == 2_f16);
  static_assert(to_integer<std::int8_t>(300_f16, Rounding::toward_zero) == 127);
  static_assert(scalb(1_f16, -24) == std::numeric_limits<float16>::denorm_min() && logb(6e-8_f16) == -24);
  static_assert(minimum_number(1_f16, std::numeric_limits<float16>::quiet_NaN()) == 1_f16);
  static_assert(compare(0.1f, 0.1) > 0);  // exactly, across formats
}

void arrays() {
  const std::vector<float> in{0.1f, 1e5f, 1e-9f, -2.7f};
  std::vector<float16> out(in.size());
  EventCounts counts;
  convert(in, out, {.rounding = Rounding::toward_zero, .overflow = Overflow::saturate}, &counts);
  std::cout << out[1] << ", " << counts.inexact << " of " << counts.results << " inexact\n";  // 65504, 4 of 4 inexact

  std::vector<bfloat16> sum(in.size());
  add(in, out, sum, {.rounding = Rounding::stochastic, .seed = 42});  // float32 + float16, the exact sum rounded once

  std::vector<float> values = in;
  round_values(values, FloatFormat{.precision = 14, .exponent_bits = 8, .bias = 127});  // E8M13, held as float32

  std::vector<int> integers(in.size());
  convert(in, integers, {.rounding = Rounding::ties_to_even});  // 0, 100000, 0, -3
}

}  // namespace

int main() {
  arrays();
  named();
  custom();
  directions();
  operations();
  const EventCounts counts = events();
  const bool counted =
      counts ==
      EventCounts{
          .results = 6, .invalid = 1, .divided_by_zero = 1, .overflow = 1, .underflow = 1, .inexact = 3, .nan = 1};
  return at_run_time() && stochastic() && counted ? 0 : 1;
}
