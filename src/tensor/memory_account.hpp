// Where tensors are put, and who has taken how much of a device's memory.
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "backend/backend.hpp"

namespace halfway::detail {

/// Of one device. Any thread may charge it.
class MemoryAccount {
 public:
  static constexpr std::int64_t unlimited = INT64_MAX;

  MemoryAccount(std::string device, std::int64_t limit) : device_(std::move(device)), limit_(limit) {}

  /// Takes `bytes`, or throws OutOfMemoryError and takes nothing.
  void charge(std::int64_t bytes);
  void release(std::int64_t bytes) noexcept { current_ -= bytes; }

  std::int64_t current() const { return current_; }
  std::int64_t peak() const { return peak_; }
  std::int64_t limit() const { return limit_; }
  void reset_peak() { peak_ = current_.load(); }
  void set_limit(std::int64_t bytes) { limit_ = bytes; }

 private:
  std::string device_;
  std::atomic<std::int64_t> limit_, current_ = 0, peak_ = 0;
};

/// Where new tensors go.
struct Placement {
  const backend::Backend* backend;
  MemoryAccount* account;
};
/// Of this thread: host memory, charged to the current device, or what a PlacementScope says.
Placement current_placement();

/// While it lives, what this thread makes goes there.
class PlacementScope {
 public:
  explicit PlacementScope(const Placement& placement);
  ~PlacementScope();
  PlacementScope(const PlacementScope&) = delete;
  PlacementScope& operator=(const PlacementScope&) = delete;

 private:
  std::optional<Placement> outer_;
};

/// Bytes that are charged for as long as it lives.
class MemoryCharge {
 public:
  MemoryCharge(MemoryAccount& account, std::int64_t bytes) : account_(&account), bytes_(bytes) {
    account.charge(bytes);
  }
  ~MemoryCharge() { account_->release(bytes_); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

 private:
  MemoryAccount* account_;
  std::int64_t bytes_;
};

/// 1610612736 as "1.5 GiB".
std::string bytes_text(std::int64_t bytes);

}  // namespace halfway::detail
