#include "halfway/nn/policy.hpp"

#include <mutex>
#include <ostream>
#include <utility>

#include "halfway/log.hpp"
#include "nn/compatibility.hpp"
#include "nn/python_float.hpp"

namespace halfway {
namespace {

std::mutex default_mutex;
Policy default_policy = DType::float32;
thread_local std::optional<Policy> scoped_policy;

void check_floating(std::string_view operation, const Policy& policy) {
  if (!has_arithmetic(policy.compute_dtype()))
    throw ValueError(operation,
                     "can only be used to set the global policy to floating-point policies, such as "
                     "\"float32\" and \"mixed_float16\", but got policy: " +
                         policy.name());
}

}  // namespace

Policy Policy::parse(std::string_view name) {
  if (const auto policy = find(name)) return *policy;
  std::string known = "mixed_float16, mixed_bfloat16";
  for (const auto& dtype : detail::dtype_table) known += ", " + std::string(dtype.name);
  throw ValueError("Policy", "Cannot convert value " + std::string(name) +
                                 " to a mixed precision Policy. Valid policies are: " + known);
}

Policy Policy::with_loss_scale(std::optional<LossScale> scale) const {
  if (scale && compute_ != DType::float16)
    log(LogLevel::warning,
        "Creating a Policy with a loss scale is only useful for float16 policies. You passed loss_scale=" +
            (scale->dynamic() ? to_string(*scale) : detail::python_float(scale->value())) + " for policy " + name() +
            ". Consider not passing any loss_scale instead.");
  return {compute_, variable_, scale};
}

std::string Policy::name() const {
  const std::string compute(halfway::name(compute_));
  return compute_ == variable_ ? compute : "mixed_" + compute;
}

std::ostream& operator<<(std::ostream& out, const Policy& policy) {
  out << "<Policy \"" << policy.name() << "\", loss_scale=";
  return policy.loss_scale() ? out << *policy.loss_scale() << '>' : out << "None>";
}

Policy global_policy() {
  if (scoped_policy) return *scoped_policy;
  const std::lock_guard lock(default_mutex);
  return default_policy;
}

void set_policy(const Policy& policy) {
  check_floating("set_policy", policy);
  detail::check_compatibility(policy);
  const std::lock_guard lock(default_mutex);
  default_policy = policy;
}

PolicyScope::PolicyScope(const Policy& policy) {
  check_floating("PolicyScope", policy);
  detail::check_compatibility(policy);
  outer_ = std::exchange(scoped_policy, policy);
}
PolicyScope::~PolicyScope() { scoped_policy = outer_; }

}  // namespace halfway
