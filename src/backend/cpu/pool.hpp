// The pooling allocator of host memory: what is released serves the next request of its size class.
#pragma once
#include <cstddef>

namespace halfway::backend::host {

void* allocate(std::size_t bytes);
void release(void* buffer, std::size_t bytes) noexcept;

}  // namespace halfway::backend::host
