// AMX: its instructions, and whether this process may use them.
#include "emu/tile_unit.hpp"
#include "halfway/emu/matrix_units.hpp"
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace halfway::emu::detail {

#if defined(__x86_64__)
namespace {

/// As assembly: compilers' intrinsics want tile numbers as digits, and g++ 12's do not say that they read memory.
struct AmxTiles {
  static void begin() {
    struct alignas(64) Config {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t line_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t lines[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    };
    static constexpr Config all_of_eight;
    static_assert(sizeof all_of_eight == 64);
    asm volatile("ldtilecfg %0" : : "m"(all_of_eight));
  }
  static void end() { asm volatile("tilerelease"); }
  template <int kTile>
  static void zero() {
    asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
  }
  template <int kTile>
  static void load(const void* from, std::int64_t stride) {
    asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(from), "r"(stride), "i"(kTile) : "memory");
  }
  template <int kTile>
  static void store(void* to, std::int64_t stride) {
    asm volatile("tilestored %%tmm%c2, (%0,%1,1)" : : "r"(to), "r"(stride), "i"(kTile) : "memory");
  }
  template <int kSums, int kA, int kB>
  static void multiply_add() {
    asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kSums), "i"(kA), "i"(kB));
  }
};
constexpr TileUnit unit = tile_unit_of<AmxTiles>(tdpbf16ps);

}  // namespace

const TileUnit* amx_unit() { return &unit; }
#else
const TileUnit* amx_unit() { return nullptr; }
#endif

#if defined(__x86_64__) && defined(__linux__)
bool may_use_amx() {                                           // tiles are 8 KiB more for the system to save
  constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}
#else
bool may_use_amx() { return false; }
#endif

}  // namespace halfway::emu::detail
