// Initial values of weights.
#pragma once
#include <cstdint>

#include "halfway/tensor/random.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway {

enum class Initializer : std::uint8_t {
  zeros,
  ones,
  glorot_uniform  ///< uniform in ±√(6 / (fan in + fan out)), the limit computed in float32
};

Tensor initial_value(Initializer initializer, const Shape& shape, random::Generator& generator, DType dtype);

namespace random {
/// Seeds everything that draws without a generator of its own: each weight's initial values and each fit's shuffles
/// take the next stream of this seed, in program order. Setting it starts again from the first stream.
void set_seed(std::uint64_t seed);
/// A generator on the next stream of that seed.
Generator next_generator();
/// The seed itself.
std::uint64_t global_seed();
}  // namespace random

}  // namespace halfway
