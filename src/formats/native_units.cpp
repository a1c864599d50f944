#include "formats/native_units.hpp"

#include <cstdint>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace halfway::detail {

#if defined(__x86_64__)
namespace {

/// The parts of the registers that the operating system saves: XCR0. Needs OSXSAVE.
std::uint64_t saved_parts() {
  std::uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

bool ask_for_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 27 & 1) == 0) return false;  // OSXSAVE
  constexpr std::uint64_t tile_config_and_data = 3 << 17;
  if ((saved_parts() & tile_config_and_data) != tile_config_and_data) return false;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (d >> 24 & 1) != 0 && (d >> 22 & 1) != 0;  // AMX-TILE, AMX-BF16
}

}  // namespace

bool has_avx512_bf16() { return __builtin_cpu_supports("avx512bf16") != 0; }
bool has_amx_bf16() {
  static const bool found = ask_for_amx();
  return found;
}
#else
bool has_avx512_bf16() { return false; }
bool has_amx_bf16() { return false; }
#endif

}  // namespace halfway::detail
