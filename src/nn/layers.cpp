#include "halfway/nn/layers.hpp"

#include "halfway/errors.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "ops/dense.hpp"

namespace halfway {
namespace {

class DenseLayer final : public SimpleLayer {
 public:
  DenseLayer(std::int64_t units, const DenseOptions& options)
      : units_(units), activation_(options.activation), use_bias_(options.use_bias) {}

  std::string_view type_name() const override { return "Dense"; }
  std::vector<std::pair<std::string_view, std::int64_t>> widths() const override { return {{"units", units_}}; }

  void build(const Shape& input) override {
    if (input.rank() < 2 || input.back() < 1)
      throw ShapeError("Dense", "received inputs of shape " + to_string(input) +
                                    "; it takes (batch, …, features) with at least one feature");
    kernel_ = add_weight("kernel", {input.back(), units_});
    if (use_bias_) bias_ = add_weight("bias", {units_}, {.initializer = Initializer::zeros});
  }

  Tensor call(CallContext& context, const Tensor& inputs) override {
    const Tensor x = is_floating(inputs.dtype()) ? inputs : cast(inputs, context.compute_dtype());  // as Keras does
    if (x.shape().back() != kernel_.shape()[0])
      throw ShapeError(context.path(), "received inputs of shape " + to_string(x.shape()) + "; it was built for " +
                                           std::to_string(kernel_.shape()[0]) + " features");
    const bool flat = x.shape().rank() == 2;
    const std::int64_t features = x.shape().back();
    const Tensor rows = flat ? x : reshape(x, {x.elements() / features, features});
    const bool is_relu = activation_.name() == "relu";
    Tensor y = use_bias_ ? detail::dense(rows, context.compute(kernel_), context.compute(bias_), is_relu)
                         : matmul(rows, context.compute(kernel_));
    if (!flat) {
      std::vector<std::int64_t> extents(x.shape().begin(), x.shape().end());
      extents.back() = units_;
      y = reshape(y, Shape(std::move(extents)));
    }
    return use_bias_ && is_relu ? y : activation_(y);
  }

  const Variable& kernel() const { return kernel_; }
  const Variable& bias() const { return bias_; }

 private:
  std::int64_t units_;
  ActivationFunction activation_;
  bool use_bias_;
  Variable kernel_, bias_;
};

class ActivationLayer final : public SimpleLayer {
 public:
  explicit ActivationLayer(ActivationFunction function) : function_(std::move(function)) {}
  std::string_view type_name() const override { return "Activation"; }
  Tensor call(CallContext&, const Tensor& x) override { return function_(x); }

 private:
  ActivationFunction function_;
};

Layer make_dense(std::int64_t units, DenseOptions options) {
  if (units < 1) throw ValueError("Dense", "received units = " + std::to_string(units) + "; it takes 1 or more");
  if (!has_arithmetic(options.dtype.compute_dtype()))
    throw DTypeError("Dense", "Unable to build `Dense` layer with non-floating point dtype " + options.dtype.name());
  return make_layer(std::make_shared<DenseLayer>(units, options), options.dtype, std::move(options.name));
}

/// A variable that the layer has by now.
Variable existing(const Variable& variable, const std::string& layer, std::string_view what, bool built) {
  if (!variable.defined())
    throw ValueError(layer,
                     "has no " + std::string(what) +
                         (built ? "; it was made with use_bias = false" : " yet; build() or call the layer first"));
  return variable;
}

constexpr struct {
  std::string_view name;
  ActivationFunction::Function function;
} known_activations[] = {{"linear", linear}, {"relu", relu}, {"softmax", softmax}};

}  // namespace

Dense::Dense(std::int64_t units, DenseOptions options) : Layer(make_dense(units, std::move(options))) {}

Variable Dense::kernel() const {
  return existing(static_cast<const DenseLayer&>(*base()).kernel(), name(), "kernel", built());
}
Variable Dense::bias() const {
  return existing(static_cast<const DenseLayer&>(*base()).bias(), name(), "bias", built());
}

Activation::Activation(ActivationFunction function, LayerOptions options)
    : Layer(make_layer(std::make_shared<ActivationLayer>(std::move(function)), std::move(options))) {}

ActivationFunction::ActivationFunction(Function function) : name_("custom"), function_(function) {
  for (const auto& known : known_activations)
    if (known.function == function) name_ = known.name;
}

ActivationFunction::ActivationFunction(std::string_view name) : name_(name), function_(nullptr) {
  std::string names;
  for (const auto& known : known_activations) {
    if (known.name == name) function_ = known.function;
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  if (!function_)
    throw ValueError("Activation",
                     "received \"" + std::string(name) + "\", which is no activation; there is: " + names);
}

}  // namespace halfway
