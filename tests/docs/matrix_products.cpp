// The programs of docs/matrix-products.md, run.
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;
using namespace halfway::emu;

namespace {

bool by_device() {
  const std::vector<float16> a(16 * 256, 0.1_f16), b(256 * 8, 0.3_f16);
  std::vector<float> d(16 * 8);
  const auto [algorithm, unit] = matmul_rule(h100, DType::float16, DType::float16, 16, 8);
  matmul(MatrixView(a.data(), 16, 256), MatrixView(b.data(), 256, 8), MatrixView(d.data(), 16, 8), algorithm, unit);
  std::cout << unit << " by " << algorithm << ": " << d[0] << '\n';  // hopper_mma_f16 by F16_F16_F32: 7.67936
  return algorithm == dot::f16_f16_f32 && unit.name == "hopper_mma_f16";
}

bool units_differ() {
  // 2^24 + 1 + … + 1 − 2^24: how many of the fourteen ones survive depends on the unit.
  std::vector<std::uint64_t> a(16, 0x3F80), b(16, 0x3F80);  // bfloat16 ones
  a[0] = 0x4B80, a[15] = 0xCB80;                            // ±2^24
  const auto sum_by = [&](const DotModel& unit) {
    return from_code<float>(static_cast<std::uint32_t>(dot_product(unit, bfloat, a, bfloat, b)));
  };
  std::cout << sum_by(sequential) << ' ' << sum_by(ampere_f16) << ' ' << sum_by(hopper_f16) << '\n';  // 0 13 14
  return sum_by(sequential) == 0 && sum_by(ampere_f16) == 13 && sum_by(hopper_f16) == 14;
}

bool any_layout() {
  const std::vector<bfloat16> a(64 * 32, bfloat16(0.5f)), b(96 * 64, bfloat16(0.25f)), bias(96, bfloat16(-4.0f));
  std::vector<float> c(32 * 96, 1.0f);
  std::vector<bfloat16> d(32 * 96);
  const auto left = MatrixView(a.data(), 64, 32).transposed(), right = MatrixView(b.data(), 96, 64).transposed();
  matmul(left, right, MatrixView(d.data(), 32, 96), dot::bf16_bf16_f32, tpu_mxu_128,
         {.c = MatrixView<const float>(c.data(), 32, 96), .bias = bias.data(), .relu = true});
  return d[0] == bfloat16(5.0f);  // 64 · 0.125 + 1 − 4
}

bool own_unit() {
  constexpr DotModel mine{.name = "blocks of 8, 20 bits",
                          .kind = Summation::aligned,
                          .block = 8,
                          .fraction_bits = 20,
                          .rounding = Rounding::toward_zero};
  const std::vector<float16> a(4 * 64, 1_f16), b(64 * 4, 1_f16);
  std::vector<float> d(4 * 4);
  matmul(MatrixView(a.data(), 4, 64), MatrixView(b.data(), 64, 4), MatrixView(d.data(), 4, 4), dot::f16_f16_f32, mine);
  return d[0] == 64;
}

bool precisions() {
  const Tensor x = tensor({0.1f, 0.2f, 0.3f, 0.4f}, {2, 2});
  const DeviceScope scope("tpu_v4");
  for (const Precision precision : {Precision::default_, Precision::high, Precision::highest})
    std::cout << name(precision) << ": " << matmul(x, x, {.precision = precision}) << '\n';
  return bits_equal(matmul(x, x), matmul(x, x, {.algorithm = dot::bf16_bf16_f32}));
}

}  // namespace

int main() {
  bool right = true;
  for (const auto run : {by_device, units_differ, any_layout, own_unit, precisions}) {
    const bool passed = run();
    right = right && passed;
    std::cout << (passed ? "" : "WRONG\n");
  }
  return right ? 0 : 1;
}
