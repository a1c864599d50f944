#include "nn/graph.hpp"

#include <algorithm>
#include <map>

#include "halfway/errors.hpp"

namespace halfway {
namespace detail {
namespace {

using NodePointer = std::shared_ptr<const Node>;

/// Depth first: appends what `node` depends on, then the node.
void visit(const NodePointer& node, std::vector<NodePointer>& order) {
  if (std::find(order.begin(), order.end(), node) != order.end()) return;
  for (const SymbolicTensor& input : node->inputs) visit(input.node(), order);
  order.push_back(node);
}

}  // namespace

GraphLayer::GraphLayer(const SymbolicTensor& inputs, const SymbolicTensor& outputs) {
  visit(inputs.node(), nodes_);
  visit(outputs.node(), nodes_);
  if (inputs.node()->layer)
    throw ValueError("Model",
                     "received as inputs the output of the layer " + inputs.name() + "; inputs come from Input()");
  for (std::size_t i = 1; i < nodes_.size(); ++i)
    if (!nodes_[i]->layer)
      throw ValueError("Model", "the outputs depend on the input " + nodes_[i]->name +
                                    ", which is not the model's input " + inputs.name());
}

Tensor GraphLayer::call(CallContext& context, std::span<const Tensor> inputs) {
  if (inputs.size() != 1)
    throw ValueError(context.path(), "received " + std::to_string(inputs.size()) + " inputs; this model takes one");
  const Shape expected = nodes_[0]->shape;
  if (inputs[0].shape().rank() != expected.rank() || inputs[0].shape().without_front() != expected.without_front())
    throw ShapeError(context.path(), "received an input of shape " + to_string(inputs[0].shape()) +
                                         "; the model takes " + to_string(expected));
  // A value lives until its last reader has run, so that inference needs no more memory than its widest point.
  std::map<const Node*, Tensor> values{{nodes_[0].get(), inputs[0]}};
  std::map<const Node*, int> readers;
  for (const auto& node : nodes_)
    for (const SymbolicTensor& input : node->inputs) ++readers[input.node().get()];
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    std::vector<Tensor> arguments;
    for (const SymbolicTensor& input : nodes_[i]->inputs) {
      const Node* source = input.node().get();
      arguments.push_back(values.at(source));
      if (--readers[source] == 0) values.erase(source);
    }
    values[nodes_[i].get()] = context.call(*nodes_[i]->layer, arguments);
  }
  return values.at(nodes_.back().get());
}

std::vector<Layer> GraphLayer::sublayers() const {
  std::vector<Layer> layers;
  for (const auto& node : nodes_)
    if (node->layer && std::find(layers.begin(), layers.end(), *node->layer) == layers.end())
      layers.push_back(*node->layer);
  return layers;
}

}  // namespace detail

DType SymbolicTensor::dtype() const { return node_->dtype; }
const Shape& SymbolicTensor::shape() const { return node_->shape; }
const std::string& SymbolicTensor::name() const { return node_->name; }

SymbolicTensor Input(const Shape& shape, InputOptions options) {
  std::vector<std::int64_t> extents{Shape::unknown};
  extents.insert(extents.end(), shape.begin(), shape.end());
  return SymbolicTensor(std::make_shared<const detail::Node>(
      detail::Node{std::nullopt,
                   {},
                   Shape(std::move(extents)),
                   options.dtype,
                   options.name.empty() ? detail::unique_name("Input") : std::move(options.name)}));
}

}  // namespace halfway
