// The matrix units that are known: one row of data each. docs/devices.md has them in a table.
#pragma once
#include <optional>

#include "halfway/emu/dot_model.hpp"
#include "halfway/emu/nvidia_units.hpp"
#include "halfway/emu/study_models.hpp"

namespace halfway::emu {

namespace operands {
inline constexpr FloatFormat bf16[]{bfloat};
inline constexpr FloatFormat bf16_f8[]{bfloat, e4m3fn, e5m2};
inline constexpr FloatFormat f8_fnuz[]{e4m3fnuz, e5m2fnuz};
}  // namespace operands

// AMD. The published models were compared by their authors with MI100, MI250X and MI300X on about 10^6 products each.
namespace detail {
inline constexpr std::string_view mma_sim = "MMA-Sim, arXiv 2511.10909; Khattak and Mikaitis, arXiv 2512.07004";

constexpr DotModel cdna1(std::string_view name, std::span<const FloatFormat> operands, int block) {
  return {.name = name,
          .kind = Summation::exact,
          .evidence = Evidence::published_descriptions,
          .source = mma_sim,
          .unsettled = "the sign of an exact zero, NaN codes",
          .unit = "cdna1_mfma",
          .operands = operands,
          .block = block};
}
constexpr DotModel cdna2(std::string_view name, std::span<const FloatFormat> operands, int block) {
  return {.name = name,
          .kind = Summation::tree,
          .inputs = Subnormals::flush,
          .results = Subnormals::flush,
          .evidence = Evidence::published_descriptions,
          .source = mma_sim,
          .unsettled = "NaN codes",
          .unit = "cdna2_mfma",
          .operands = operands,
          .instruction = block,
          .addend = Addend::last,
          .flush_to_plus_zero = true};
}
inline constexpr std::string_view cdna3_open = "where the sum is rounded down: sources differ (_one_floor); NaN codes";
constexpr DotModel cdna3(std::string_view name, std::span<const FloatFormat> operands, int block,
                         std::string_view unsettled) {
  return {.name = name,
          .kind = Summation::aligned,
          .evidence = Evidence::published_descriptions,
          .source = mma_sim,
          .unsettled = unsettled,
          .unit = "cdna3_mfma",
          .operands = operands,
          .block = block,
          .addend = Addend::late,
          .fraction_bits = 24,
          .products_overflow = true};
}
/// The sum of products rounded down at one place, 31 below the larger exponent of it and c, and not again.
constexpr DotModel one_floor(DotModel model, std::string_view name) {
  model.name = name, model.unit = "cdna3_mfma_one_floor", model.late_fraction_bits = 31, model.sum_fraction_bits = 40;
  model.source = "Khattak and Mikaitis, arXiv 2512.07004; MMA-Sim before version 2";
  model.unsettled = "the older reading of the two; NaN codes";
  return model;
}
}  // namespace detail
inline constexpr DotModel mi100_f16 = detail::cdna1("mi100_mfma_f16", operands::f16, 4);
inline constexpr DotModel mi100_bf16 = detail::cdna1("mi100_mfma_bf16", operands::bf16, 2);
inline constexpr DotModel mi250_f16 = detail::cdna2("mi250_mfma_f16", operands::f16, 4);
inline constexpr DotModel mi250_bf16_1k = detail::cdna2("mi250_mfma_bf16_1k", operands::bf16, 4);
inline constexpr DotModel mi250_bf16 = detail::cdna2("mi250_mfma_bf16", operands::bf16, 2);
inline constexpr DotModel mi300_f16 = detail::cdna3("mi300_mfma_f16", operands::f16_bf16, 8, detail::cdna3_open);
inline constexpr DotModel mi300_xf32 = detail::cdna3("mi300_mfma_xf32", operands::tf32, 4, detail::cdna3_open);
inline constexpr DotModel mi300_f8 = [] {
  DotModel model = detail::cdna3("mi300_mfma_f8", operands::f8_fnuz, 16, detail::cdna3_open);
  model.parity_groups = true;
  return model;
}();
inline constexpr DotModel mi300_f16_one_floor = detail::one_floor(mi300_f16, "mi300_mfma_f16_one_floor");
inline constexpr DotModel mi300_xf32_one_floor = detail::one_floor(mi300_xf32, "mi300_mfma_xf32_one_floor");
inline constexpr DotModel mi300_f8_one_floor = detail::one_floor(mi300_f8, "mi300_mfma_f8_one_floor");

// Intel.
inline constexpr DotModel vdpbf16ps{.name = "vdpbf16ps",
                                    .inputs = Subnormals::flush,
                                    .results = Subnormals::flush,
                                    .evidence = Evidence::silicon,
                                    .source = "Intel SDM; tests/bits/emu_vdpbf16ps.cpp compares with the instruction",
                                    .unsettled = "the silicon was AMD's (Zen 5), not Intel's",
                                    .unit = "vdpbf16ps",
                                    .operands = operands::bf16,
                                    .instruction = 2,
                                    .order = TermOrder::odd_first,
                                    .nan = NanRule::first_nan};
inline constexpr DotModel tdpbf16ps{
    .name = "tdpbf16ps",
    .kind = Summation::lanes,
    .inputs = Subnormals::flush,
    .results = Subnormals::flush,
    .evidence = Evidence::published_descriptions,
    .source = "Intel SDM; tests/bits/emu_tdpbf16ps.cpp compares with the instruction where there is AMX",
    .unsettled = "equal to the instruction in 6e7 results elsewhere; emu_tdpbf16ps has not yet run on a CPU with AMX",
    .unit = "tdpbf16ps",
    .operands = operands::bf16,
    .instruction = 32,
    .lanes = 2,
    .addend = Addend::last,
    .nan = NanRule::first_nan};
inline constexpr DotModel tdpfp16ps = [] {
  DotModel model = tdpbf16ps;
  model.name = model.unit = "tdpfp16ps", model.operands = operands::f16, model.inputs = Subnormals::keep;
  model.unsettled = "never compared with the instruction; a subnormal c";
  return model;
}();

// Arm.
inline constexpr DotModel arm_bfdot{.name = "arm_bfdot",
                                    .kind = Summation::tree,
                                    .inputs = Subnormals::flush,
                                    .results = Subnormals::flush,
                                    .evidence = Evidence::published_descriptions,
                                    .source = "Arm ARM, BFDOT and BFMMLA without FEAT_EBF16 or with FPCR.EBF = 0",
                                    .unsettled = "never compared with the instruction",
                                    .unit = "arm_bfdot",
                                    .operands = operands::bf16,
                                    .instruction = 2,
                                    .addend = Addend::last,
                                    .rounding = Rounding::to_odd,
                                    .addend_rounding = Rounding::to_odd};
inline constexpr DotModel arm_bfdot_ebf{.name = "arm_bfdot_ebf",
                                        .kind = Summation::exact,
                                        .evidence = Evidence::published_descriptions,
                                        .source = "Arm ARM, BFDOT and BFMMLA with FPCR.EBF = 1, the rest of FPCR 0",
                                        .unsettled = "never compared with the instruction",
                                        .unit = "arm_bfdot_ebf",
                                        .operands = operands::bf16,
                                        .instruction = 2,
                                        .addend = Addend::last};

// TPU. H4: the four-input adders that Jouppi et al. (ISCA 2021) describe for v4i, then a chain of two-input ones.
inline constexpr DotModel tpu_mxu_256 = [] {
  DotModel model = tpu_mxu_128;
  model.name = "tpu_mxu_256 (H0)", model.pass = 256;
  return model;
}();
inline constexpr DotModel tpu_mxu_128_h4{
    .name = "tpu_mxu_128 (H4)",
    .kind = Summation::exact,
    .inputs = Subnormals::flush,
    .results = Subnormals::flush,
    .pass = 128,
    .evidence = Evidence::published_descriptions,
    .source = "Jouppi et al., ISCA 2021: groups of four products, then two-input adders; patent US10514891B1",
    .unsettled = "hypothesis H4: the order and the roundings inside a pass are not public",
    .operands = operands::bf16,
    .instruction = 4,
    .addend = Addend::last};
inline constexpr DotModel tpu_mxu_256_h4 = [] {
  DotModel model = tpu_mxu_128_h4;
  model.name = "tpu_mxu_256 (H4)", model.pass = 256;
  return model;
}();
/// v7 multiplies 8-bit operands too, which are exact in bfloat16.
inline constexpr DotModel tpu_mxu_256_f8_h4 = [] {
  DotModel model = tpu_mxu_256_h4;
  model.name = "tpu_mxu_256_f8 (H4)", model.operands = operands::bf16_f8;
  model.unsettled = "hypothesis: 8-bit operands are summed as H4 sums bfloat16 ones";
  return model;
}();

/// Kulisch's accumulator: the exact sum, rounded once.
inline constexpr DotModel kulisch{.name = "kulisch", .kind = Summation::exact, .source = "docs/devices.md"};

/// Every matrix unit, and the library's own rules; all revisions.
std::span<const DotModel* const> dot_models();
/// The row of that name, its last revision unless one is named; or nullptr.
const DotModel* find_dot_model(std::string_view name, std::optional<int> revision = {});
/// The same among other rows.
const DotModel* find_dot_model(std::span<const DotModel* const> rows, std::string_view name,
                               std::optional<int> revision = {});
/// The last revision of a unit's row for operands and results of these formats; or nullptr.
const DotModel* find_dot_model(std::string_view unit, const FloatFormat& operands, const FloatFormat& result);

}  // namespace halfway::emu
