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

Variable::State& Variable::state() const {
  if (!state_) throw ValueError("Variable", "is empty (default-constructed): it has no name, dtype or value");
  return *state_;
}

const std::string& Variable::name() const { return state().name; }
DType Variable::dtype() const { return state().value.dtype(); }
const Shape& Variable::shape() const { return state().value.shape(); }
bool Variable::trainable() const { return state().trainable; }
Tensor Variable::value() const { return detail::reading(state().value, state().id, state().trainable); }

void Variable::assign(const Tensor& value) const {
  if (value.dtype() != dtype())
    throw DTypeError("Variable::assign", "received dtype " + std::string(halfway::name(value.dtype())) +
                                             " for the variable " + name() + " of dtype " +
                                             std::string(halfway::name(dtype())) + "; cast() it first");
  if (value.shape() != shape())
    throw ShapeError("Variable::assign", "received the shape " + to_string(value.shape()) + " for the variable " +
                                             name() + " of shape " + to_string(shape()));
  state().value = detail::share_storage(value, value.shape());
}

}  // namespace halfway
