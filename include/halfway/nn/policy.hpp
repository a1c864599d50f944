// Dtype policies: the dtype that a layer computes in, the dtype of its variables, and the recipe of a loss scale.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "halfway/formats/dtype.hpp"
#include "halfway/nn/loss_scale.hpp"

namespace halfway {

namespace detail {
/// Never defined, never constexpr: a misspelt policy literal is a compile error that names this function.
void unknown_policy_name_see_halfway_Policy();
}  // namespace detail

/// A dtype policy, a value. "mixed_float16" and "mixed_bfloat16" compute in 16 bits and keep float32 variables;
/// "mixed_float16" alone carries a DynamicLossScale; the name of a dtype means that dtype for both.
class Policy {
 public:
  /// A literal, checked while compiling; run-time text goes through parse().
#if defined(__clang__) && __clang_major__ < 19
  // Clang up to 16 (17 and 18 are untried) loses members that a consteval constructor initialises: there a wrong
  // literal throws where it is used.
  constexpr Policy(const char* literal)  // NOLINT(google-explicit-constructor)
      : Policy(find(literal) ? *find(literal) : parse(literal)) {}
#else
  consteval Policy(const char* literal) : Policy(checked(literal)) {}  // NOLINT(google-explicit-constructor)
#endif
  constexpr Policy(DType dtype) : compute_(dtype), variable_(dtype) {}  // NOLINT(google-explicit-constructor)
  /// Throws ValueError ("Cannot convert value … to a mixed precision Policy") and lists what there is.
  static Policy parse(std::string_view name);

  constexpr DType compute_dtype() const { return compute_; }
  constexpr DType variable_dtype() const { return variable_; }
  /// The recipe. A compiled model's optimizer owns the live state.
  constexpr const std::optional<LossScale>& loss_scale() const { return loss_scale_; }
  /// The same policy with another loss scale, or none. Logs Keras' warning where a scale is of no use.
  [[nodiscard]] Policy with_loss_scale(std::optional<LossScale> scale) const;
  std::string name() const;
  friend constexpr bool operator==(const Policy&, const Policy&) = default;

 private:
  constexpr Policy(DType compute, DType variable, std::optional<LossScale> scale)
      : compute_(compute), variable_(variable), loss_scale_(scale) {}
  static constexpr std::optional<Policy> find(std::string_view name) {
    if (name == "mixed_float16") return Policy(DType::float16, DType::float32, LossScale(DynamicLossScale()));
    if (name == "mixed_bfloat16") return Policy(DType::bfloat16, DType::float32, std::nullopt);
    if (const auto dtype = find_dtype(name)) return Policy(*dtype);
    return std::nullopt;
  }
  static constexpr Policy checked(std::string_view name) {
    const auto policy = find(name);
    if (!policy) detail::unknown_policy_name_see_halfway_Policy();
    return *policy;
  }

  DType compute_, variable_;
  std::optional<LossScale> loss_scale_;
};

/// `<Policy "mixed_float16", loss_scale=DynamicLossScale(…)>`
std::ostream& operator<<(std::ostream& out, const Policy& policy);

/// What layers get that are given no dtype: the innermost PolicyScope's of this thread, else what set_policy said, else
/// float32. A layer keeps the policy of its construction.
Policy global_policy();
/// Throws ValueError for a policy that is not floating-point. Logs the device compatibility check for "mixed_float16".
void set_policy(const Policy& policy);

/// `policy` is the global policy of this thread while the scope lives.
class [[nodiscard]] PolicyScope {
 public:
  [[nodiscard]] explicit PolicyScope(const Policy& policy);
  ~PolicyScope();
  PolicyScope(const PolicyScope&) = delete;
  PolicyScope& operator=(const PolicyScope&) = delete;

 private:
  std::optional<Policy> outer_;
};

}  // namespace halfway
