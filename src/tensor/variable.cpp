#include "halfway/tensor/variable.hpp"

#include "halfway/errors.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway {

struct Variable::State {
  std::string name;
  bool trainable;
  std::uint64_t id;
  Tensor value;
};

Variable::Variable(std::string name, const Tensor& initial, bool trainable)
    : state_(std::make_shared<State>(
          State{std::move(name), trainable, detail::next_id(), detail::share_storage(initial, initial.shape())})) {}

const std::string& Variable::name() const { return state_->name; }
DType Variable::dtype() const { return state_->value.dtype(); }
const Shape& Variable::shape() const { return state_->value.shape(); }
bool Variable::trainable() const { return state_->trainable; }
Tensor Variable::value() const { return detail::reading(state_->value, state_->id, state_->trainable); }

void Variable::assign(const Tensor& value) const {
  if (value.dtype() != dtype())
    throw DTypeError("Variable::assign", "received dtype " + std::string(halfway::name(value.dtype())) +
                                             " for the variable " + name() + " of dtype " +
                                             std::string(halfway::name(dtype())) + "; cast() it first");
  if (value.shape() != shape())
    throw ShapeError("Variable::assign", "received the shape " + to_string(value.shape()) + " for the variable " +
                                             name() + " of shape " + to_string(shape()));
  state_->value = detail::share_storage(value, value.shape());
}

}  // namespace halfway
