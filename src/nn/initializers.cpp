#include "halfway/nn/initializers.hpp"

#include <cmath>
#include <mutex>

#include "formats/parallel.hpp"

namespace halfway {
namespace {

std::mutex seed_mutex;
std::uint64_t seed = 0, next_stream = 0;

/// Keras' fans: the last two extents, times the receptive field of a convolution kernel.
float glorot_limit(const Shape& shape) {
  std::int64_t fan_in = shape.back(), fan_out = shape.back(), field = 1;
  if (shape.rank() >= 2) {
    for (std::size_t axis = 0; axis + 2 < shape.rank(); ++axis) field *= shape[axis];
    fan_in = shape[shape.rank() - 2] * field;
    fan_out = shape.back() * field;
  }
  return detail::in_ieee_environment(
      [&] { return static_cast<float>(std::sqrt(6.0 / static_cast<double>(fan_in + fan_out))); });
}

}  // namespace

Tensor initial_value(Initializer initializer, const Shape& shape, random::Generator& generator, DType dtype) {
  switch (initializer) {
    case Initializer::zeros: return zeros(shape, dtype);
    case Initializer::ones: return ones(shape, dtype);
    case Initializer::glorot_uniform: break;
  }
  const float limit = glorot_limit(shape);
  return random::uniform(shape, generator, -limit, limit, dtype);
}

namespace random {

void set_seed(std::uint64_t new_seed) {
  const std::lock_guard lock(seed_mutex);
  seed = new_seed;
  next_stream = 0;
}

Generator next_generator() {
  const std::lock_guard lock(seed_mutex);
  return Generator(seed, next_stream++);
}

std::uint64_t global_seed() {
  const std::lock_guard lock(seed_mutex);
  return seed;
}

}  // namespace random
}  // namespace halfway
