#include "halfway/nn/loss_scale_optimizer.hpp"

#include <algorithm>

#include "halfway/errors.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/reduce.hpp"
#include "nn/optimizer_impl.hpp"

namespace halfway {
namespace {

class LossScaleImpl final : public detail::OptimizerImpl {
 public:
  LossScaleImpl(const Optimizer& inner, LossScale scale) : inner_(inner), scale_(scale) {}

  Step apply(const Gradients& gradients) override {
    const bool finite = std::all_of(gradients.begin(), gradients.end(), [](const Gradient& gradient) {
      return !gradient.value.defined() || all_finite(gradient.value);
    });
    const bool applies = finite || !scale_.dynamic();  // a fixed scale never skips, as in Keras
    if (applies) inner_.apply_gradients(gradients);
    scale_ = scale_.next(finite);
    if (!applies) ++skipped_;
    return applies ? Step::applied : Step::skipped;
  }
  std::int64_t iterations() const override { return inner_.iterations(); }
  double learning_rate() const override { return inner_.learning_rate(); }
  void set_learning_rate(double rate) override { inner_.set_learning_rate(rate); }
  std::string describe() const override {
    return "LossScaleOptimizer(" + inner_.describe() + ", " + to_string(scale_) + ")";
  }
  std::shared_ptr<detail::OptimizerImpl> fresh() const override {
    return std::make_shared<LossScaleImpl>(inner_.fresh(), scale_);
  }

  const LossScale& scale() const { return scale_; }
  const Optimizer& inner() const { return inner_; }
  std::int64_t skipped() const { return skipped_; }

 private:
  Optimizer inner_;
  LossScale scale_;
  std::int64_t skipped_ = 0;
};

LossScaleImpl& scaling(const Optimizer& optimizer) { return static_cast<LossScaleImpl&>(*optimizer.impl()); }

std::shared_ptr<detail::OptimizerImpl> wrap(const Optimizer& inner, LossScale scale) {
  if (LossScaleOptimizer::from(inner))
    throw ValueError("LossScaleOptimizer", "LossScaleOptimizer cannot wrap another LossScaleOptimizer");
  return std::make_shared<LossScaleImpl>(inner, scale);
}

/// g · (1/scale), both in float32: a 16-bit reciprocal of a large scale would be 0.
Tensor unscaled(const Tensor& gradient, double scale) {
  const DType wide = gradient.dtype() == DType::float64 ? DType::float64 : DType::float32;
  return cast(cast(gradient, wide) * (constant(1, wide) / constant(scale, wide)), gradient.dtype());
}

}  // namespace

LossScaleOptimizer::LossScaleOptimizer(const Optimizer& inner, LossScale scale) : Optimizer(wrap(inner, scale)) {}

std::optional<LossScaleOptimizer> LossScaleOptimizer::from(const Optimizer& optimizer) {
  if (!std::dynamic_pointer_cast<LossScaleImpl>(optimizer.impl())) return std::nullopt;
  return LossScaleOptimizer(optimizer.impl());
}

const LossScale& LossScaleOptimizer::loss_scale() const { return scaling(*this).scale(); }
Optimizer LossScaleOptimizer::inner() const { return scaling(*this).inner(); }
std::int64_t LossScaleOptimizer::skipped_steps() const { return scaling(*this).skipped(); }

ScaledLoss LossScaleOptimizer::get_scaled_loss(const Tensor& loss) const {
  const double scale = loss_scale().value();
  return {loss * scale, scale};
}

Gradients LossScaleOptimizer::get_unscaled_gradients(const ScaledGradients& gradients) const {
  std::vector<Gradient> items;
  for (const auto& [variable, value] : gradients.gradients_)
    items.push_back({variable, value.defined() ? unscaled(value, gradients.scale()) : value});
  return Gradients(std::move(items), gradients.gradients_.updates());
}

Tensor LossScaleOptimizer::minimize(std::span<const Variable> variables, const std::function<Tensor()>& loss) const {
  GradientTape tape;
  Tensor value = loss();
  const ScaledLoss scaled = get_scaled_loss(value);
  apply_gradients(get_unscaled_gradients(tape.gradient(scaled, variables)));
  return value;
}

}  // namespace halfway
