// Highway's targets under their names. (Threads stand in parallel.cpp.)
#include "halfway/execution.hpp"

#include <hwy/highway.h>

#include <atomic>

#include "formats/amx.hpp"
#include "halfway/errors.hpp"

namespace halfway {

namespace {
std::atomic<bool> tiles_chosen{true};
}  // namespace

namespace detail {
bool target_has_amx() { return has_amx_bf16() && tiles_chosen; }
}  // namespace detail

namespace execution {

namespace {
constexpr const char* with_tiles = "+AMX";
// What the machine runs, whatever use_target() has chosen; the lowest bit is the best target.
std::int64_t available() {
  static const std::int64_t found = hwy::SupportedTargets() & HWY_TARGETS;
  return found;
}
std::int64_t lowest_bit(std::int64_t bits) { return bits & -bits; }
/// The best target's name where the machine has tiles, and theirs; else none.
std::string best_with_tiles() {
  return detail::has_amx_bf16() ? std::string(hwy::TargetName(lowest_bit(available()))) + with_tiles : std::string();
}
}  // namespace

std::vector<std::string> targets() {
  std::vector<std::string> names;
  if (detail::has_amx_bf16()) names.push_back(best_with_tiles());
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    names.emplace_back(hwy::TargetName(lowest_bit(rest)));
  return names;
}

std::string target() {
  available();  // before any choice is made
  if (detail::target_has_amx()) return best_with_tiles();
  return hwy::TargetName(lowest_bit(hwy::SupportedTargets() & HWY_TARGETS));
}

void use_target(std::string_view name) {
  std::int64_t chosen = 0;  // none: Highway's own choice
  const bool best = name.empty() || name == best_with_tiles();
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    if (name == hwy::TargetName(lowest_bit(rest))) chosen = lowest_bit(rest);
  if (chosen == 0 && !best) {
    std::string known;
    for (const std::string& each : targets()) known += (known.empty() ? "" : ", ") + each;
    throw ValueError("execution::use_target", "target \"" + std::string(name) +
                                                  "\" is not in this build or not on this machine; use one of " +
                                                  known + ", or \"\" for the best");
  }
  tiles_chosen = best;
  hwy::SetSupportedTargetsForTest(chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace execution
}  // namespace halfway
