#include "halfway/emu/device_model.hpp"

#include <array>
#include <string>

#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

constexpr std::array<const DeviceModel*, 2> devices{&cpu, &tpu_v3};

bool is_operand(DType t) {
  return t == DType::float16 || t == DType::bfloat16 || t == DType::float32 || t == DType::float64;
}

[[noreturn]] void refuse(const DeviceModel& device, DType lhs, DType rhs, const std::string& problem) {
  throw DTypeError("matmul", "operands of " + std::string(name(lhs)) + " and " + std::string(name(rhs)) +
                                 " on device " + std::string(device.name) + ": " + problem);
}

}  // namespace

std::span<const DeviceModel* const> device_models() { return devices; }

const DeviceModel* find_device_model(std::string_view name) {
  for (const DeviceModel* device : devices)
    if (device->name == name) return device;
  return nullptr;
}

MatmulRule matmul_rule(const DeviceModel& device, DType lhs, DType rhs, std::int64_t m, std::int64_t n,
                       std::optional<DotAlgorithm> algorithm) {
  for (const DType t : {lhs, rhs})
    if (!is_operand(t))
      refuse(device, lhs, rhs,
             "no unit multiplies " + std::string(name(t)) + "; cast to float16, bfloat16, float32 or float64 first");
  const bool doubles = lhs == DType::float64;
  if (doubles != (rhs == DType::float64))
    refuse(device, lhs, rhs, "one is float64; cast one operand to the other's dtype");
  if (algorithm && doubles != (*algorithm == dot::f64_f64_f64))
    refuse(device, lhs, rhs,
           "they do not go with algorithm " + name(*algorithm) +
               "; F64_F64_F64 takes float64 operands, and only that algorithm does");
  if (doubles) return {dot::f64_f64_f64, sequential};
  if (algorithm && !device.unit_takes_float16 &&
      (algorithm->lhs_precision_type == binary16 || algorithm->rhs_precision_type == binary16))
    refuse(device, lhs, rhs,
           "its matrix unit does not take float16, which algorithm " + name(*algorithm) +
               " asks for; use BF16_BF16_F32 or F32_F32_F32");

  if (device.vectors_skip_unit && (m == 1 || n == 1)) return {algorithm.value_or(dot::f32_f32_f32), device.vector_unit};
  const auto by_unit = [&](const DotAlgorithm& chosen) -> MatmulRule {
    return {chosen, chosen == dot::f32_f32_f32 ? device.vector_unit : device.unit};
  };
  if (algorithm) return by_unit(*algorithm);
  if (lhs == rhs && lhs == DType::bfloat16) return by_unit(dot::bf16_bf16_f32);
  if (lhs == rhs && lhs == DType::float16 && device.unit_takes_float16) return by_unit(dot::f16_f16_f32);
  return by_unit(device.float32_algorithm);  // float32, what the unit does not take, and mixtures
}

}  // namespace halfway::emu
