// Random tensors: Philox4x32-10, the same bits on every machine and for every thread count.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "halfway/tensor/tensor.hpp"

namespace halfway::random {

/// A position in one stream of random numbers. Streams of one seed are independent.
class Generator {
 public:
  explicit Generator(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint64_t seed() const { return seed_; }
  std::uint64_t stream() const { return stream_; }
  /// The next index of `count` Philox blocks of four words; moves on.
  std::uint64_t take(std::uint64_t count);
  /// A whole number in [0, bound), without bias. bound ≥ 1.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::uint64_t seed_, stream_, next_ = 0;
};

/// A stream number for a name (FNV-1a): layers and purposes draw from streams of their own.
std::uint64_t stream_of(std::string_view name);

/// low + u·(high − low) in float32, u = the upper 24 bits of a word times 2^−24; then cast to `dtype`.
Tensor uniform(const Shape& shape, Generator& generator, float low = 0, float high = 1, DType dtype = DType::float32);
/// Standard normal by Box and Muller in float64, rounded once to `dtype`.
Tensor normal(const Shape& shape, Generator& generator, DType dtype = DType::float32);
/// The numbers 0 … n − 1 in random order (Fisher and Yates).
std::vector<std::int64_t> permutation(std::int64_t n, Generator& generator);

}  // namespace halfway::random
