// What a device does to numbers: one constexpr value per device.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "halfway/emu/dot_algorithm.hpp"
#include "halfway/emu/dot_model.hpp"
#include "halfway/formats/dtype.hpp"

namespace halfway::emu {

/// NVIDIA's compute capability, compared as a pair (3.10 < 7.0).
struct ComputeCapability {
  int major, minor;
  friend constexpr auto operator<=>(const ComputeCapability&, const ComputeCapability&) = default;
};

enum class DeviceKind : std::uint8_t { cpu, gpu, tpu };

/// Which algorithm and which unit a product of given dtypes gets.
struct MatmulRule {
  DotAlgorithm algorithm;
  DotModel model;
};

/// A device, real or not, as far as its arithmetic goes.
struct DeviceModel {
  std::string_view name;         ///< "tpu_v3"
  std::string_view description;  ///< as its driver or its maker prints it
  DeviceKind kind = DeviceKind::cpu;
  std::optional<ComputeCapability> compute_capability = {};  ///< GPUs by NVIDIA only
  DotModel unit = sequential;                                ///< the matrix unit
  DotModel vector_unit = sequential;                         ///< where float32 products run that the unit does not take
  bool unit_takes_float16 = true;                     ///< false: float16 operands are widened and go the float32 way
  DotAlgorithm float32_algorithm = dot::f32_f32_f32;  ///< Precision::default_ for float32 operands
  /// Products with M = 1 or N = 1 run in float32 on the vector unit (inferred for TPUs from jax#16349).
  bool vectors_skip_unit = false;
  Subnormals subnormals = Subnormals::keep;         ///< of element-wise work, reductions and conversions
  std::string_view mixed_policy = "mixed_float16";  ///< the mixed policy that the device is made for
  int preferred_multiple = 1;                       ///< of matrix dimensions
};

inline constexpr DeviceModel cpu{.name = "cpu", .description = "this CPU, IEEE 754 arithmetic"};
inline constexpr DeviceModel tpu_v3{.name = "tpu_v3",
                                    .description = "Google Cloud TPU v3 (emulated; in-pass order is hypothesis H0)",
                                    .kind = DeviceKind::tpu,
                                    .unit = tpu_mxu_128,
                                    .vector_unit = {.name = "tpu_vpu",
                                                    .inputs = Subnormals::flush,
                                                    .results = Subnormals::flush,
                                                    .evidence = Evidence::published_descriptions},
                                    .unit_takes_float16 = false,
                                    .float32_algorithm = dot::bf16_bf16_f32,
                                    .vectors_skip_unit = true,
                                    .subnormals = Subnormals::flush,
                                    .mixed_policy = "mixed_bfloat16",
                                    .preferred_multiple = 128};

/// Every device model of this version, `cpu` first.
std::span<const DeviceModel* const> device_models();
/// The model of that name, or nullptr.
const DeviceModel* find_device_model(std::string_view name);

/// What `device` does for an M×K by K×N product of these dtypes; `algorithm` overrides its choice. Both float64:
/// F64_F64_F64 in a chain, on every device. Throws DTypeError for operands that no unit takes.
MatmulRule matmul_rule(const DeviceModel& device, DType lhs, DType rhs, std::int64_t m, std::int64_t n,
                       std::optional<DotAlgorithm> algorithm = {});

}  // namespace halfway::emu
