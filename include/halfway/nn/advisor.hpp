// The performance tips of vendors, applied to a model: which sizes miss what a device likes, and what that wastes.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "halfway/emu/systolic.hpp"
#include "halfway/nn/model.hpp"
#include "halfway/tensor/device.hpp"

namespace halfway {

/// A size that is no multiple of what the device wants (emu::preferred_multiple).
struct Finding {
  std::string where;        ///< the layer's name, the input's, or "fit"
  std::string argument;     ///< "units", "shape", "batch_size"
  std::int64_t value;       ///< what it is
  int multiple;             ///< what the device wants it to be a multiple of, for the dtype that is computed in
  std::int64_t rounded_up;  ///< the next multiple
  double wasted;            ///< the share of the matrix unit that works on padding in products of that size
  double share;             ///< of the model's multiplications in the forward pass that have this size
};
/// "dense_logits: units = 10 is no multiple of 8; …"
std::ostream& operator<<(std::ostream& out, const Finding& finding);

/// A layer's products in the forward pass, and what they cost on a TPU's arrays.
struct LayerCost {
  std::string layer;
  std::int64_t m, n, k;  ///< of its largest product
  double share;          ///< of the model's multiplications
  std::optional<emu::SystolicEstimate> estimate;
};

struct Advice {
  std::vector<Finding> findings;
  std::vector<LayerCost> layers;  ///< those that multiply matrices
  double filled = 1;              ///< the share of all multiplications that is no padding
};

/// Looks at the model's input, at the arguments of its layers (LayerBase::widths) and at the batch size. Nothing is
/// computed. Throws ValueError for a batch size below 1.
Advice advise(const Model& model, const Device& device, std::int64_t batch_size);

}  // namespace halfway
