// The device compatibility check of Keras (TensorFlow 2.2 and later), as data in and a message out.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "halfway/emu/device_model.hpp"
#include "halfway/log.hpp"
#include "halfway/nn/policy.hpp"

namespace halfway::detail {

struct Gpu {
  std::string name;
  std::optional<emu::ComputeCapability> compute_capability;
};

struct CompatibilityMessage {
  LogLevel level;
  std::string text;
};

/// Keras' message for the policy mixed_float16 on a machine with these GPUs.
CompatibilityMessage gpu_compatibility(std::span<const Gpu> gpus);
/// The message for a policy on a device, if there is anything to say: Keras' for mixed_float16, and Halfway's for a
/// mixed policy that the device is not made for.
std::optional<CompatibilityMessage> compatibility(const Policy& policy, const emu::DeviceModel& device);
/// Logs it for the current device, once per process.
void check_compatibility(const Policy& policy);
/// Forgets that it was logged; for tests.
void reset_compatibility_check();

}  // namespace halfway::detail
