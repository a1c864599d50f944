// The programs of docs/block-formats.md, run.
#include <cmath>
#include <cstdint>
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;

namespace {

bool quantise() {
  const std::vector<float> x{448, 1, -0.5f, 500, 0x1p-9f, 0};
  const BlockArray q = quantize(x, {6}, 0, mxfp8_e4m3);
  std::cout << int{q.scales[0]} << '\n';               // 127: the scale 2^0
  std::cout << to_string(e4m3fn, q.codes[3]) << '\n';  // 448: with the rule `floor`, 500 saturates
  std::vector<float> values(x.size());
  dequantize(q, values);
  return q.scales[0] == 127 && values == std::vector<float>{448, 1, -0.5f, 448, 0x1p-9f, 0};
}

bool rules() {
  const std::vector<float> x{500, 1};
  BlockFormat format = mxfp8_e4m3;
  for (const ScaleRule rule : {ScaleRule::floor, ScaleRule::ceil, ScaleRule::even, ScaleRule::rceil}) {
    format.rule = rule;
    std::vector<float> y = x;
    quantize_dequantize(y, {2}, 0, format);
    std::cout << name(rule) << ": " << y[0] << '\n';  // floor: 448, the others: 512
    if (y[0] != (rule == ScaleRule::floor ? 448 : 512)) return false;
  }
  return true;
}

bool axes() {
  std::vector<float> weights(96 * 40, 0.01f);
  const BlockArray rows = quantize(weights, {96, 40}, 1, mxfp4);     // scales: 96 × 2, the second block of a row has 8
  const BlockArray columns = quantize(weights, {96, 40}, 0, mxfp4);  // scales: 3 × 40
  const std::vector<std::uint8_t> bytes = pack_codes(rows.codes, 4);  // two a byte, the first in the lower half
  return rows.scales.size() == 192 && columns.scales.size() == 120 && bytes.size() == 96 * 20;
}

bool stochastic() {
  std::vector<float> gradients(1024, 0.3f);
  const Arithmetic how{.rounding = Rounding::stochastic, .overflow = Overflow::saturate, .random_bits = 16, .seed = 7};
  quantize_dequantize(gradients, {1024}, 0, nvfp4, how);
  double mean = 0;
  for (const float each : gradients) mean += each / 1024;
  return std::abs(mean - 0.3) < 0.01;
}

bool own_format() {
  constexpr FloatFormat ue5m3{4, 5, 15, Specials::nan_all_ones, /*is_signed=*/false};
  constexpr BlockFormat format{.element = e2m1fn, .scale = ue5m3, .size = 16, .rule = ScaleRule::rceil};
  static_assert(is_supported(format));
  std::vector<float> x(16, 3.0f);
  x[0] = 6.5f;
  const BlockArray q = quantize(x, {16}, 0, format);
  std::cout << exact_decimal(ue5m3, q.scales[0]) << '\n';  // 1.125: 6.5 / 6, rounded up
  return exact_decimal(ue5m3, q.scales[0]) == "1.125";
}

}  // namespace

int main() { return quantise() && rules() && axes() && stochastic() && own_format() ? 0 : 1; }
