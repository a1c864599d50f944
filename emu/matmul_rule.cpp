// Which algorithm and which unit a product gets on a device.
#include <string>

#include "halfway/emu/device_model.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

bool is_8_bit(DType t) { return size_of(t) == 1; }

/// A product that a device is asked for.
struct Request {
  const DeviceModel& device;
  DType lhs, rhs;

  [[noreturn]] void refuse(const std::string& problem) const {
    throw DTypeError("matmul", "operands of " + std::string(name(lhs)) + " and " + std::string(name(rhs)) +
                                   " on device " + std::string(device.name) + ": " + problem);
  }
  const DeviceUnit* unit(const DotAlgorithm& algorithm) const {
    return find_unit(device, algorithm.lhs_precision_type, algorithm.rhs_precision_type, algorithm.accumulation_type);
  }
};

/// "BF16_BF16_F32, TF32_TF32_F32, F32_F32_F32": of one product each.
std::string algorithms_of(const DeviceModel& device) {
  std::string names;
  for (const DeviceUnit& unit : device.units)
    if (unit.operands != binary32)
      names += name(DotAlgorithm{unit.operands, unit.operands, unit.model->output()}) + ", ";
  return names + "F32_F32_F32";
}

void check_dtypes(const Request& request) {
  const auto takes = [](DType t) { return is_floating(t) && size_of(t) <= 8; };
  for (const DType t : {request.lhs, request.rhs})
    if (!takes(t))
      request.refuse("no unit multiplies " + std::string(name(t)) +
                     "; cast to float16, bfloat16, float32 or float64 first");
  if ((request.lhs == DType::float64) != (request.rhs == DType::float64))
    request.refuse("one is float64; cast one operand to the other's dtype");
}

/// The unit for an algorithm, or the vector unit.
MatmulRule by_algorithm(const Request& request, const DotAlgorithm& algorithm) {
  if (const DeviceUnit* unit = request.unit(algorithm)) return {algorithm, *unit->model};
  const bool in_float32 = algorithm.accumulation_type == binary32;
  if (algorithm == dot::f32_f32_f32 || (in_float32 && request.device.every_algorithm))
    return {algorithm, *request.device.vector_unit};
  request.refuse("it has no unit for algorithm " + name(algorithm) + "; choose one of " +
                 algorithms_of(request.device));
}

/// What the dtypes get by themselves.
DotAlgorithm default_algorithm(const Request& request, Precision precision) {
  const FloatFormat lhs = float_format(request.lhs), rhs = float_format(request.rhs);
  const DotAlgorithm own{lhs, rhs, binary32};
  const bool small = is_8_bit(request.lhs) && is_8_bit(request.rhs);
  if (request.lhs != DType::float32 && (request.lhs == request.rhs || small) && request.unit(own)) return own;
  if (!request.device.every_algorithm && (is_8_bit(request.lhs) || is_8_bit(request.rhs)))
    request.refuse("it has no unit for them; cast to bfloat16 or float32, which hold every such number");
  return request.device.float32_algorithms[precision];  // float32, what no unit takes, and mixtures
}

}  // namespace

MatmulRule matmul_rule(const DeviceModel& device, DType lhs, DType rhs, std::int64_t m, std::int64_t n,
                       std::optional<DotAlgorithm> algorithm, Precision precision) {
  const Request request{device, lhs, rhs};
  check_dtypes(request);
  if (algorithm && precision != Precision::default_)
    throw ValueError("matmul", "received the algorithm " + name(*algorithm) +
                                   " and a precision; an algorithm says it all: leave the precision out");
  const bool doubles = lhs == DType::float64;
  if (algorithm && doubles != (*algorithm == dot::f64_f64_f64))
    request.refuse("they do not go with algorithm " + name(*algorithm) +
                   "; F64_F64_F64 takes float64 operands, and only that algorithm does");
  if (doubles) return {dot::f64_f64_f64, sequential};
  if (algorithm) algorithm = for_operands(*algorithm, float_format(lhs), float_format(rhs));

  const MatmulRule rule = by_algorithm(request, algorithm ? *algorithm : default_algorithm(request, precision));
  if (!device.vectors_skip_unit || (m != 1 && n != 1)) return rule;
  return {algorithm.value_or(dot::f32_f32_f32), *device.vector_unit};
}

}  // namespace halfway::emu
