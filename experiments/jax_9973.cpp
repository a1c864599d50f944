// jax#9973: the same 2×2 product printed other digits on a TPU than on a CPU. Those four numbers, bit for bit.
#include <fmt/format.h>

#include <iostream>

#include "study.hpp"

using namespace halfway;
using experiments::heading;

namespace {

/// What the report prints: github.com/jax-ml/jax/issues/9973, float32 in and out.
const Tensor x = tensor({0.3744f, 0.1656f, 0.4707f, 0.1663f}, {2, 2});
const Tensor y = tensor({0.3946f, 0.1186f, 0.1569f, 0.3145f}, {2, 2});
constexpr std::array<float, 4> on_cpu{0.17372088f, 0.09648504f, 0.21183069f, 0.10812637f};
constexpr std::array<float, 4> on_tpu{0.17405128f, 0.09669876f, 0.21180916f, 0.10805416f};

struct Row {
  std::string label;
  DotAlgorithm algorithm;
  emu::DotModel model;
};

int equal_numbers(std::span<const float> numbers, std::span<const float> published) {
  int equal = 0;
  for (std::size_t i = 0; i < published.size(); ++i) equal += to_code(numbers[i]) == to_code(published[i]);
  return equal;
}

void report(const std::vector<Row>& rows, experiments::Csv& csv) {
  constexpr const char* layout = "{:<42}{:>13}{:>13}{:>13}{:>13}{:>9}{:>6}\n";
  std::cout << fmt::format(layout, "", "[0][0]", "[0][1]", "[1][0]", "[1][1]", "= TPU's", "CPU's");
  const auto line = [&](const std::string& label, std::span<const float> d) {
    const int tpu = equal_numbers(d, on_tpu), cpu = equal_numbers(d, on_cpu);
    std::cout << fmt::format(layout, label, d[0], d[1], d[2], d[3], fmt::format("{} of 4", tpu), cpu);
    csv.row(label, d[0], d[1], d[2], d[3], tpu, cpu);
  };
  line("published: CPU", on_cpu);
  line("published: TPU", on_tpu);
  for (const auto& [label, algorithm, model] : rows)
    line(label, experiments::product(x, y, algorithm, model).span<float>());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Computes the 2x2 product of jax issue 9973 as a CPU and as a TPU do, beside the digits published there.",
      "jax_9973"};
  std::string file;
  app.add_option("--csv", file, "Also write the figures to FILE")->type_name("FILE");
  return experiments::run(app, argc, argv, [&] {
    experiments::Csv csv("what,d00,d01,d10,d11,equal_to_tpu,equal_to_cpu");
    heading("x·y, float32: x = [[.3744 .1656] [.4707 .1663]], y = [[.3946 .1186] [.1569 .3145]]");
    report({{"F32_F32_F32, a fused chain", dot::f32_f32_f32, emu::sequential},
            {"F32_F32_F32, products rounded", dot::f32_f32_f32, emu::xla_reference},
            {"BF16_BF16_F32, TPU of 128 (H0)", dot::bf16_bf16_f32, emu::tpu_mxu_128},
            {"BF16_BF16_F32, TPU of 128 (H4)", dot::bf16_bf16_f32, emu::tpu_mxu_128_h4},
            {"BF16_BF16_F32, a fused chain", dot::bf16_bf16_f32, emu::sequential},
            {"BF16_BF16_F32, H100", dot::bf16_bf16_f32, emu::hopper_f16},
            {"BF16_BF16_F32, the exact sum", dot::bf16_bf16_f32, emu::kulisch},
            {"TF32_TF32_F32:nearest, a fused chain", dot::nearest_split(dot::tf32_tf32_f32), emu::sequential}},
           csv);
    std::cout
        << "\nOperands rounded to bfloat16 give the TPU's four numbers, bit for bit. But K = 2: two exact products\n"
           "and one addition. That a chain, an H100 and the exact sum give the same four shows how little they\n"
           "tell: they are evidence for the rounding of the operands, and for no order of additions, H0 or H4.\n";
    csv.write(file);
  });
}
