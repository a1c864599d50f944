// What operations need of the tape. The tape knows tensors; it knows no operation by name.
#pragma once
#include <functional>
#include <vector>

#include "halfway/tensor/tensor.hpp"
#include "halfway/tensor/variable.hpp"

namespace halfway::detail {

/// An operand that a backward rule needs. It keeps the tensor, or, for one that can be computed again from something
/// that lives anyway (a variable's cast), only the way to do so.
class Saved {
 public:
  explicit Saved(const Tensor& tensor);
  Tensor get() const { return redo_ ? redo_() : tensor_; }

 private:
  Tensor tensor_;
  std::function<Tensor()> redo_;
};

/// Given the gradient of the output, gives one gradient per input; those not wanted may stay empty.
using Backward = std::function<std::vector<Tensor>(const Tensor& gradient, const std::vector<bool>& wanted)>;

/// Whether a tape of this thread follows one of the inputs. Ask before building a backward rule.
bool recording(std::initializer_list<const Tensor*> inputs);
/// Puts output = f(inputs) on every tape that follows one of the inputs.
void record(const std::vector<Tensor>& inputs, const Tensor& output, const Backward& backward);
/// Hands a state update to the innermost tape; without one, carries it out at once.
void defer_update(const Variable& variable, const Tensor& value);

}  // namespace halfway::detail
