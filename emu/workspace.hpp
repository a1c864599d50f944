// Memory that a thread keeps from call to call.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>

#include <hwy/aligned_allocator.h>

namespace halfway::emu::detail {

/// Aligned bytes that grow as needed and stay: a product allocates nothing once its sizes have been seen.
class Workspace {
 public:
  std::byte* reserve(std::int64_t bytes) {
    if (bytes > size_) {
      size_ = 0, memory_.reset();
      memory_ = hwy::AllocateAligned<std::byte>(static_cast<std::size_t>(bytes));
      if (!memory_) throw std::bad_alloc();
      size_ = bytes;
    }
    return memory_.get();
  }

 private:
  hwy::AlignedFreeUniquePtr<std::byte[]> memory_;
  std::int64_t size_ = 0;
};

}  // namespace halfway::emu::detail
