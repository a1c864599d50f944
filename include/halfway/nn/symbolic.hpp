// Symbolic tensors: the nodes from which a functional model is built.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "halfway/formats/dtype.hpp"
#include "halfway/tensor/shape.hpp"

namespace halfway {

namespace detail {
struct Node;
}

/// A dtype and a shape with an unknown batch size, and what computes it.
class SymbolicTensor {
 public:
  explicit SymbolicTensor(std::shared_ptr<const detail::Node> node) : node_(std::move(node)) {}
  DType dtype() const;
  const Shape& shape() const;  ///< (None, …)
  const std::string& name() const;
  const std::shared_ptr<const detail::Node>& node() const { return node_; }

 private:
  std::shared_ptr<const detail::Node> node_;
};

struct InputOptions {
  DType dtype = DType::float32;  ///< float32 under every policy: the first layer casts
  std::string name = {};
};
/// A model's input; `shape` is that of one sample.
SymbolicTensor Input(const Shape& shape, InputOptions options = {});

}  // namespace halfway
