#include "backend/cpu/pool.hpp"

#include <bit>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace halfway::backend::host {
namespace {

constexpr std::size_t alignment = 64;
/// Buffers that the pool keeps at most; beyond that memory goes back to the system.
constexpr std::size_t kept_bytes_limit = std::size_t{2} << 30;

/// Four sizes per power of two: at most a quarter is wasted, and the tensors of one training step meet again.
std::size_t size_class(std::size_t bytes) {
  if (bytes <= alignment) return alignment;
  const std::size_t step = std::bit_floor(bytes) / 4 < alignment ? alignment : std::bit_floor(bytes) / 4;
  return (bytes + step - 1) / step * step;
}

void free_buffer(void* buffer) noexcept { ::operator delete (buffer, std::align_val_t{alignment}); }

class Pool {
 public:
  void* allocate(std::size_t bytes) {
    const std::size_t size = size_class(bytes);
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = free_.find(size); found != free_.end() && !found->second.empty()) {
        void* buffer = found->second.back();
        found->second.pop_back();
        kept_bytes_ -= size;
        return buffer;
      }
    }
    return ::operator new (size, std::align_val_t{alignment});
  }
  void release(void* buffer, std::size_t bytes) noexcept {
    const std::size_t size = size_class(bytes);
    try {
      const std::lock_guard lock(mutex_);
      if (kept_bytes_ + size <= kept_bytes_limit) {
        free_[size].push_back(buffer);
        kept_bytes_ += size;
        return;
      }
    } catch (const std::bad_alloc&) {  // no room to remember it: give it back instead
    }
    free_buffer(buffer);
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, std::vector<void*>> free_;
  std::size_t kept_bytes_ = 0;
};

/// Never destroyed: tensors in static storage may be released after every other static.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

void* allocate(std::size_t bytes) { return pool().allocate(bytes); }
void release(void* buffer, std::size_t bytes) noexcept { pool().release(buffer, bytes); }

}  // namespace halfway::backend::host
