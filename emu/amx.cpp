// AMX: the instructions, whether they may be used, and what is said of it.
#include "formats/amx.hpp"

#include <atomic>

#include "emu/amx.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/native.hpp"
#include "halfway/execution.hpp"
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace halfway::emu {
namespace detail {
namespace {

#if defined(__x86_64__)
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
constexpr TileUnit amx = tile_unit_of<AmxTiles>();
#endif

/// Tile registers are 8 KiB more for the system to save: Linux gives them to processes that ask.
bool permitted() {
#if defined(__x86_64__) && defined(__linux__)
  constexpr long request_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

/// What AMX is good for on a machine that has it.
struct Examined {
  bool permitted = detail::permitted();
  TileCheck check = permitted ? check_tiles(*amx_tiles()) : TileCheck{};
};
const Examined& examined() {
  static const Examined found;
  return found;
}

/// Whether every bit of the model is that of tdpbf16ps.
bool is_tdpbf16ps(const DotModel& x) {
  const DotModel& y = tdpbf16ps;
  return x.kind == y.kind && x.lanes == y.lanes && x.instruction == y.instruction &&
         (x.block == 0 || x.block == x.instruction) && x.order == y.order && x.addend == y.addend && x.pass == 0 &&
         x.inputs == y.inputs && x.results == y.results && x.flush_to_plus_zero == y.flush_to_plus_zero &&
         x.round_products == y.round_products && x.rounding == y.rounding && x.addend_rounding == y.addend_rounding &&
         x.result == y.result && x.nan == y.nan;
}

std::atomic<const TileUnit*> replacement{nullptr};

}  // namespace

const TileUnit* amx_tiles() {
#if defined(__x86_64__)
  return &amx;
#else
  return nullptr;
#endif
}

const TileUnit* tile_unit_for(const DotModel& model) {
  if (!is_tdpbf16ps(model)) return nullptr;
  if (const TileUnit* const other = replacement) return other;
  const bool usable = halfway::detail::target_has_amx() && examined().permitted && examined().check.wrong == 0;
  return usable ? amx_tiles() : nullptr;
}

void replace_tile_unit(const TileUnit* unit) { replacement = unit; }

}  // namespace detail

std::string computed_by(const DotModel& unit) {
  if (!detail::is_tdpbf16ps(unit)) return "emulation";
  if (detail::replacement != nullptr) return "what a test put in the place of TDPBF16PS";
  if (detail::tile_unit_for(unit) != nullptr) return "TDPBF16PS";
  const auto because = [](const std::string& reason) { return "emulation (" + reason + ")"; };
  if (!halfway::detail::has_amx_bf16()) return because("this CPU has no AMX-BF16");
  if (!halfway::detail::target_has_amx()) return because("target " + execution::target() + " leaves AMX out");
  if (!detail::examined().permitted) return because("the operating system refuses AMX to this process");
  const detail::TileCheck& check = detail::examined().check;
  return because("this CPU's TDPBF16PS differs from the model in " + std::to_string(check.wrong) + " of " +
                 std::to_string(check.results) + " results");
}

}  // namespace halfway::emu
