// Loss scales: a fixed one, and the dynamic one as a pure state machine.
#pragma once
#include <iosfwd>
#include <limits>
#include <string>
#include <variant>

#include "halfway/errors.hpp"

namespace halfway {

/// The same scale for ever.
class FixedLossScale {
 public:
  /// Throws ValueError unless value ≥ 1.
  explicit constexpr FixedLossScale(double value) : value_(value) {
    if (value < 1)
      throw ValueError("FixedLossScale", "loss_scale_value must be at least 1. Got: " + std::to_string(value));
  }
  constexpr double value() const { return value_; }
  friend constexpr bool operator==(const FixedLossScale&, const FixedLossScale&) = default;

 private:
  double value_;
};

/// Parameters of a DynamicLossScale; Keras' defaults. The bounds are Halfway's (Keras: floor 1, cap float32's largest).
struct DynamicLossScaleOptions {
  double initial_loss_scale = 32768.0;
  int increment_period = 2000;  ///< finite steps in a row after which the scale grows
  double multiplier = 2.0;      ///< it grows and shrinks by this factor
  double min_scale = 1.0;
  double max_scale = std::numeric_limits<float>::max();
  friend constexpr bool operator==(const DynamicLossScaleOptions&, const DynamicLossScaleOptions&) = default;
};

/// A scale that grows while gradients stay finite and shrinks when they do not (TensorFlow 2.1's rule). A plain value:
/// `next` gives the state after a step, an optimizer stores it.
class DynamicLossScale {
 public:
  constexpr DynamicLossScale(DynamicLossScaleOptions options = {})  // NOLINT(google-explicit-constructor): as a default
      : options_(options), current_(options.initial_loss_scale) {}

  constexpr double value() const { return current_; }
  constexpr int num_good_steps() const { return good_steps_; }
  constexpr const DynamicLossScaleOptions& options() const { return options_; }

  /// Not finite: divided by the multiplier, at least min_scale, count 0. Finite: after increment_period steps
  /// multiplied, unless that would pass max_scale (then it stays), count 0; otherwise one more counted.
  [[nodiscard]] constexpr DynamicLossScale next(bool gradients_finite) const {
    DynamicLossScale after = *this;
    if (!gradients_finite) {
      after.good_steps_ = 0;
      const double smaller = current_ / options_.multiplier;
      after.current_ = smaller > options_.min_scale ? smaller : options_.min_scale;
    } else if (good_steps_ + 1 >= options_.increment_period) {
      after.good_steps_ = 0;
      const double larger = current_ * options_.multiplier;
      if (larger <= options_.max_scale) after.current_ = larger;
    } else {
      ++after.good_steps_;
    }
    return after;
  }
  friend constexpr bool operator==(const DynamicLossScale&, const DynamicLossScale&) = default;

 private:
  DynamicLossScaleOptions options_;
  double current_;
  int good_steps_ = 0;
};

/// Either of them.
class LossScale {
 public:
  constexpr LossScale(double fixed) : state_(FixedLossScale(fixed)) {}  // NOLINT(google-explicit-constructor): as Keras
  constexpr LossScale(FixedLossScale scale) : state_(scale) {}          // NOLINT(google-explicit-constructor)
  constexpr LossScale(DynamicLossScale scale) : state_(scale) {}        // NOLINT(google-explicit-constructor)
  /// "dynamic", or a number ("1024"); throws ValueError for anything else.
  static LossScale parse(std::string_view text);

  constexpr double value() const {
    return std::visit([](const auto& scale) { return scale.value(); }, state_);
  }
  constexpr const DynamicLossScale* dynamic() const { return std::get_if<DynamicLossScale>(&state_); }
  /// The scale after a step: a dynamic one's `next`, a fixed one itself.
  [[nodiscard]] constexpr LossScale next(bool gradients_finite) const {
    return dynamic() ? LossScale(dynamic()->next(gradients_finite)) : *this;
  }
  friend constexpr bool operator==(const LossScale&, const LossScale&) = default;

 private:
  std::variant<FixedLossScale, DynamicLossScale> state_;
};

/// "FixedLossScale(1024.0)", "DynamicLossScale(current_loss_scale=32768.0, num_good_steps=30, …)": Keras' lines.
std::string to_string(const LossScale& scale);
std::ostream& operator<<(std::ostream& out, const LossScale& scale);

}  // namespace halfway
