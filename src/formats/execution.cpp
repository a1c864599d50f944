// Highway's targets under their names. (Threads stand in parallel.cpp.)
#include "halfway/execution.hpp"

#include <hwy/highway.h>

#include <atomic>

#include "formats/native_units.hpp"
#include "halfway/errors.hpp"

namespace halfway {

namespace {
std::atomic<bool> native_units_chosen{true};
}  // namespace

namespace detail {
bool target_has_native_units() { return native_units_chosen; }
}  // namespace detail

namespace execution {

namespace {
// What the machine runs, whatever use_target() has chosen; the lowest bit is the best target.
std::int64_t available() {
  static const std::int64_t found = hwy::SupportedTargets() & HWY_TARGETS;
  return found;
}
std::int64_t lowest_bit(std::int64_t bits) { return bits & -bits; }
/// The best target's name and those of the machine's own units; empty without any.
std::string best_with_units() {
  const std::string units =
      std::string(detail::has_avx512_bf16() ? "+BF16" : "") + (detail::has_amx_bf16() ? "+AMX" : "");
  return units.empty() ? units : hwy::TargetName(lowest_bit(available())) + units;
}
}  // namespace

std::vector<std::string> targets() {
  std::vector<std::string> names;
  if (const std::string best = best_with_units(); !best.empty()) names.push_back(best);
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    names.emplace_back(hwy::TargetName(lowest_bit(rest)));
  return names;
}

std::string target() {
  available();  // before any choice is made
  if (std::string best = best_with_units(); native_units_chosen && !best.empty()) return best;
  return hwy::TargetName(lowest_bit(hwy::SupportedTargets() & HWY_TARGETS));
}

void use_target(std::string_view name) {
  std::int64_t chosen = 0;  // none: Highway's own choice
  const bool best = name.empty() || name == best_with_units();
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    if (name == hwy::TargetName(lowest_bit(rest))) chosen = lowest_bit(rest);
  if (chosen == 0 && !best) {
    std::string known;
    for (const std::string& each : targets()) known += (known.empty() ? "" : ", ") + each;
    throw ValueError("execution::use_target", "target \"" + std::string(name) +
                                                  "\" is not in this build or not on this machine; use one of " +
                                                  known + ", or \"\" for the best");
  }
  native_units_chosen = best;
  hwy::SetSupportedTargetsForTest(chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace execution
}  // namespace halfway
