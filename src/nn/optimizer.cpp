#include "halfway/nn/optimizer.hpp"

#include <fmt/format.h>

#include <vector>

#include "halfway/errors.hpp"
#include "halfway/ops/elementwise.hpp"
#include "nn/optimizer_impl.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway {
namespace {

/// A tensor of state per variable, zeros at first. Looked up by handle: models have tens of variables.
class Slots {
 public:
  Tensor& of(const Variable& variable) {
    for (auto& [known, value] : slots_)
      if (known == variable) return value;
    return slots_.emplace_back(variable, zeros(variable.shape(), variable.dtype())).second;
  }

 private:
  std::vector<std::pair<Variable, Tensor>> slots_;
};

/// An optimizer that treats each variable by itself.
class PerVariable : public detail::OptimizerImpl {
 public:
  explicit PerVariable(double learning_rate) : learning_rate_(learning_rate) {}

  Step apply(const Gradients& gradients) final {
    for (const auto& [variable, value] : gradients) check(variable, value);
    for (const auto& [variable, value] : gradients)
      if (value.defined()) update(variable, value);
    for (const auto& [variable, value] : gradients.updates()) variable.assign(value);
    ++iterations_;
    return Step::applied;
  }
  std::int64_t iterations() const final { return iterations_; }
  double learning_rate() const final { return learning_rate_; }
  void set_learning_rate(double rate) final { learning_rate_ = rate; }

 protected:
  virtual void update(const Variable& variable, const Tensor& gradient) = 0;

 private:
  static void check(const Variable& variable, const Tensor& gradient) {
    if (!gradient.defined()) return;
    if (gradient.dtype() != variable.dtype())
      throw DTypeError("Optimizer::apply_gradients",
                       "received a gradient of dtype " + std::string(name(gradient.dtype())) + " for the variable " +
                           variable.name() + " of dtype " + std::string(name(variable.dtype())) + "; cast() it first");
    if (gradient.shape() != variable.shape())
      throw ShapeError("Optimizer::apply_gradients", "received a gradient of shape " + to_string(gradient.shape()) +
                                                         " for the variable " + variable.name() + " of shape " +
                                                         to_string(variable.shape()));
  }

  double learning_rate_;
  std::int64_t iterations_ = 0;
};

class SGDImpl final : public PerVariable {
 public:
  explicit SGDImpl(const SGDOptions& options) : PerVariable(options.learning_rate), options_(options) {}
  std::string describe() const override {
    return fmt::format("SGD(learning_rate={}, momentum={}, nesterov={})", learning_rate(), options_.momentum,
                       options_.nesterov);
  }
  std::shared_ptr<detail::OptimizerImpl> fresh() const override {
    SGDOptions options = options_;
    options.learning_rate = learning_rate();
    return std::make_shared<SGDImpl>(options);
  }

 private:
  void update(const Variable& variable, const Tensor& gradient) override {
    const Tensor w = variable.value(), step = gradient * learning_rate();
    if (options_.momentum == 0) return variable.assign(w - step);
    Tensor& velocity = velocities_.of(variable);
    velocity = velocity * options_.momentum - step;
    variable.assign(w + (options_.nesterov ? velocity * options_.momentum - step : velocity));
  }

  SGDOptions options_;
  Slots velocities_;
};

class RMSpropImpl final : public PerVariable {
 public:
  explicit RMSpropImpl(const RMSpropOptions& options) : PerVariable(options.learning_rate), options_(options) {}
  std::string describe() const override {
    return fmt::format("RMSprop(learning_rate={}, rho={}, momentum={}, epsilon={})", learning_rate(), options_.rho,
                       options_.momentum, options_.epsilon);
  }
  std::shared_ptr<detail::OptimizerImpl> fresh() const override {
    RMSpropOptions options = options_;
    options.learning_rate = learning_rate();
    return std::make_shared<RMSpropImpl>(options);
  }

 private:
  void update(const Variable& variable, const Tensor& gradient) override {
    if (size_of(variable.dtype()) < 4) return update_in_16_bits(variable, gradient);
    const Tensor w = variable.value();
    Tensor& rms = mean_squares_.of(variable);
    const bool has_momentum = options_.momentum != 0;
    const Tensor momentum = has_momentum ? momenta_.of(variable) : Tensor();
    detail::NewTensor new_w(w.dtype(), w.shape()), new_rms(w.dtype(), w.shape());
    detail::NewTensor new_momentum(w.dtype(), has_momentum ? w.shape() : Shape{0});
    new_w.backend().rmsprop(detail::execution(), {.dtype = w.dtype(),
                                                  .gradient = gradient.data(),
                                                  .variable = w.data(),
                                                  .rms = rms.data(),
                                                  .momentum = has_momentum ? momentum.data() : nullptr,
                                                  .new_variable = new_w.data(),
                                                  .new_rms = new_rms.data(),
                                                  .new_momentum = has_momentum ? new_momentum.data() : nullptr,
                                                  .count = w.elements(),
                                                  .learning_rate = learning_rate(),
                                                  .rho = options_.rho,
                                                  .epsilon = options_.epsilon,
                                                  .momentum_factor = options_.momentum});
    rms = std::move(new_rms).finish();
    if (has_momentum) momenta_.of(variable) = std::move(new_momentum).finish();
    variable.assign(std::move(new_w).finish());
  }

  /// The same primitives, each rounded to the variable's 16-bit dtype: for the plain "float16" and "bfloat16" policies.
  void update_in_16_bits(const Variable& variable, const Tensor& g) {
    const DType dtype = variable.dtype();
    const Tensor w = variable.value(), rho = constant(options_.rho, dtype), step = g * learning_rate();
    Tensor& rms = mean_squares_.of(variable);
    rms = rho * rms + (constant(1, dtype) - rho) * (g * g);
    if (options_.momentum == 0) return variable.assign(w - step / (sqrt(rms) + options_.epsilon));
    Tensor& momentum = momenta_.of(variable);
    momentum = momentum * options_.momentum + step / sqrt(rms + options_.epsilon);
    variable.assign(w - momentum);
  }

  RMSpropOptions options_;
  Slots mean_squares_, momenta_;
};

}  // namespace

SGD::SGD(SGDOptions options) : Optimizer(std::make_shared<SGDImpl>(options)) {}
RMSprop::RMSprop(RMSpropOptions options) : Optimizer(std::make_shared<RMSpropImpl>(options)) {}

Step Optimizer::apply_gradients(const Gradients& gradients) const { return impl_->apply(gradients); }
std::int64_t Optimizer::iterations() const { return impl_->iterations(); }
double Optimizer::learning_rate() const { return impl_->learning_rate(); }
void Optimizer::set_learning_rate(double rate) const { impl_->set_learning_rate(rate); }
Optimizer Optimizer::fresh() const { return Optimizer(impl_->fresh()); }
std::string Optimizer::describe() const { return impl_->describe(); }

}  // namespace halfway
