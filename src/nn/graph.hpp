// The layer inside a Model: runs the nodes between its input and its output.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "nn/node.hpp"

namespace halfway::detail {

class GraphLayer final : public LayerBase {
 public:
  GraphLayer(const SymbolicTensor& inputs, const SymbolicTensor& outputs);

  std::string_view type_name() const override { return "Model"; }
  /// A graph hands its input on as it is; its layers cast.
  bool autocast() const override { return false; }
  Tensor call(CallContext& context, std::span<const Tensor> inputs) override;
  std::vector<Layer> sublayers() const override;

  /// Every node once, each after what it depends on; the input comes first.
  const std::vector<std::shared_ptr<const Node>>& nodes() const { return nodes_; }

 private:
  std::vector<std::shared_ptr<const Node>> nodes_;
};

}  // namespace halfway::detail
