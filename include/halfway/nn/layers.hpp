// The layers of the guide.
#pragma once
#include <cstdint>
#include <string>

#include "halfway/nn/activation_function.hpp"
#include "halfway/nn/layer.hpp"

namespace halfway {

struct DenseOptions {
  ActivationFunction activation = linear;
  bool use_bias = true;
  Policy dtype = global_policy();
  std::string name = {};
};

/// activation(x · kernel + bias): a matrix product on the device's unit, a bias addition and an activation, each
/// rounded to the compute dtype. The kernel [inputs, units] starts glorot-uniform, the bias [units] zero.
class Dense : public Layer {
 public:
  /// Throws ValueError unless units ≥ 1.
  explicit Dense(std::int64_t units, DenseOptions options = {});
  /// Throw ValueError before the layer is built, or for a layer without bias.
  Variable kernel() const;
  Variable bias() const;
};

/// An activation function as a layer; with {.dtype = "float32"} the last one of a mixed-precision model.
class Activation : public Layer {
 public:
  explicit Activation(ActivationFunction function, LayerOptions options = {});
};

}  // namespace halfway
