// NVIDIA's tensor cores: one row of data for each instruction and format. docs/devices.md has them in a table.
#pragma once
#include "halfway/emu/dot_model.hpp"

namespace halfway::emu {

namespace operands {
inline constexpr FloatFormat f16[]{binary16};
inline constexpr FloatFormat f16_bf16[]{binary16, bfloat};
inline constexpr FloatFormat tf32[]{tensor_float};
inline constexpr FloatFormat f8[]{e4m3fn, e5m2};
inline constexpr FloatFormat f8f6f4[]{e4m3fn, e5m2, e2m3fn, e3m2fn, e2m1fn};
inline constexpr FloatFormat f4[]{e2m1fn};
inline constexpr FloatFormat f64[]{binary64};
inline constexpr FloatFormat ue8m0[]{e8m0fnu};
inline constexpr FloatFormat ue4m3[]{e4m3fn};
}  // namespace operands

/// 13 fraction bits in float32's exponent range: what FP8 sums are rounded to on Ada and Hopper.
inline constexpr FloatFormat e8m13{14, 8, 127};

namespace detail {
inline constexpr std::string_view khattak_mikaitis =
    "Khattak and Mikaitis, arXiv 2512.07004 (model and hardware output); MMA-Sim, arXiv 2511.10909";
inline constexpr std::string_view nvidia_open =
    "the sign of a zero that a small negative sum rounds to: sources differ; tiny products, subnormal c, NaN: sources "
    "agree, published output has none";

/// An NVIDIA tensor core that sums in float32: blocks of `block` products and c, cut to `bits`, rounded towards zero.
constexpr DotModel tensor_core(std::string_view name, std::string_view unit, std::span<const FloatFormat> operands,
                               int block, int bits, int floor, Evidence evidence = Evidence::published_output) {
  return {.name = name,
          .kind = Summation::aligned,
          .evidence = evidence,
          .source = khattak_mikaitis,
          .unsettled = nvidia_open,
          .unit = unit,
          .operands = operands,
          .block = block,
          .fraction_bits = bits,
          .alignment_floor = floor,
          .rounding = Rounding::toward_zero,
          .nan = NanRule::all_ones};
}
/// The same unit with sums in float16, rounded to nearest even.
constexpr DotModel in_float16(DotModel model, std::string_view name, int floor) {
  model.name = name, model.result = binary16, model.pass_result = binary16, model.alignment_floor = floor;
  model.rounding = Rounding::ties_to_even;
  if (model.lists(bfloat)) model.operands = operands::f16;  // bfloat16 sums in float32 only
  return model;
}
/// FP8 sums that keep 13 fraction bits.
constexpr DotModel in_e8m13(DotModel model) {
  model.result = e8m13;
  return model;
}
/// FP8 by mma.sync from Hopper on: two float16 steps of 16 terms from zero, then c by an addition of its own.
constexpr DotModel in_two_steps(DotModel model) {
  model.instruction = 32, model.block = 16, model.order = TermOrder::pairs_apart, model.addend = Addend::last;
  return model;
}
inline constexpr std::string_view c_or_split =
    "the split of k for float32 results is that of float16 results (the published output cannot tell)";
constexpr DotModel leaving_open(DotModel model, std::string_view unsettled) {
  model.unsettled = unsettled;
  return model;
}
}  // namespace detail

// NVIDIA: (terms, fraction bits, alignment floor).
inline constexpr DotModel volta_f16 = detail::tensor_core("volta_mma_f16", "volta_mma", operands::f16, 4, 23, INT_MIN);
inline constexpr DotModel volta_f16_f16 = detail::in_float16(volta_f16, "volta_mma_f16_f16", -19);
inline constexpr DotModel turing_f16 =
    detail::tensor_core("turing_mma_f16", "turing_mma", operands::f16, 8, 24, -132, Evidence::published_descriptions);
inline constexpr DotModel turing_f16_f16 = detail::in_float16(turing_f16, "turing_mma_f16_f16", -20);
inline constexpr DotModel ampere_f16 =
    detail::tensor_core("ampere_mma_f16", "ampere_mma", operands::f16_bf16, 8, 24, -132);
inline constexpr DotModel ampere_f16_f16 = detail::in_float16(ampere_f16, "ampere_mma_f16_f16", -20);
inline constexpr DotModel ampere_tf32 =
    detail::tensor_core("ampere_mma_tf32", "ampere_mma", operands::tf32, 4, 24, -132);
inline constexpr DotModel ada_f16 = detail::tensor_core("ada_mma_f16", "ada_mma", operands::f16_bf16, 8, 24, -132);
inline constexpr DotModel ada_f16_f16 = detail::in_float16(ada_f16, "ada_mma_f16_f16", -20);
inline constexpr DotModel ada_tf32 = detail::tensor_core("ada_mma_tf32", "ada_mma", operands::tf32, 4, 24, -132);
inline constexpr DotModel ada_f8 =
    detail::in_e8m13(detail::tensor_core("ada_mma_f8", "ada_mma", operands::f8, 16, 13, -132));
inline constexpr DotModel ada_f8_f16 = detail::in_float16(ada_f8, "ada_mma_f8_f16", -20);
inline constexpr DotModel hopper_f16 =
    detail::tensor_core("hopper_mma_f16", "hopper_mma", operands::f16_bf16, 16, 25, -133);
inline constexpr DotModel hopper_f16_f16 = detail::in_float16(hopper_f16, "hopper_mma_f16_f16", -21);
inline constexpr DotModel hopper_tf32 =
    detail::leaving_open(detail::tensor_core("hopper_mma_tf32", "hopper_mma", operands::tf32, 8, 25, -133),
                         "blocks of 8: the published output has 4 terms a product, so more than 4 are not checked");
inline constexpr DotModel hopper_mma_f8 =
    detail::leaving_open(detail::in_two_steps(detail::tensor_core("hopper_mma_f8", "hopper_mma", operands::f8, 16, 25,
                                                                  -133, Evidence::published_descriptions)),
                         "no published output with float32 results; the rule is that of B200");
inline constexpr DotModel hopper_mma_f8_f16 = [] {
  DotModel model = detail::in_float16(hopper_mma_f8, "hopper_mma_f8_f16", -21);
  model.evidence = Evidence::published_output, model.unsettled = detail::nvidia_open;
  return model;
}();
inline constexpr DotModel hopper_wgmma_f8 = detail::leaving_open(
    detail::in_e8m13(detail::tensor_core("hopper_wgmma_f8", "hopper_wgmma", operands::f8, 32, 13, -133)),
    "c other than 0: the published output has none");
inline constexpr DotModel hopper_wgmma_f8_f16 = [] {
  DotModel model = detail::in_float16(hopper_wgmma_f8, "hopper_wgmma_f8_f16", -21);
  model.evidence = Evidence::published_descriptions, model.source = "MMA-Sim, arXiv 2511.10909";
  model.unsettled = "no published output; one source";
  return model;
}();
inline constexpr DotModel blackwell_f16 =
    detail::tensor_core("blackwell_mma_f16", "blackwell_mma", operands::f16_bf16, 16, 25, -133);
inline constexpr DotModel blackwell_f16_f16 = detail::in_float16(blackwell_f16, "blackwell_mma_f16_f16", -21);
inline constexpr DotModel blackwell_tf32 =
    detail::leaving_open(detail::tensor_core("blackwell_mma_tf32", "blackwell_mma", operands::tf32, 8, 25, -133),
                         "blocks of 8: the published output has 4 terms a product, so more than 4 are not checked");
inline constexpr DotModel blackwell_mma_f8 = detail::leaving_open(
    detail::in_two_steps(detail::tensor_core("blackwell_mma_f8", "blackwell_mma", operands::f8, 16, 25, -133)),
    detail::c_or_split);
inline constexpr DotModel blackwell_mma_f8_f16 =
    detail::leaving_open(detail::in_float16(blackwell_mma_f8, "blackwell_mma_f8_f16", -21), detail::nvidia_open);
inline constexpr DotModel blackwell_tcgen05_f8 = detail::tensor_core(
    "blackwell_tcgen05_f8", "blackwell_tcgen05", operands::f8f6f4, 32, 25, -133, Evidence::published_descriptions);
inline constexpr DotModel blackwell_tcgen05_f8_f16 =
    detail::in_float16(blackwell_tcgen05_f8, "blackwell_tcgen05_f8_f16", -21);

// Blackwell, block-scaled (tcgen05.mma and mma.sync with block_scale): MXFP8 and MXFP6, MXFP4, NVFP4.
namespace detail {
constexpr DotModel block_scaled(std::string_view name, std::span<const FloatFormat> operands, int block, int bits,
                                int floor, std::span<const FloatFormat> scales, int scale_block, int group) {
  DotModel model =
      tensor_core(name, "blackwell_block_scaled", operands, block, bits, floor, Evidence::published_descriptions);
  model.unit = name;
  model.source = "MMA-Sim, arXiv 2511.10909 and version 2.1.1";
  model.unsettled = "no published output; one source";
  model.scales = scales, model.scale_block = scale_block, model.group = group;
  return model;
}
}  // namespace detail
inline constexpr DotModel blackwell_mxf8f6f4 =
    detail::block_scaled("blackwell_mxf8f6f4", operands::f8f6f4, 32, 25, -133, operands::ue8m0, 32, 0);
inline constexpr DotModel blackwell_mxf4 =
    detail::block_scaled("blackwell_mxf4", operands::f4, 64, 35, -139, operands::ue8m0, 32, 16);
inline constexpr DotModel blackwell_nvf4 =
    detail::block_scaled("blackwell_nvf4", operands::f4, 64, 35, -139, operands::ue4m3, 16, 16);

// Float64 tensor cores: one chain of fused multiply-adds.
namespace detail {
constexpr DotModel tensor_core_f64(std::string_view name, std::string_view unit) {
  return {.name = name,
          .evidence = Evidence::published_descriptions,
          .source = "MMA-Sim, arXiv 2511.10909; Fasi, Higham, Mikaitis and Pranesh, PeerJ CS 2021 (A100)",
          .unsettled = "NaN codes",
          .unit = unit,
          .operands = operands::f64,
          .result = binary64};
}
}  // namespace detail
inline constexpr DotModel ampere_f64 = detail::tensor_core_f64("ampere_mma_f64", "ampere_mma");
inline constexpr DotModel hopper_f64 = detail::tensor_core_f64("hopper_mma_f64", "hopper_mma");

/// FP8 on Hopper as DeepSeek-V3 runs it: the sums of 128 terms go to float32 registers and are added there.
inline constexpr DotModel hopper_wgmma_f8_promoted_128 = [] {
  DotModel model = hopper_wgmma_f8;
  model.name = model.unit = "hopper_wgmma_f8_promoted_128", model.pass = 128;
  model.evidence = Evidence::published_descriptions;
  model.source = "hopper_wgmma_f8; DeepSeek-V3, arXiv 2412.19437, section 3.3.2";
  model.unsettled = "that of hopper_wgmma_f8, whose sums are checked; the scales of DeepSeek-V3 are not applied";
  return model;
}();

}  // namespace halfway::emu
