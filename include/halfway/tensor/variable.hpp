// Variables: named handles on a tensor that can be replaced.
#pragma once
#include <memory>
#include <string>

#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// A handle: copies name the same variable. Reading gives the tensor of the moment, which later assignments leave
/// alone.
class Variable {
 public:
  Variable() = default;
  Variable(std::string name, const Tensor& initial, bool trainable = true);

  bool defined() const { return state_ != nullptr; }
  const std::string& name() const;
  DType dtype() const;
  const Shape& shape() const;
  bool trainable() const;
  /// The value, in the stored dtype. A gradient tape follows what is read from a trainable variable while it lives;
  /// what was read before is a constant to it.
  Tensor value() const;
  /// Replaces the value; throws DTypeError or ShapeError unless dtype and shape are the variable's (nothing is narrowed
  /// silently: cast first).
  void assign(const Tensor& value) const;

  friend bool operator==(const Variable&, const Variable&) = default;  ///< the same variable, not the same value

 private:
  struct State;
  State& state() const;
  std::shared_ptr<State> state_;
};

}  // namespace halfway
