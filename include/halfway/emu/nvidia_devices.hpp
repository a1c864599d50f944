// NVIDIA's GPUs. Peaks are dense, as published: at the boost clock, but for TITAN V.
#pragma once
#include "halfway/emu/device_model.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace halfway::emu {

namespace detail {
/// No tensor cores: float16 is widened, unless sums in float16 are asked for, which two-way lanes add.
inline constexpr DeviceUnit p100_units[]{{binary16, &sequential_f16, 21.2}};
inline constexpr DeviceUnit v100_units[]{{binary16, &volta_f16, 125}, {binary16, &volta_f16_f16, 125}};
inline constexpr DeviceUnit titan_v_units[]{{binary16, &volta_f16, 110}, {binary16, &volta_f16_f16, 110}};
// GeForce sums in float32 at half the rate of float16.
inline constexpr DeviceUnit rtx_2080_units[]{{binary16, &turing_f16, 40.3}, {binary16, &turing_f16_f16, 80.5}};
inline constexpr DeviceUnit a100_units[]{{binary16, &ampere_f16, 312},
                                         {bfloat, &ampere_f16, 312},
                                         {tensor_float, &ampere_tf32, 156},
                                         {binary16, &ampere_f16_f16, 312}};
inline constexpr DeviceUnit rtx_4090_units[]{{binary16, &ada_f16, 165.2},     {bfloat, &ada_f16, 165.2},
                                             {tensor_float, &ada_tf32, 82.6}, {e4m3fn, &ada_f8, 330.3},
                                             {e5m2, &ada_f8, 330.3},          {binary16, &ada_f16_f16, 330.3},
                                             {e4m3fn, &ada_f8_f16, 660.6},    {e5m2, &ada_f8_f16, 660.6}};
/// Hopper and Blackwell: the unit that 8-bit operands go through is a choice, wgmma or tcgen05 against mma.sync.
template <const DotModel& f8, const DotModel& f8_f16, int f8_teraflops>
inline constexpr DeviceUnit h100_units[]{{binary16, &hopper_f16, 989.4},      {bfloat, &hopper_f16, 989.4},
                                         {tensor_float, &hopper_tf32, 494.7}, {e4m3fn, &f8, f8_teraflops},
                                         {e5m2, &f8, f8_teraflops},           {binary16, &hopper_f16_f16, 989.4},
                                         {e4m3fn, &f8_f16, f8_teraflops},     {e5m2, &f8_f16, f8_teraflops}};
template <const DotModel& f8, const DotModel& f8_f16, int f8_teraflops>
inline constexpr DeviceUnit b200_units[]{{binary16, &blackwell_f16, 2250},
                                         {bfloat, &blackwell_f16, 2250},
                                         {tensor_float, &blackwell_tf32, 1100},
                                         {e4m3fn, &f8, f8_teraflops},
                                         {e5m2, &f8, f8_teraflops},
                                         {binary16, &blackwell_f16_f16, 2250},
                                         {e4m3fn, &f8_f16},
                                         {e5m2, &f8_f16}};

/// The figures of a data sheet.
struct GpuFigures {
  std::int64_t memory_gibibytes;
  double gigabytes_per_second, float32_teraflops, float64_teraflops;
  std::string_view source;
};
constexpr DeviceModel gpu(std::string_view name, std::string_view description,
                          std::optional<ComputeCapability> capability, std::span<const DeviceUnit> units,
                          const GpuFigures& figures) {
  return {.name = name,
          .description = description,
          .kind = DeviceKind::gpu,
          .compute_capability = capability,
          .units = units,
          // NVIDIA's matrix multiplication guide: 16 bytes, that is 8 in float16, 16 in 8 bits, 4 in TF32. Taken for
          // AMD's too, of which no such figure is known.
          .preferred_bytes = 16,
          .memory_bytes = figures.memory_gibibytes << 30,
          .bytes_per_second = 1e9 * figures.gigabytes_per_second,
          .float32_teraflops = figures.float32_teraflops,
          .float64_teraflops = figures.float64_teraflops,
          .source = figures.source};
}
/// From compute capability 8.0 on TF32 multiplies float32 operands, unless Precision::highest is asked for.
constexpr DeviceModel with_tf32(DeviceModel model) {
  model.float32_algorithms = {dot::tf32_tf32_f32, dot::tf32_tf32_f32, dot::f32_f32_f32};
  return model;
}
/// The same card with another way for 8-bit operands.
constexpr DeviceModel through(DeviceModel model, std::string_view name, std::span<const DeviceUnit> units,
                              std::string_view remark) {
  model.name = name, model.units = units, model.remark = remark;
  return model;
}
}  // namespace detail

