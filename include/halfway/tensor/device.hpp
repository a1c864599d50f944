// Devices: the CPU, a device model emulated on it, or a real GPU; and which of them executes.
#pragma once
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "halfway/emu/devices.hpp"

namespace halfway {

/// What executes an operation: matmul rule, conversions, subnormals of element-wise work. Every emulated device works
/// on host memory.
class Device {
 public:
  /// "cpu", "tpu_v3", …; throws DeviceError and lists what there is.
  Device(const char* name) : Device(parse(name)) {}  // NOLINT(google-explicit-constructor): DeviceScope{"tpu_v3"}
  /// A model of one's own; it must outlive every use of the device.
  explicit Device(const emu::DeviceModel& model) : model_(&model) {}
  /// As the constructor, for text that is not a literal.
  static Device parse(std::string_view name);

  std::string_view name() const { return model_->name; }
  const emu::DeviceModel& model() const { return *model_; }
  /// True for everything but the CPU itself and a real GPU.
  bool emulated() const { return model_ != &emu::cpu; }
  friend bool operator==(const Device& a, const Device& b) { return a.model_ == b.model_; }

 private:
  const emu::DeviceModel* model_;
};
std::ostream& operator<<(std::ostream& out, const Device& device);  // its name

/// What this build can execute on: `cpu`, then the emulated devices, then real GPUs.
std::vector<Device> list_physical_devices();
/// Whether a device of that name can execute here; false, never an exception, for "cuda:0" without CUDA.
bool is_available(std::string_view name);

/// The device that executes on this thread: the innermost DeviceScope's, else what set_device said, else `cpu`.
Device current_device();
/// Sets the device of every thread that is in no DeviceScope.
void set_device(const Device& device);

/// `device` executes on this thread while the scope lives.
class [[nodiscard]] DeviceScope {
 public:
  [[nodiscard]] explicit DeviceScope(const Device& device);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  const emu::DeviceModel* outer_;
};

}  // namespace halfway
