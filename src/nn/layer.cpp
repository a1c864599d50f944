#include "halfway/nn/layer.hpp"

#include <cctype>
#include <map>
#include <mutex>

#include "autograd/record.hpp"
#include "halfway/errors.hpp"
#include "halfway/nn/symbolic.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "nn/compatibility.hpp"
#include "nn/node.hpp"

namespace halfway {

namespace detail {

std::string unique_name(std::string_view type_name) {
  static std::mutex mutex;
  static std::map<std::string, int> used;
  std::string name;
  for (const char c : type_name) {
    if (std::isupper(static_cast<unsigned char>(c)) && !name.empty()) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const std::lock_guard lock(mutex);
  const int count = used[name]++;
  return count == 0 ? name : name + "_" + std::to_string(count);
}

}  // namespace detail

// ------------------------------------------------------------------------------------------------ CallContext

CallContext::CallContext(const Layer& layer, std::string path, bool training, bool probing)
    : policy_(layer.policy()),
      path_(std::move(path)),
      step_(layer.base_->training_calls_),
      training_(training),
      probing_(probing) {}

Tensor CallContext::compute(const Variable& variable) const {
  const bool casts = is_floating(variable.dtype()) && is_floating(compute_dtype());
  return casts ? cast(variable, compute_dtype()) : variable.value();
}

random::Generator CallContext::rng() const {
  // One stream per layer and step: the golden-ratio multiple spreads steps over the 64-bit stream numbers.
  return random::Generator(random::global_seed(), random::stream_of(path_) + step_ * 0x9E3779B97F4A7C15u);
}

void CallContext::update(const Variable& state, const Tensor& value) const {
  if (!probing_) detail::defer_update(state, value);
}

NumericWatch* CallContext::watch() const { return detail::current_watch(); }

Tensor CallContext::call(const Layer& layer, std::span<const Tensor> inputs) const {
  return layer.run(inputs, path_, training_, probing_);
}

// ------------------------------------------------------------------------------------------------ LayerBase

void LayerBase::build(const Shape&) {}
std::vector<Layer> LayerBase::sublayers() const { return {}; }
std::vector<std::pair<std::string_view, std::int64_t>> LayerBase::widths() const { return {}; }

Variable LayerBase::add_weight(const std::string& name, const Shape& shape, WeightOptions options) {
  random::Generator generator = random::next_generator();
  const Tensor initial = initial_value(options.initializer, shape, generator, policy_.variable_dtype());
  return weights_.emplace_back(name_ + "/" + name, initial, options.trainable);
}

Tensor SimpleLayer::call(CallContext& context, std::span<const Tensor> inputs) {
  if (inputs.size() != 1)
    throw ValueError(context.path(), "received " + std::to_string(inputs.size()) + " inputs; this layer takes one");
  return call(context, inputs[0]);
}

// ------------------------------------------------------------------------------------------------ Layer

Layer make_layer(std::shared_ptr<LayerBase> layer, Policy policy, std::string name) {
  if (!layer) throw ValueError("make_layer", "received a null pointer; give it a layer");
  detail::check_compatibility(policy);
  layer->policy_ = policy;
  layer->name_ = name.empty() ? detail::unique_name(layer->type_name()) : std::move(name);
  return Layer(std::move(layer));
}

void Layer::build(const Shape& input) const {
  if (base_->built_) return;
  base_->build(input);
  base_->built_ = true;
}

Tensor Layer::run(std::span<const Tensor> inputs, const std::string& parent_path, bool training, bool probing) const {
  if (inputs.empty()) throw ValueError(name(), "received no inputs");
  build(inputs[0].shape());
  const DType dtype = policy().compute_dtype();
  std::vector<Tensor> cast_inputs(inputs.begin(), inputs.end());
  if (base_->autocast() && is_floating(dtype))
    for (Tensor& input : cast_inputs)
      if (is_floating(input.dtype())) input = cast(input, dtype);
  CallContext context(*this, parent_path.empty() ? name() : parent_path + "/" + name(), training, probing);
  if (training && !probing) ++base_->training_calls_;
  return base_->call(context, cast_inputs);
}

Tensor Layer::operator()(std::span<const Tensor> inputs, CallOptions options) const {
  return run(inputs, {}, options.training, false);
}
Tensor Layer::operator()(const Tensor& x, CallOptions options) const { return (*this)(std::span(&x, 1), options); }

SymbolicTensor Layer::operator()(const std::vector<SymbolicTensor>& inputs) const {
  // What comes out is found by running the layer on one sample of zeros: no rule to write beside the computation.
  std::vector<Tensor> samples;
  samples.reserve(inputs.size());
  for (const SymbolicTensor& input : inputs) samples.push_back(zeros(input.shape().with_front(1), input.dtype()));
  const detail::WatchPause unwatched;
  const Tensor output = run(samples, {}, false, true);
  return SymbolicTensor(std::make_shared<const detail::Node>(
      detail::Node{*this, inputs, output.shape().with_front(Shape::unknown), output.dtype(), name()}));
}
SymbolicTensor Layer::operator()(const SymbolicTensor& input) const { return (*this)(std::vector{input}); }

std::vector<std::pair<std::string_view, std::int64_t>> Layer::widths() const {
  auto all = base_->widths();
  for (const Layer& layer : base_->sublayers()) {
    const auto inner = layer.widths();
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

std::vector<Variable> Layer::variables() const {
  if (!built()) throw ValueError(name(), "was not built yet, so it has no variables; build() it or call it first");
  std::vector<Variable> all = base_->weights_;
  for (const Layer& layer : base_->sublayers()) {
    const std::vector<Variable> inner = layer.variables();
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

std::vector<Variable> Layer::trainable_variables() const {
  std::vector<Variable> trainable;
  for (const Variable& variable : variables())
    if (variable.trainable()) trainable.push_back(variable);
  return trainable;
}

Weights Layer::get_weights() const {
  Weights weights;
  for (const Variable& variable : variables()) weights.push_back(variable.value());
  return weights;
}

void Layer::set_weights(const Weights& weights) const {
  const std::vector<Variable> all = variables();
  if (weights.size() != all.size())
    throw ValueError(name() + ".set_weights", "received " + std::to_string(weights.size()) +
                                                  " tensors; the layer has " + std::to_string(all.size()) +
                                                  " variables");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string where = name() + ".set_weights";
    if (weights[i].shape() != all[i].shape())
      throw ShapeError(where, "received the shape " + to_string(weights[i].shape()) + " for the variable " +
                                  all[i].name() + " of shape " + to_string(all[i].shape()));
    if (weights[i].dtype() != all[i].dtype())
      throw DTypeError(where, "received dtype " + std::string(halfway::name(weights[i].dtype())) +
                                  " for the variable " + all[i].name() + " of dtype " +
                                  std::string(halfway::name(all[i].dtype())) + "; cast() it first");
  }
  for (std::size_t i = 0; i < all.size(); ++i) all[i].assign(weights[i]);
}

}  // namespace halfway
