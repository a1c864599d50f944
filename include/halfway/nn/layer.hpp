// Layers: named handles on something that is built once, holds variables, and maps tensors to a tensor under its
// policy.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "halfway/nn/initializers.hpp"
#include "halfway/nn/policy.hpp"
#include "halfway/tensor/random.hpp"
#include "halfway/tensor/tensor.hpp"
#include "halfway/tensor/variable.hpp"

namespace halfway {

class Layer;
class NumericWatch;
using Weights = std::vector<Tensor>;

/// What a layer's call gets beside its inputs.
class CallContext {
 public:
  CallContext(const Layer& layer, std::string path, bool training, bool probing);

  bool training() const { return training_; }
  /// "model/dense_1": where the layer stands.
  const std::string& path() const { return path_; }
  DType compute_dtype() const { return policy_.compute_dtype(); }
  /// A variable, rounded to the compute dtype if it is a floating-point one; the gradient is cast back.
  Tensor compute(const Variable& variable) const;
  /// A stream of random numbers of this layer and this training step.
  random::Generator rng() const;
  /// A new value for a state variable (a running mean). Committed when the optimizer applies the step; dropped when it
  /// skips it; at once where no tape records.
  void update(const Variable& state, const Tensor& value) const;
  /// The watch that counts what rounding loses, or nullptr.
  NumericWatch* watch() const;
  /// Calls a layer inside this one, with its own policy and a path below this one.
  Tensor call(const Layer& layer, std::span<const Tensor> inputs) const;

 private:
  Policy policy_;
  std::string path_;
  std::uint64_t step_;
  bool training_, probing_;
};

/// How add_weight makes a variable.
struct WeightOptions {
  Initializer initializer = Initializer::glorot_uniform;
  bool trainable = true;
};

/// Derive from this (or from SimpleLayer) to write a layer; make_layer turns it into a handle.
class LayerBase {
 public:
  LayerBase() = default;
  virtual ~LayerBase() = default;
  LayerBase(const LayerBase&) = delete;
  LayerBase& operator=(const LayerBase&) = delete;

  /// The class name that summaries print, and, in lower case, the default name.
  virtual std::string_view type_name() const { return "Layer"; }
  /// Makes the variables for inputs of this shape (of the first input; the batch size may be Shape::unknown). Once.
  virtual void build(const Shape& input);
  /// Inputs arrive in the compute dtype. Results are not cast.
  virtual Tensor call(CallContext& context, std::span<const Tensor> inputs) = 0;
  /// Whether floating-point inputs are cast to the compute dtype before `call`.
  virtual bool autocast() const { return true; }
  /// The arguments that are sizes of its matrix products, by name: {{"units", 64}}. What advise() looks at.
  virtual std::vector<std::pair<std::string_view, std::int64_t>> widths() const;
  /// The layers inside, for a layer that is made of others.
  virtual std::vector<Layer> sublayers() const;

 protected:
  /// A variable in the policy's variable dtype, named "layer/name".
  Variable add_weight(const std::string& name, const Shape& shape, WeightOptions options = {});

 private:
  friend class Layer;
  friend class CallContext;
  friend Layer make_layer(std::shared_ptr<LayerBase> layer, Policy policy, std::string name);
  Policy policy_ = DType::float32;
  std::string name_;
  std::vector<Variable> weights_;
  bool built_ = false;
  std::uint64_t training_calls_ = 0;
};

/// The convenience base for a layer with one input.
class SimpleLayer : public LayerBase {
 public:
  virtual Tensor call(CallContext& context, const Tensor& x) = 0;
  Tensor call(CallContext& context, std::span<const Tensor> inputs) final;
};

class SymbolicTensor;

struct CallOptions {
  bool training = false;
};

/// A handle: copies name the same layer.
class Layer {
 public:
  /// Applies the layer to a node of a model that is being built.
  SymbolicTensor operator()(const SymbolicTensor& input) const;
  SymbolicTensor operator()(const std::vector<SymbolicTensor>& inputs) const;
  /// Runs it; the first call builds.
  Tensor operator()(const Tensor& x, CallOptions options = {}) const;
  Tensor operator()(std::span<const Tensor> inputs, CallOptions options = {}) const;

  /// Makes the variables; does nothing the second time.
  void build(const Shape& input) const;
  bool built() const { return base_->built_; }
  const std::string& name() const { return base_->name_; }
  std::string_view type_name() const { return base_->type_name(); }
  const Policy& policy() const { return base_->policy_; }
  /// See LayerBase; a layer that is made of others has theirs too.
  std::vector<std::pair<std::string_view, std::int64_t>> widths() const;

  /// The variables of this layer and of those inside it, in the order of their creation. Throw ValueError before the
  /// layer is built.
  std::vector<Variable> variables() const;
  std::vector<Variable> trainable_variables() const;
  Weights get_weights() const;
  /// Throws ValueError, ShapeError or DTypeError, before anything is assigned, unless number, shapes and dtypes fit.
  void set_weights(const Weights& weights) const;

  friend bool operator==(const Layer&, const Layer&) = default;  ///< the same layer

 protected:
  explicit Layer(std::shared_ptr<LayerBase> base) : base_(std::move(base)) {}
  const std::shared_ptr<LayerBase>& base() const { return base_; }

 private:
  friend class CallContext;
  friend Layer make_layer(std::shared_ptr<LayerBase> layer, Policy policy, std::string name);
  Tensor run(std::span<const Tensor> inputs, const std::string& parent_path, bool training, bool probing) const;
  std::shared_ptr<LayerBase> base_;
};

struct LayerOptions {
  Policy dtype = global_policy();
  std::string name = {};  ///< empty: the type's name and a number
};
/// A handle on a layer of your own.
Layer make_layer(std::shared_ptr<LayerBase> layer, Policy policy, std::string name);
inline Layer make_layer(std::shared_ptr<LayerBase> layer, LayerOptions options = {}) {
  return make_layer(std::move(layer), options.dtype, std::move(options.name));
}

}  // namespace halfway
