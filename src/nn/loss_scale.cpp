#include "halfway/nn/loss_scale.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ostream>

#include "nn/python_float.hpp"

namespace halfway {
namespace {

using detail::python_float;

std::string describe(const FixedLossScale& scale) {
  return fmt::format("FixedLossScale({})", python_float(scale.value()));
}
std::string describe(const DynamicLossScale& scale) {
  const DynamicLossScaleOptions& options = scale.options();
  return fmt::format(
      "DynamicLossScale(current_loss_scale={}, num_good_steps={}, initial_loss_scale={}, increment_period={}, "
      "multiplier={})",
      python_float(scale.value()), scale.num_good_steps(), python_float(options.initial_loss_scale),
      options.increment_period, python_float(options.multiplier));
}

}  // namespace

LossScale LossScale::parse(std::string_view text) {
  if (text == "dynamic") return DynamicLossScale();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw ValueError("LossScale", "Could not interpret loss scale identifier: " + std::string(text) +
                                      "; give \"dynamic\" or a number of at least 1");
  return value;
}

std::string to_string(const LossScale& scale) {
  if (const DynamicLossScale* dynamic = scale.dynamic()) return describe(*dynamic);
  return describe(FixedLossScale(scale.value()));
}

std::ostream& operator<<(std::ostream& out, const LossScale& scale) { return out << to_string(scale); }

}  // namespace halfway
