// What a device does to numbers, and the figures that predict its speed: one constexpr value per device.
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

/// One way in which a device multiplies matrices.
struct DeviceUnit {
  FloatFormat operands;    ///< the numbers it multiplies; two 8-bit formats may meet in one product
  const DotModel* model;   ///< how it sums them; the format of the sums is model->output()
  double teraflops = 0.0;  ///< peak, dense; 0: the maker publishes none
};

/// What a product of float32 operands is computed by, for each Precision.
struct Float32Algorithms {
  DotAlgorithm default_ = dot::f32_f32_f32, high = dot::f32_f32_f32, highest = dot::f32_f32_f32;
  constexpr const DotAlgorithm& operator[](Precision precision) const {
    return precision == Precision::default_ ? default_ : precision == Precision::high ? high : highest;
  }
};

/// The multiply-add cells of one matrix unit, a square through which operands flow (emu/systolic.hpp).
struct SystolicArray {
  int side;               ///< cells along each side
  int count;              ///< arrays of the device
  bool timed_v4 = false;  ///< cycles are known from timings of TPU v4
};

/// A device, real or not, as far as its arithmetic and its data sheet go.
struct DeviceModel {
  std::string_view name;         ///< "tesla_v100"; a variant's ends in what it varies: "tpu_v4:h0"
  std::string_view description;  ///< as its driver or its maker prints it: "Tesla V100-SXM2-16GB"
  DeviceKind kind = DeviceKind::cpu;
  std::optional<ComputeCapability> compute_capability = {};  ///< GPUs by NVIDIA only

  /// Its matrix units; of several for the same formats a product gets the first.
  std::span<const DeviceUnit> units = {};
  const DotModel* vector_unit = &sequential;  ///< where float32 products run that no matrix unit takes
  Float32Algorithms float32_algorithms = {};
  /// Whether algorithms that no unit is made for run on the vector unit, in float32; otherwise they are refused.
  bool every_algorithm = false;
  /// Products with M = 1 or N = 1 run in float32 on the vector unit (inferred for TPUs from jax#16349).
  bool vectors_skip_unit = false;
  Subnormals subnormals = Subnormals::keep;         ///< of element-wise work, reductions and conversions
  std::string_view mixed_policy = "mixed_float16";  ///< the mixed policy that the device is made for
  std::string_view remark = {};                     ///< what is a choice or a hypothesis beyond its units' own

  /// What its maker wants matrix dimensions to be a multiple of; see preferred_multiple.
  int preferred_elements = 1;  ///< of any format
  int preferred_bytes = 1;     ///< of one row, where products run on a matrix unit
  std::optional<SystolicArray> array = {};

  std::int64_t memory_bytes = 0;   ///< what tensors may take; 0: as much as this machine has
  double bytes_per_second = 0.0;   ///< of its memory, peak; 0: not known
  double float32_teraflops = 0.0;  ///< of the vector unit, peak; 0: not published
  double float64_teraflops = 0.0;  ///< the faster of its ways, peak
  std::string_view source = {};    ///< of these figures
};

/// Every device model of this version, `cpu` first, variants left out.
std::span<const DeviceModel* const> device_models();
/// The same devices with another unit or another hypothesis of one.
std::span<const DeviceModel* const> device_variants();
/// The model or the variant of that name, or nullptr.
const DeviceModel* find_device_model(std::string_view name);

/// The first unit that multiplies numbers of `lhs` by numbers of `rhs` and sums them in `sums`, or nullptr.
const DeviceUnit* find_unit(const DeviceModel& device, const FloatFormat& lhs, const FloatFormat& rhs,
                            const FloatFormat& sums = binary32);

/// Which algorithm and which unit a product gets.
struct MatmulRule {
  DotAlgorithm algorithm;
  DotModel model;
};

/// What `device` does for an M×K by K×N product of these dtypes; `algorithm` overrides its choice.
///
/// float16, bfloat16 and 8-bit operands get the unit that is made for them. 16-bit ones for which there is none,
/// float32 and mixtures go the float32 way, which `precision` chooses as XLA and JAX do. Both float64: F64_F64_F64 in a
/// chain, on every device. Throws DTypeError for operands or an algorithm that no unit takes, ValueError where an
/// algorithm and a precision other than the default one are both given.
MatmulRule matmul_rule(const DeviceModel& device, DType lhs, DType rhs, std::int64_t m, std::int64_t n,
                       std::optional<DotAlgorithm> algorithm = {}, Precision precision = Precision::default_);

/// What the device wants matrix dimensions to be a multiple of, for operands of that dtype: 16 bytes on GPUs with a
/// matrix unit for them, the side of the unit's array on TPUs (128, from v6e on 256); 1: anything.
int preferred_multiple(const DeviceModel& device, DType dtype);

/// Floating-point operations per second that the device reaches at best in products by this algorithm: that of its unit
/// by the number of primitive products. 0: not published.
double peak_flops(const DeviceModel& device, const DotAlgorithm& algorithm);

}  // namespace halfway::emu
