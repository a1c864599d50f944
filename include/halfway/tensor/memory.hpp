// The memory of devices: tensors count against it, and exceeding it is an error, as on the device itself.
#pragma once
#include <cstdint>
#include <optional>

#include "halfway/tensor/device.hpp"

namespace halfway {

/// What tensors take of a device's memory, in bytes: the sizes of their elements, without what allocators round up.
struct MemoryInfo {
  std::int64_t current = 0;                ///< of the tensors that live now
  std::int64_t peak = 0;                   ///< the most so far, or since reset_memory_stats
  std::optional<std::int64_t> limit = {};  ///< none: as much as this machine has
};

/// A tensor belongs to the device that was current when it was made (device.hpp), wherever it is read.
MemoryInfo memory_info(const Device& device);
/// Sets the peak to what is in use now.
void reset_memory_stats(const Device& device);
/// From now on a tensor that would exceed `bytes` throws OutOfMemoryError. Unset: what the device has (DeviceModel's
/// memory_bytes); `cpu` has no limit. Throws ValueError for a negative limit. Nothing is freed.
void set_memory_limit(const Device& device, std::optional<std::int64_t> bytes);

}  // namespace halfway
