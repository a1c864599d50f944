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

template <const DotModel& model, int teraflops>
inline constexpr DeviceUnit mxu[]{{bfloat, &model, teraflops}};
/// v7 multiplies 8-bit operands too, twice as fast.
template <const DotModel& model, const DotModel& f8_model>
inline constexpr DeviceUnit mxu_f8[]{{bfloat, &model, 1155}, {e4m3fn, &f8_model, 2300}, {e5m2, &f8_model, 2300}};

constexpr std::int64_t gibibytes(std::int64_t count) { return count << 30; }

/// What every TPU has in common.
constexpr DeviceModel tpu(std::string_view name, std::string_view description, std::span<const DeviceUnit> units,
                          SystolicArray array, std::int64_t memory_gibibytes, double bytes_per_second) {
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
          .preferred_elements = array.side,  // Cloud TPU performance guide: 128, the array's side then
          .array = array,
          .memory_bytes = gibibytes(memory_gibibytes),
          .bytes_per_second = bytes_per_second,
          .source = "jax/_src/tpu_info.py (jax 1ebd186); the vector unit's peak is not published"};
}
/// The same device under another hypothesis.
constexpr DeviceModel under(DeviceModel model, std::string_view name, std::span<const DeviceUnit> units) {
  model.name = name, model.units = units;
  return model;
}
}  // namespace detail

inline constexpr DeviceModel tpu_v2 = detail::tpu("tpu_v2", "TPU v2", detail::mxu<tpu_mxu_128, 23>, {128, 1}, 8, 358e9);
inline constexpr DeviceModel tpu_v3 =
    detail::tpu("tpu_v3", "TPU v3", detail::mxu<tpu_mxu_128, 70>, {128, 2}, 16, 412.5e9);
inline constexpr DeviceModel tpu_v4 =
    detail::tpu("tpu_v4", "TPU v4", detail::mxu<tpu_mxu_128_h4, 275>, {128, 8, true}, 32, 1230e9);
inline constexpr DeviceModel tpu_v5e =
    detail::tpu("tpu_v5e", "TPU v5 lite", detail::mxu<tpu_mxu_128_h4, 197>, {128, 4}, 16, 820e9);
inline constexpr DeviceModel tpu_v5p =
    detail::tpu("tpu_v5p", "TPU v5p", detail::mxu<tpu_mxu_128_h4, 459>, {128, 8}, 95, 2460e9);
inline constexpr DeviceModel tpu_v6e =
    detail::tpu("tpu_v6e", "TPU v6 lite", detail::mxu<tpu_mxu_256_h4, 920>, {256, 2}, 32, 1640e9);
inline constexpr DeviceModel tpu_v7 =
    detail::tpu("tpu_v7", "TPU7x", detail::mxu_f8<tpu_mxu_256_h4, tpu_mxu_256_f8_h4>, {256, 2}, 96, 3700e9);

inline constexpr DeviceModel tpu_v2_h4 = detail::under(tpu_v2, "tpu_v2:h4", detail::mxu<tpu_mxu_128_h4, 23>);
inline constexpr DeviceModel tpu_v3_h4 = detail::under(tpu_v3, "tpu_v3:h4", detail::mxu<tpu_mxu_128_h4, 70>);
inline constexpr DeviceModel tpu_v4_h0 = detail::under(tpu_v4, "tpu_v4:h0", detail::mxu<tpu_mxu_128, 275>);
inline constexpr DeviceModel tpu_v5e_h0 = detail::under(tpu_v5e, "tpu_v5e:h0", detail::mxu<tpu_mxu_128, 197>);
inline constexpr DeviceModel tpu_v5p_h0 = detail::under(tpu_v5p, "tpu_v5p:h0", detail::mxu<tpu_mxu_128, 459>);
inline constexpr DeviceModel tpu_v6e_h0 = detail::under(tpu_v6e, "tpu_v6e:h0", detail::mxu<tpu_mxu_256, 920>);
inline constexpr DeviceModel tpu_v7_h0 = detail::under(tpu_v7, "tpu_v7:h0", detail::mxu_f8<tpu_mxu_256, tpu_mxu_256>);

}  // namespace halfway::emu