inline constexpr DeviceModel tesla_p100 =
    detail::gpu("tesla_p100", "Tesla P100-SXM2-16GB", ComputeCapability{6, 0}, detail::p100_units,
                {16, 732, 10.6, 5.3, "NVIDIA Tesla P100 data sheet"});
inline constexpr DeviceModel tesla_v100 =
    detail::gpu("tesla_v100", "Tesla V100-SXM2-16GB", ComputeCapability{7, 0}, detail::v100_units,
                {16, 900, 15.7, 7.8, "NVIDIA Tesla V100 data sheet"});
inline constexpr DeviceModel titan_v = detail::gpu(
    "titan_v", "NVIDIA TITAN V", ComputeCapability{7, 0}, detail::titan_v_units,
    {12, 652.8, 13.8, 6.9, "NVIDIA's launch figures as reviews give them: peaks at 1.35 GHz, not at the boost clock"});
inline constexpr DeviceModel rtx_2080 =
    detail::gpu("rtx_2080", "NVIDIA GeForce RTX 2080", ComputeCapability{7, 5}, detail::rtx_2080_units,
                {8, 448, 10.1, 0.315, "NVIDIA Turing architecture white paper, reference card"});
inline constexpr DeviceModel a100 =
    detail::with_tf32(detail::gpu("a100", "NVIDIA A100-SXM4-40GB", ComputeCapability{8, 0}, detail::a100_units,
                                  {40, 1555, 19.5, 19.5, "NVIDIA A100 data sheet (float64 by tensor cores)"}));
inline constexpr DeviceModel rtx_4090 = detail::with_tf32(
    detail::gpu("rtx_4090", "NVIDIA GeForce RTX 4090", ComputeCapability{8, 9}, detail::rtx_4090_units,
                {24, 1008, 82.6, 1.29, "NVIDIA Ada GPU architecture white paper"}));
inline constexpr DeviceModel h100 = detail::with_tf32(
    detail::gpu("h100", "NVIDIA H100 80GB HBM3", ComputeCapability{9, 0},
                detail::h100_units<hopper_wgmma_f8, hopper_wgmma_f8_f16, 1979>,
                {80, 3352, 66.9, 66.9, "NVIDIA H100 architecture white paper, SXM5 (float64 by tensor cores)"}));
inline constexpr DeviceModel h100_mma_sync =
    detail::through(h100, "h100:mma_sync", detail::h100_units<hopper_mma_f8, hopper_mma_f8_f16, 0>,
                    "8-bit operands by mma.sync, not wgmma");
inline constexpr DeviceModel b200 =
    detail::with_tf32(detail::gpu("b200", "NVIDIA B200", ComputeCapability{10, 0},
                                  detail::b200_units<blackwell_tcgen05_f8, blackwell_tcgen05_f8_f16, 4500>,
                                  {180, 7700, 75, 37, "NVIDIA Blackwell data sheet, one GPU of HGX B200"}));
inline constexpr DeviceModel b200_mma_sync =
    detail::through(b200, "b200:mma_sync", detail::b200_units<blackwell_mma_f8, blackwell_mma_f8_f16, 0>,
                    "8-bit operands by mma.sync, not tcgen05");

}  // namespace halfway::emu
