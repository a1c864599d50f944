#include "halfway/data/dataset.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "halfway/errors.hpp"
#include "halfway/ops/take.hpp"
#include "halfway/tensor/random.hpp"

namespace halfway {

struct Dataset::State {
  Tensor x, y;
  std::int64_t buffer = 1;  ///< 1: in order
  std::int64_t batch_size;
  std::uint64_t seed = 0, passes = 0;
};

namespace {

/// The order that a shuffle buffer gives.
std::vector<std::int64_t> shuffled(std::int64_t samples, std::int64_t buffer, random::Generator generator) {
  std::vector<std::int64_t> kept(static_cast<std::size_t>(std::min(samples, buffer))), order;
  std::iota(kept.begin(), kept.end(), 0);
  for (auto incoming = static_cast<std::int64_t>(kept.size()); !kept.empty(); ++incoming) {
    std::int64_t& chosen = kept[generator.below(kept.size())];
    order.push_back(chosen);
    chosen = incoming < samples ? incoming : kept.back();
    if (incoming >= samples) kept.pop_back();
  }
  return order;
}

}  // namespace

Dataset::Dataset(const Tensor& x, const Tensor& y)
    : state_(std::make_shared<State>(State{.x = x, .y = y, .batch_size = 1})) {
  if (x.shape().rank() < 1 || y.shape().rank() < 1 || x.shape()[0] != y.shape()[0])
    throw ShapeError("Dataset", "received x of shape " + to_string(x.shape()) + " and y of shape " +
                                    to_string(y.shape()) + "; both need the same number of samples");
  state_->batch_size = std::max<std::int64_t>(1, x.shape()[0]);
}

Dataset Dataset::shuffle(std::int64_t buffer, std::uint64_t seed) const {
  if (buffer < 1) throw ValueError("Dataset::shuffle", "received a buffer of " + std::to_string(buffer) + " samples");
  auto state = std::make_shared<State>(*state_);
  state->buffer = buffer;
  state->seed = seed;
  return Dataset(std::move(state));
}

Dataset Dataset::batch(std::int64_t size) const {
  if (size < 1) throw ValueError("Dataset::batch", "received batches of " + std::to_string(size) + " samples");
  auto state = std::make_shared<State>(*state_);
  state->batch_size = size;
  return Dataset(std::move(state));
}

std::int64_t Dataset::samples() const { return state_->x.shape()[0]; }
Dataset::Iterator Dataset::begin() const { return Iterator(state_); }

Dataset::Iterator::Iterator(const std::shared_ptr<State>& state)
    : state_(state),
      order_(shuffled(state->x.shape()[0], state->buffer,
                      random::Generator(state->seed, random::stream_of("Dataset") + state->passes++))) {}

bool Dataset::Iterator::at_end() const { return next_ >= static_cast<std::int64_t>(order_.size()); }

Dataset::Batch Dataset::Iterator::operator*() const {
  const auto size = std::min(state_->batch_size, static_cast<std::int64_t>(order_.size()) - next_);
  const auto rows = std::span(order_).subspan(static_cast<std::size_t>(next_), static_cast<std::size_t>(size));
  return {take(state_->x, rows), take(state_->y, rows)};
}

Dataset::Iterator& Dataset::Iterator::operator++() {
  next_ += state_->batch_size;
  return *this;
}

}  // namespace halfway
