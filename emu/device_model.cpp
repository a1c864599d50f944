#include "halfway/emu/device_model.hpp"

#include <algorithm>
#include <array>

#include "halfway/emu/devices.hpp"

namespace halfway::emu {
namespace {

constexpr std::array devices{&cpu,     &tpu_v2,     &tpu_v3,     &tpu_v4,  &tpu_v5e,  &tpu_v5p,  &tpu_v6e,
                             &tpu_v7,  &tesla_p100, &tesla_v100, &titan_v, &rtx_2080, &a100,     &rtx_4090,
                             &h100,    &b200,       &mi100,      &mi250,   &mi300,    &xeon_amx, &xeon_avx512_bf16,
                             &arm_bf16};
constexpr std::array variants{&tpu_v2_h4,     &tpu_v3_h4,      &tpu_v4_h0,       &tpu_v5e_h0,
                              &tpu_v5p_h0,    &tpu_v6e_h0,     &tpu_v7_h0,       &h100_mma_sync,
                              &b200_mma_sync, &mi250_bf16_old, &mi300_one_floor, &arm_bf16_ebf};

constexpr double tera = 1e12;

}  // namespace

std::span<const DeviceModel* const> device_models() { return devices; }
std::span<const DeviceModel* const> device_variants() { return variants; }

const DeviceModel* find_device_model(std::string_view name) {
  for (const auto& list : {device_models(), device_variants()})
    for (const DeviceModel* device : list)
      if (device->name == name) return device;
  return nullptr;
}

const DeviceUnit* find_unit(const DeviceModel& device, const FloatFormat& lhs, const FloatFormat& rhs,
                            const FloatFormat& sums) {
  const auto found = std::find_if(device.units.begin(), device.units.end(), [&](const DeviceUnit& unit) {
    return unit.operands == lhs && unit.model->accepts(rhs) && unit.model->output() == sums;
  });
  return found == device.units.end() ? nullptr : &*found;
}

int preferred_multiple(const DeviceModel& device, DType dtype) {
  const FloatFormat format = float_format(dtype);
  const DotAlgorithm by = format == binary32 ? device.float32_algorithms.default_ : DotAlgorithm{format, format};
  const bool on_unit = find_unit(device, by.lhs_precision_type, by.rhs_precision_type, by.accumulation_type) != nullptr;
  return std::max(device.preferred_elements, on_unit ? device.preferred_bytes / size_of(dtype) : 1);
}

double peak_flops(const DeviceModel& device, const DotAlgorithm& algorithm) {
  const FloatFormat& precision = algorithm.lhs_precision_type;
  if (precision == binary64) return tera * device.float64_teraflops;
  const DeviceUnit* unit = find_unit(device, precision, algorithm.rhs_precision_type, algorithm.accumulation_type);
  return tera * (unit ? unit->teraflops : device.float32_teraflops) / algorithm.num_primitive_operations;
}

}  // namespace halfway::emu
