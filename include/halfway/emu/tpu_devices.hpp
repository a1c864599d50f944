// Google's TPUs. A device is what JAX lists as one: a TensorCore of v2, v3 and v7, a whole chip of the others.
#pragma once
#include "halfway/emu/device_model.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace halfway::emu {

namespace detail {
/// Where a TPU multiplies what its matrix unit does not get: float32 lanes that flush.
inline constexpr DotModel tpu_vpu{.name = "tpu_vpu",
                                  .inputs = Subnormals::flush,
                                  .results = Subnormals::flush,
                                  .evidence = Evidence::published_descriptions,
                                  .source = "jax#16349: matrix-vector products run in float32 on the vector unit",
                                  .unsettled = "the order of the sum is not public"};

/// Peaks are published per chip, of which a device may be one of two TensorCores.
template <const DotModel& model, int chip_teraflops, int devices = 1>
inline constexpr DeviceUnit mxu[]{{bfloat, &model, double{chip_teraflops} / devices}};
/// v7 multiplies 8-bit operands too, twice as fast.
template <const DotModel& model, const DotModel& f8_model>
inline constexpr DeviceUnit mxu_f8[]{
    {bfloat, &model, 2307.0 / 2}, {e4m3fn, &f8_model, 4614.0 / 2}, {e5m2, &f8_model, 4614.0 / 2}};

/// What every TPU has in common.
constexpr DeviceModel tpu(std::string_view name, std::string_view description, std::span<const DeviceUnit> units,
                          SystolicArray array, std::int64_t memory_gibibytes, double gigabytes_per_second,
                          std::string_view source) {
  return {.name = name,
          .description = description,
          .kind = DeviceKind::tpu,
          .units = units,
          .vector_unit = &tpu_vpu,
          .float32_algorithms = {dot::bf16_bf16_f32, dot::bf16_bf16_f32_x3, dot::bf16_bf16_f32_x6},
          .vectors_skip_unit = true,
          .subnormals = Subnormals::flush,
          .mixed_policy = "mixed_bfloat16",
          .remark = "the order of the additions inside a pass is a hypothesis: H0 or H4",
          .preferred_elements = array.side,  // Cloud TPU performance guide: 128, the side of v2's and v3's
          .array = array,
          .memory_bytes = memory_gibibytes << 30,
          .bytes_per_second = 1e9 * gigabytes_per_second,
          .source = source};
}
/// The same device under another hypothesis.
constexpr DeviceModel under(DeviceModel model, std::string_view name, std::span<const DeviceUnit> units) {
  model.name = name, model.units = units;
  return model;
}
}  // namespace detail

// The figures of a chip (cloud.google.com/tpu/docs), halved where a device is one of its two TensorCores. Those of JAX
// (tpu_info.py, jax 0.10.2), from which the arrays are, differ by up to 14 %: v3 140 Tflop/s and 825 GB/s, v5p 2460
// GB/s. Google publishes no peak of the vector unit.
inline constexpr DeviceModel tpu_v2 =
    detail::tpu("tpu_v2", "TPU v2", detail::mxu<tpu_mxu_128, 46, 2>, {128, 1}, 16 / 2, 716.0 / 2,
                "jax's tpu_info.py, half a chip: 46 Tflop/s, 16 GB, 716 GB/s");
inline constexpr DeviceModel tpu_v3 =
    detail::tpu("tpu_v3", "TPU v3", detail::mxu<tpu_mxu_128, 123, 2>, {128, 2}, 32 / 2, 900.0 / 2,
                "Cloud TPU documentation, v3, half a chip: 123 Tflop/s, 32 GiB, 900 GB/s");
inline constexpr DeviceModel tpu_v4 = detail::tpu("tpu_v4", "TPU v4", detail::mxu<tpu_mxu_128_h4, 275>, {128, 8, true},
                                                  32, 1200, "Cloud TPU documentation, v4");
inline constexpr DeviceModel tpu_v5e = detail::tpu("tpu_v5e", "TPU v5 lite", detail::mxu<tpu_mxu_128_h4, 197>, {128, 4},
                                                   16, 819, "Cloud TPU documentation, v5e");
inline constexpr DeviceModel tpu_v5p = detail::tpu("tpu_v5p", "TPU v5p", detail::mxu<tpu_mxu_128_h4, 459>, {128, 8}, 95,
                                                   2765, "Cloud TPU documentation, v5p");
inline constexpr DeviceModel tpu_v6e = detail::tpu("tpu_v6e", "TPU v6 lite", detail::mxu<tpu_mxu_256_h4, 918>, {256, 2},
                                                   32, 1638, "Cloud TPU documentation, v6e");
inline constexpr DeviceModel tpu_v7 =
    detail::tpu("tpu_v7", "TPU7x", detail::mxu_f8<tpu_mxu_256_h4, tpu_mxu_256_f8_h4>, {256, 2}, 192 / 2, 7380.0 / 2,
                "Cloud TPU documentation, TPU7x, half a chip: 2307 Tflop/s (8 bits: 4614), 192 GiB, 7380 GB/s");

inline constexpr DeviceModel tpu_v2_h4 = detail::under(tpu_v2, "tpu_v2:h4", detail::mxu<tpu_mxu_128_h4, 46, 2>);
inline constexpr DeviceModel tpu_v3_h4 = detail::under(tpu_v3, "tpu_v3:h4", detail::mxu<tpu_mxu_128_h4, 123, 2>);
inline constexpr DeviceModel tpu_v4_h0 = detail::under(tpu_v4, "tpu_v4:h0", detail::mxu<tpu_mxu_128, 275>);
inline constexpr DeviceModel tpu_v5e_h0 = detail::under(tpu_v5e, "tpu_v5e:h0", detail::mxu<tpu_mxu_128, 197>);
inline constexpr DeviceModel tpu_v5p_h0 = detail::under(tpu_v5p, "tpu_v5p:h0", detail::mxu<tpu_mxu_128, 459>);
inline constexpr DeviceModel tpu_v6e_h0 = detail::under(tpu_v6e, "tpu_v6e:h0", detail::mxu<tpu_mxu_256, 918>);
inline constexpr DeviceModel tpu_v7_h0 = detail::under(tpu_v7, "tpu_v7:h0", detail::mxu_f8<tpu_mxu_256, tpu_mxu_256>);

}  // namespace halfway::emu
