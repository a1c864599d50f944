#include "halfway/tensor/memory.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>

#include "halfway/errors.hpp"
#include "tensor/memory_account.hpp"

namespace halfway {
namespace detail {
namespace {

thread_local std::optional<Placement> scoped_placement;

std::int64_t own_limit(const emu::DeviceModel& device) {
  return device.memory_bytes > 0 ? device.memory_bytes : MemoryAccount::unlimited;
}

/// Never destroyed: tensors in static storage may be released after every other static.
MemoryAccount& account_of(const emu::DeviceModel& device) {
  static auto& accounts = *new std::map<const emu::DeviceModel*, std::unique_ptr<MemoryAccount>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::unique_ptr<MemoryAccount>& account = accounts[&device];
  if (!account) account = std::make_unique<MemoryAccount>(std::string(device.name), own_limit(device));
  return *account;
}

}  // namespace

void MemoryAccount::charge(std::int64_t bytes) {
  std::int64_t current = current_, after = 0;
  do {
    const std::int64_t limit = limit_;
    if (bytes > limit - current)
      throw OutOfMemoryError("Tensor", "received a request for " + bytes_text(bytes) + " on device " + device_ +
                                           ", where " + bytes_text(current) + " of " + bytes_text(limit) +
                                           " are in use; take a smaller batch or a mixed policy, whose 16-bit tensors "
                                           "take half the memory, or set_memory_limit()");
    after = current + bytes;
  } while (!current_.compare_exchange_weak(current, after));
  std::int64_t peak = peak_;
  while (peak < after && !peak_.compare_exchange_weak(peak, after)) {
  }
}

Placement current_placement() {
  if (scoped_placement) return *scoped_placement;
  thread_local const emu::DeviceModel* last = nullptr;  // the same one again and again: no lock
  thread_local MemoryAccount* account = nullptr;
  const emu::DeviceModel* const now = &current_device().model();
  if (now != last) account = &account_of(*now), last = now;
  return {&backend::cpu(), account};
}

PlacementScope::PlacementScope(const Placement& placement) : outer_(scoped_placement) { scoped_placement = placement; }
PlacementScope::~PlacementScope() { scoped_placement = outer_; }

std::string bytes_text(std::int64_t bytes) {
  constexpr const char* units[]{"bytes", "KiB", "MiB", "GiB", "TiB"};
  int unit = 0;
  auto amount = static_cast<double>(bytes);
  for (; amount >= 1024 && unit < 4; ++unit) amount /= 1024;
  char text[48];
  std::snprintf(text, sizeof text, amount == std::floor(amount) ? "%.0f %s" : "%.1f %s", amount, units[unit]);
  return text;
}

}  // namespace detail

MemoryInfo memory_info(const Device& device) {
  const detail::MemoryAccount& account = detail::account_of(device.model());
  MemoryInfo info{account.current(), account.peak(), account.limit()};
  if (info.limit == detail::MemoryAccount::unlimited) info.limit.reset();
  return info;
}

void reset_memory_stats(const Device& device) { detail::account_of(device.model()).reset_peak(); }

void set_memory_limit(const Device& device, std::optional<std::int64_t> bytes) {
  if (bytes && *bytes < 0)
    throw ValueError("set_memory_limit", "received " + std::to_string(*bytes) + " bytes; it takes 0 or more");
  detail::account_of(device.model()).set_limit(bytes ? *bytes : detail::own_limit(device.model()));
}

}  // namespace halfway
