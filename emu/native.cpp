// Which of the machine's own units computes which model.
#include "halfway/emu/native.hpp"

#include <atomic>
#include <mutex>

#include "emu/tile_unit.hpp"
#include "formats/native_units.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/execution.hpp"

namespace halfway::emu {
namespace detail {
namespace {

/// A unit of some processors, and what is known of it on this one.
struct NativeUnit {
  const DotModel& model;
  const char *instruction, *feature;
  const TileUnit* tiles;
  bool present;
  bool (*may_be_used)();
  std::atomic<const TileUnit*> replacement = nullptr;

  struct Examination {
    bool permitted = false;
    TileCheck check{};
    bool passed() const { return permitted && check.wrong == 0; }
  };
  std::once_flag examined = {};
  Examination examination = {};

  /// The operating system's leave and the comparison with the model, once, when they are first wanted.
  const Examination& examine() {
    std::call_once(examined, [this] {
      examination.permitted = may_be_used();
      if (examination.permitted) examination.check = check_tiles(*tiles);
    });
    return examination;
  }
};

/// Whether both say the same of every bit.
bool same_bits(const DotModel& x, const DotModel& y) {
  return x.kind == y.kind && x.lanes == y.lanes && x.instruction == y.instruction &&
         (x.block == 0 || x.block == x.instruction) && x.order == y.order && x.addend == y.addend && x.pass == 0 &&
         x.inputs == y.inputs && x.results == y.results && x.flush_to_plus_zero == y.flush_to_plus_zero &&
         x.round_products == y.round_products && x.rounding == y.rounding && x.addend_rounding == y.addend_rounding &&
         x.result == y.result && x.nan == y.nan;
}

NativeUnit* native_unit(const DotModel& model) {
  using namespace halfway::detail;
  static NativeUnit units[]{
      {vdpbf16ps, "VDPBF16PS", "AVX512-BF16", vdpbf16ps_unit(), has_avx512_bf16(), [] { return true; }},
      {tdpbf16ps, "TDPBF16PS", "AMX-BF16", amx_unit(), has_amx_bf16(), &may_use_amx}};
  for (NativeUnit& unit : units)
    if (same_bits(model, unit.model)) return &unit;
  return nullptr;
}

}  // namespace

const TileUnit* tile_unit_for(const DotModel& model) {
  NativeUnit* const native = native_unit(model);
  if (native == nullptr) return nullptr;
  if (const TileUnit* const other = native->replacement) return other;
  const bool chosen = native->present && halfway::detail::target_has_native_units();
  return chosen && native->examine().passed() ? native->tiles : nullptr;
}

void replace_tile_unit(const TileUnit& unit) { native_unit(unit.model)->replacement = &unit; }
void restore_tile_unit(const DotModel& model) { native_unit(model)->replacement = nullptr; }

}  // namespace detail

std::string computed_by(const DotModel& unit) {
  detail::NativeUnit* const native = detail::native_unit(unit);
  if (native == nullptr) return "emulation";
  std::string instruction = native->instruction;
  const std::string feature = native->feature;
  if (native->replacement != nullptr) return "what a test put in the place of " + instruction;
  const auto because = [](const std::string& reason) { return "emulation (" + reason + ")"; };
  if (!native->present) return because("this CPU has no " + feature);
  if (!halfway::detail::target_has_native_units())
    return because("target " + execution::target() + " leaves " + feature + " out");
  const auto& examined = native->examine();
  if (examined.passed()) return instruction;
  if (!examined.permitted) return because("the operating system refuses " + feature + " to this process");
  return because("this CPU's " + instruction + " differs from the model in " + std::to_string(examined.check.wrong) +
                 " of " + std::to_string(examined.check.results) + " results");
}

}  // namespace halfway::emu
