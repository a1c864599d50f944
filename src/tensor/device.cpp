#include "halfway/tensor/device.hpp"

#include <atomic>
#include <charconv>
#include <ostream>

#include "backend/backend.hpp"
#include "halfway/errors.hpp"

namespace halfway {
namespace {

std::atomic<const emu::DeviceModel*> default_device = &emu::cpu;
thread_local const emu::DeviceModel* scoped_device = nullptr;

constexpr std::string_view cuda_prefix = "cuda:";

}  // namespace

Device Device::parse(std::string_view name) {
  if (const emu::DeviceModel* model = emu::find_device_model(name)) return Device(*model);
  if (name.starts_with(cuda_prefix)) {
    int ordinal = 0;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + cuda_prefix.size(), end, ordinal);
    if (parsed.ec == std::errc() && parsed.ptr == end)
      backend::cuda(ordinal);  // throws: no build has this back-end yet
  }
  std::string known;
  for (const emu::DeviceModel* model : emu::device_models())
    known += (known.empty() ? "" : ", ") + std::string(model->name);
  throw DeviceError("Device", "received \"" + std::string(name) + "\", which is not a device here; there is: " + known);
}

std::ostream& operator<<(std::ostream& out, const Device& device) { return out << device.name(); }

std::vector<Device> list_physical_devices() {
  std::vector<Device> devices;
  for (const emu::DeviceModel* model : emu::device_models()) devices.emplace_back(*model);
  return devices;
}

bool is_available(std::string_view name) {
  try {
    Device::parse(name);
    return true;
  } catch (const DeviceError&) {
    return false;
  }
}

Device current_device() { return Device(scoped_device ? *scoped_device : *default_device.load()); }
void set_device(const Device& device) { default_device = &device.model(); }

DeviceScope::DeviceScope(const Device& device) : outer_(scoped_device) { scoped_device = &device.model(); }
DeviceScope::~DeviceScope() { scoped_device = outer_; }

}  // namespace halfway
