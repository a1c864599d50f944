// How long a device itself would take: a model from its data sheet, no measurement.
#pragma once
#include <algorithm>
#include <optional>

#include "halfway/emu/device_model.hpp"

namespace halfway::emu {

/// The roofline of Williams, Waterman and Patterson (CACM 2009): work takes as long as its operations at the peak of
/// what computes them, or as its bytes at the bandwidth of memory, whichever is longer. Launches, latencies and caches
/// are left out, so devices take longer.
///
/// Seconds that `device` takes to move `bytes`; nothing where its bandwidth is not known (cpu).
inline std::optional<double> transfer_seconds(const DeviceModel& device, double bytes) {
  if (device.bytes_per_second <= 0) return std::nullopt;
  return bytes / device.bytes_per_second;
}
/// Seconds for products of `flops` operations (2·M·N·K each) by `algorithm` that move `bytes`; nothing where bandwidth
/// or peak are not published.
inline std::optional<double> product_seconds(const DeviceModel& device, const DotAlgorithm& algorithm, double flops,
                                             double bytes) {
  const auto transfer = transfer_seconds(device, bytes);
  const double peak = peak_flops(device, algorithm);
  if (!transfer || peak <= 0) return std::nullopt;
  return std::max(*transfer, flops / peak);
}

}  // namespace halfway::emu
