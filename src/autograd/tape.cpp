#include "halfway/autograd/tape.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "autograd/record.hpp"
#include "halfway/errors.hpp"
#include "halfway/tensor/device.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway {
namespace {

/// What gradients are kept by: the tensor, or the variable that it was read from.
std::uint64_t id_of(const Tensor& tensor) {
  return tensor.impl()->variable != 0 ? tensor.impl()->variable : tensor.impl()->id;
}

/// One operation: ids instead of tensors, so that a record keeps no memory but what its backward rule saved.
struct Record {
  std::vector<std::uint64_t> inputs;
  std::vector<bool> wanted;  ///< which inputs the tape follows
  std::uint64_t output;
  detail::Backward backward;
  Device device;
};

Tensor sum_of_two(const Tensor& a, const Tensor& b) {
  detail::NewTensor made(a.dtype(), a.shape());
  using backend::Cover;
  made.backend().binary(detail::execution(), {backend::Binary::add, a.dtype(), a.data(), Cover::full, b.data(),
                                              Cover::full, made.data(), 1, a.elements()});
  return std::move(made).finish();
}

}  // namespace

struct GradientTape::State {
  const std::uint64_t born = detail::next_id();
  std::vector<Record> records;
  std::unordered_set<std::uint64_t> followed;
  std::vector<DeferredUpdate> updates;
  bool used = false;

  bool follows(const Tensor& tensor) const {
    if (!tensor.defined()) return false;
    const detail::TensorImpl& impl = *tensor.impl();
    return (impl.trainable && impl.id > born) || followed.contains(id_of(tensor));
  }

  /// Walks the records backwards from `target`; the gradients of `sources`, by id.
  std::unordered_map<std::uint64_t, Tensor> backward(const Tensor& target,
                                                     const std::unordered_set<std::uint64_t>& sources);
};

namespace {

/// The tapes that record on this thread, outermost first; none while one of them runs backward.
thread_local std::vector<GradientTape::State*> tapes;
thread_local bool running_backward = false;

class RunningBackward {
 public:
  RunningBackward() { running_backward = true; }
  ~RunningBackward() { running_backward = false; }
  RunningBackward(const RunningBackward&) = delete;
  RunningBackward& operator=(const RunningBackward&) = delete;

 private:
  detail::BackwardPhase phase_;
};

}  // namespace

std::unordered_map<std::uint64_t, Tensor> GradientTape::State::backward(
    const Tensor& target, const std::unordered_set<std::uint64_t>& sources) {
  if (used)
    throw ValueError("GradientTape::gradient",
                     "was called a second time; a tape's records are freed as backward passes them: make another tape");
  if (!follows(target))
    throw ValueError("GradientTape::gradient",
                     "received a target that depends on no trainable variable and no watched tensor of this tape; "
                     "compute it while the tape lives");
  used = true;
  std::unordered_map<std::uint64_t, Tensor> gradients{{id_of(target), ones(target.shape(), target.dtype())}};
  const RunningBackward running;
  for (; !records.empty(); records.pop_back()) {
    Record& record = records.back();
    const auto found = gradients.find(record.output);
    if (found == gradients.end()) continue;
    const Tensor gradient = found->second;
    if (!sources.contains(record.output)) gradients.erase(found);
    const DeviceScope scope(record.device);
    const std::vector<Tensor> input_gradients = record.backward(gradient, record.wanted);
    for (std::size_t i = 0; i < record.inputs.size(); ++i) {
      if (!record.wanted[i] || !input_gradients[i].defined()) continue;
      Tensor& slot = gradients[record.inputs[i]];
      slot = slot.defined() ? sum_of_two(slot, input_gradients[i]) : input_gradients[i];
    }
  }
  return gradients;
}

GradientTape::GradientTape() : state_(std::make_unique<State>()) { tapes.push_back(state_.get()); }
GradientTape::~GradientTape() { std::erase(tapes, state_.get()); }

void GradientTape::watch(const Tensor& tensor) { state_->followed.insert(id_of(tensor)); }

std::vector<Tensor> GradientTape::gradient(const Tensor& target, std::span<const Tensor> sources) {
  std::unordered_set<std::uint64_t> ids;
  for (const Tensor& source : sources) ids.insert(id_of(source));
  const auto gradients = state_->backward(target, ids);
  std::vector<Tensor> results;
  for (const Tensor& source : sources) {
    const auto found = gradients.find(id_of(source));
    results.push_back(found == gradients.end() ? Tensor() : found->second);
  }
  return results;
}

Gradients GradientTape::gradient(const Tensor& target, std::span<const Variable> sources) {
  std::vector<Tensor> values;
  for (const Variable& source : sources) values.push_back(source.value());
  const std::vector<Tensor> results = gradient(target, std::span<const Tensor>(values));
  std::vector<Gradient> items;
  for (std::size_t i = 0; i < sources.size(); ++i) items.push_back({sources[i], results[i]});
  return Gradients(std::move(items), std::move(state_->updates));
}

ScaledGradients GradientTape::gradient(const ScaledLoss& target, std::span<const Variable> sources) {
  return {gradient(target.value_, sources), target.scale_};
}

std::pair<Tensor, Gradients> value_and_gradient(std::span<const Variable> sources,
                                                const std::function<Tensor()>& loss) {
  GradientTape tape;
  Tensor value = loss();
  Gradients gradients = tape.gradient(value, sources);
  return {std::move(value), std::move(gradients)};
}

namespace detail {

Saved::Saved(const Tensor& tensor) : redo_(tensor.impl()->redo) {
  if (!redo_) tensor_ = tensor;
}

bool recording(std::initializer_list<const Tensor*> inputs) {
  if (running_backward) return false;
  return std::any_of(tapes.begin(), tapes.end(), [&](const GradientTape::State* tape) {
    return !tape->used &&
           std::any_of(inputs.begin(), inputs.end(), [&](const Tensor* input) { return tape->follows(*input); });
  });
}

void record(const std::vector<Tensor>& inputs, const Tensor& output, const Backward& backward) {
  std::vector<std::uint64_t> ids(inputs.size());
  std::transform(inputs.begin(), inputs.end(), ids.begin(), id_of);
  for (GradientTape::State* tape : tapes) {
    std::vector<bool> wanted(inputs.size());
    std::transform(inputs.begin(), inputs.end(), wanted.begin(), [&](const Tensor& x) { return tape->follows(x); });
    if (tape->used || std::find(wanted.begin(), wanted.end(), true) == wanted.end()) continue;
    tape->followed.insert(id_of(output));
    tape->records.push_back({ids, std::move(wanted), id_of(output), backward, current_device()});
  }
}

void defer_update(const Variable& variable, const Tensor& value) {
  if (!running_backward && !tapes.empty() && !tapes.back()->used)
    tapes.back()->updates.push_back({variable, value});
  else
    variable.assign(value);
}

}  // namespace detail
}  // namespace halfway
