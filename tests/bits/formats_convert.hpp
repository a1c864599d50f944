// What the tests of bulk conversion share.
#pragma once
#include <cstring>
#include <vector>

#include "halfway/execution.hpp"
#include "halfway/formats/convert.hpp"

/// Threads, threshold and target are as before when it ends.
class ExecutionGuard {
 public:
  ExecutionGuard() = default;
  ExecutionGuard(const ExecutionGuard&) = delete;
  ExecutionGuard& operator=(const ExecutionGuard&) = delete;
  ~ExecutionGuard() {
    halfway::execution::set_threads(threads_);
    halfway::execution::set_threading_threshold(threshold_);
    halfway::execution::use_target("");
  }

 private:
  int threads_ = halfway::execution::threads();
  std::int64_t threshold_ = halfway::execution::threading_threshold();
};

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}
