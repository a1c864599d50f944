// The fastest that memory allows: loops that move as many bytes as a kernel, for the target in use.
#pragma once
#include <cstddef>
#include <cstdint>

namespace halfway::bench {

/// Reads 2·written bytes, writes `written`: as float32 to a 16-bit format, or 16-bit x + y, do.
void move_halving(const void* in, void* out, std::size_t written);
/// Reads `read` bytes, writes twice as many: as a 16-bit format to float32 does.
void move_doubling(const void* in, void* out, std::size_t read);

}  // namespace halfway::bench
