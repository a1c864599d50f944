// CPUs as devices: this one, and three with matrix instructions.
#pragma once
#include "halfway/emu/device_model.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace halfway::emu {

namespace detail {
inline constexpr DeviceUnit cpu_units[]{{binary16, &sequential},     {bfloat, &sequential},
                                        {e4m3fn, &sequential},       {e5m2, &sequential},
                                        {binary16, &sequential_f16}, {bfloat, &sequential_bf16}};
// Intel's optimization manual: 1024 bfloat16 operations per cycle and core by TDPBF16PS, 64 in float32, 32 in float64.
inline constexpr DeviceUnit amx_units[]{{bfloat, &tdpbf16ps, 114.7}};
inline constexpr DeviceUnit avx512_bf16_units[]{{bfloat, &vdpbf16ps}};
inline constexpr DeviceUnit arm_units[]{{bfloat, &arm_bfdot}};
inline constexpr DeviceUnit arm_ebf_units[]{{bfloat, &arm_bfdot_ebf}};
}  // namespace detail

/// The library's own rules: every format in its own precision, in one chain.
inline constexpr DeviceModel cpu{
    .name = "cpu", .description = "this CPU, IEEE 754 arithmetic", .units = detail::cpu_units, .every_algorithm = true};

/// Sapphire Rapids: 56 cores, figures at the base frequency of 2.0 GHz, eight channels of DDR5-4800.
inline constexpr DeviceModel xeon_amx{
    .name = "xeon_amx",
    .description = "Intel(R) Xeon(R) Platinum 8480+",
    .units = detail::amx_units,
    .mixed_policy = "mixed_bfloat16",
    .bytes_per_second = 307.2e9,
    .float32_teraflops = 7.17,
    .float64_teraflops = 3.58,
    .source = "Intel ARK (cores, base frequency, memory) by Intel's optimization manual (operations per cycle)"};

/// Cooper Lake: 28 cores at 2.9 GHz, six channels of DDR4-3200.
inline constexpr DeviceModel xeon_avx512_bf16{
    .name = "xeon_avx512_bf16",
    .description = "Intel(R) Xeon(R) Platinum 8380H CPU @ 2.90GHz",
    .units = detail::avx512_bf16_units,
    .mixed_policy = "mixed_bfloat16",
    .bytes_per_second = 153.6e9,
    .float32_teraflops = 5.20,
    .float64_teraflops = 2.60,
    .source = "Intel ARK (cores, base frequency, memory) by Intel's optimization manual (operations per cycle)"};

/// AWS Graviton3: 64 cores at 2.6 GHz with two 256-bit vector units each, eight channels of DDR5-4800.
inline constexpr DeviceModel arm_bf16{
    .name = "arm_bf16",
    .description = "Neoverse-V1",
    .units = detail::arm_units,
    .mixed_policy = "mixed_bfloat16",
    .remark = "FPCR.EBF = 0, as the core has no FEAT_EBF16; arm_bf16:ebf is BFDOT of a core that has it and sets it",
    .bytes_per_second = 307.2e9,
    .float32_teraflops = 5.32,
    .float64_teraflops = 2.66,
    .source = "AWS on Graviton3 (cores, frequency, memory) by Arm on Neoverse V1 (vector units)"};
inline constexpr DeviceModel arm_bf16_ebf = [] {
  DeviceModel model = arm_bf16;
  model.name = "arm_bf16:ebf", model.units = detail::arm_ebf_units, model.remark = "FPCR.EBF = 1, the rest of FPCR 0";
  return model;
}();

}  // namespace halfway::emu
