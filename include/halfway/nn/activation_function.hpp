// Activation functions with their names.
#pragma once
#include <string>
#include <string_view>

#include "halfway/ops/activations.hpp"

namespace halfway {

/// A function of one tensor and its name, so that summaries can say it.
class ActivationFunction {
 public:
  using Function = Tensor (*)(const Tensor&);

  /// relu, softmax or linear by the function itself.
  ActivationFunction(Function function);  // NOLINT(google-explicit-constructor): {.activation = relu}
  /// By name; throws ValueError and lists what there is.
  ActivationFunction(std::string_view name);  // NOLINT(google-explicit-constructor): {.activation = "relu"}
  ActivationFunction(const char* name)        // NOLINT(google-explicit-constructor)
      : ActivationFunction(std::string_view(name)) {}
  /// One of your own.
  ActivationFunction(std::string name, Function function) : name_(std::move(name)), function_(function) {}

  const std::string& name() const { return name_; }
  Tensor operator()(const Tensor& x) const { return function_(x); }

 private:
  std::string name_;
  Function function_;
};

}  // namespace halfway
