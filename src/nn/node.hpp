// What a SymbolicTensor points to.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "halfway/nn/layer.hpp"
#include "halfway/nn/symbolic.hpp"

namespace halfway::detail {

struct Node {
  std::optional<Layer> layer;  ///< none: an input
  std::vector<SymbolicTensor> inputs;
  Shape shape;
  DType dtype;
  std::string name;
};

/// "dense", "dense_1", …: the type's name in lower case, numbered per process.
std::string unique_name(std::string_view type_name);

}  // namespace halfway::detail
