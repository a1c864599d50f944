// Block formats beside plain conversion to and from their elements' format, and text beside std::to_chars and
// std::from_chars of float, on one thread.
#include <charconv>
#include <random>
#include <string>
#include <vector>

#include "bench/ratio.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/block_format.hpp"
#include "halfway/formats/convert.hpp"
#include "halfway/formats/text.hpp"

namespace {
using namespace halfway;

constexpr std::int64_t rows = 256, columns = 1024;
constexpr std::size_t size = rows * columns;

std::vector<float> numbers() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> made(size);
  for (float& x : made) x = normal(random);
  return made;
}

template <class Element>
void blocks(const BlockFormat& format) {
  const std::string what(name(format));
  std::vector<float> x = numbers();
  std::vector<Element> elements(size);
  const bench::Work work{1e-9 * static_cast<double>(size), "G numbers"};
  for (const int axis : {1, 0})
    bench::ratio(
        what + ", along axis " + std::to_string(axis) + ":",
        [&] {
          quantize(x, {rows, columns}, axis, format);
        },
        "convert", [&] { convert(x, elements); }, 21, work);
  const Arithmetic stochastic{.rounding = Rounding::stochastic, .overflow = Overflow::saturate};
  bench::ratio(
      what + ", stochastic:",
      [&] {
        quantize(x, {rows, columns}, 1, format, stochastic);
      },
      "convert", [&] { convert(x, elements, stochastic); }, 21, work);
  bench::ratio(
      what + ":",
      [&] {
        quantize(x, {rows, columns}, 1, format);
      },
      "definition",
      [&] {
        quantize_ref(x, {rows, columns}, 1, format);
      },
      5, work);
  const BlockArray quantised = quantize(x, {rows, columns}, 1, format);
  bench::ratio(
      what + ", dequantize:", [&] { dequantize(quantised, x); }, "convert", [&] { convert(elements, x); }, 21, work);
}

void text() {
  const std::vector<float> x = numbers();
  std::vector<std::string> texts;
  std::vector<float16> halves;
  for (std::size_t i = 0; i < 20'000; ++i) {
    halves.emplace_back(x[i]);
    texts.push_back(to_string(halves.back()));
  }
  char buffer[32];
  std::size_t length = 0;
  const bench::Work work{20e-3, "M numbers"};
  bench::ratio(
      "to_chars(float16):",
      [&] {
        for (const float16 h : halves)
          length += static_cast<std::size_t>(to_chars(buffer, buffer + 32, h).ptr - buffer);
      },
      "std::to_chars(float)",
      [&] {
        for (const float16 h : halves)
          length += static_cast<std::size_t>(std::to_chars(buffer, buffer + 32, float{h}).ptr - buffer);
      },
      11, work);
  float sum = 0;
  bench::ratio(
      "from_chars(float16):",
      [&] {
        for (const std::string& each : texts) {
          float16 h;
          from_chars(each.data(), each.data() + each.size(), h);
          sum += float{h};
        }
      },
      "std::from_chars(float)",
      [&] {
        for (const std::string& each : texts) {
          float f = 0;
          std::from_chars(each.data(), each.data() + each.size(), f);
          sum += f;
        }
      },
      11, work);
  std::printf("(%zu characters, sum %g)\n", length, static_cast<double>(sum));
}

}  // namespace

int main() {
  execution::set_threads(1);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    std::printf("%s\n", target.c_str());
    blocks<float8_e4m3fn>(mxfp8_e4m3);
    blocks<float4_e2m1fn>(mxfp4);
    blocks<float4_e2m1fn>(nvfp4);
  }
  execution::use_target("");
  text();
}
