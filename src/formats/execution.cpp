// Highway's targets under their names. (Threads stand in parallel.cpp.)
#include "halfway/execution.hpp"

#include <hwy/highway.h>

#include "halfway/errors.hpp"

namespace halfway::execution {

namespace {
// What the machine runs, whatever use_target() has chosen; the lowest bit is the best target.
std::int64_t available() {
  static const std::int64_t found = hwy::SupportedTargets() & HWY_TARGETS;
  return found;
}
std::int64_t lowest_bit(std::int64_t bits) { return bits & -bits; }
}  // namespace

std::vector<std::string> targets() {
  std::vector<std::string> names;
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    names.emplace_back(hwy::TargetName(lowest_bit(rest)));
  return names;
}

std::string target() {
  available();  // before any choice is made
  return hwy::TargetName(lowest_bit(hwy::SupportedTargets() & HWY_TARGETS));
}

void use_target(std::string_view name) {
  std::int64_t chosen = 0;  // none: Highway's own choice
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1)
    if (name == hwy::TargetName(lowest_bit(rest))) chosen = lowest_bit(rest);
  if (chosen == 0 && !name.empty()) {
    std::string known;
    for (const std::string& each : targets()) known += (known.empty() ? "" : ", ") + each;
    throw ValueError("execution::use_target", "target \"" + std::string(name) +
                                                  "\" is not in this build or not on this machine; use one of " +
                                                  known + ", or \"\" for the best");
  }
  hwy::SetSupportedTargetsForTest(chosen);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace halfway::execution
