#include "halfway/tensor/random.hpp"

#include <cmath>
#include <numeric>

#include "formats/functions.hpp"
#include "formats/parallel.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/philox.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway::random {
namespace {

/// Fills a tensor from blocks of `numbers` per Philox block: body(words, out) writes that many elements of type T.
template <class T, int numbers, class Body>
Tensor from_blocks(const Shape& shape, Generator& generator, DType dtype, Body&& body) {
  const std::int64_t count = shape.elements(), blocks = (count + numbers - 1) / numbers;
  const std::uint64_t first = generator.take(static_cast<std::uint64_t>(blocks));
  std::vector<T> values(static_cast<std::size_t>(blocks * numbers));
  detail::parallel_for(blocks, 64, blocks * 64, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      body(philox(generator.seed(), generator.stream(), first + static_cast<std::uint64_t>(i)),
           values.data() + i * numbers);
  });
  detail::NewTensor made(dtype, shape);
  made.backend().convert({}, dtype_of<T>, values.data(), dtype, made.data(), count);  // exact IEEE on every device
  return std::move(made).finish();
}

}  // namespace

std::uint64_t Generator::take(std::uint64_t count) {
  const std::uint64_t first = next_;
  next_ += count;
  return first;
}

std::uint64_t Generator::below(std::uint64_t bound) {
  if (bound == 0) throw ValueError("random::Generator::below", "received the bound 0; there is no number below it");
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound: what would favour the small numbers
  for (;;) {
    const auto words = philox(seed_, stream_, take(1));
    const std::uint64_t word = std::uint64_t{words[1]} << 32 | words[0];
    if (word >= rejected) return word % bound;
  }
}

std::uint64_t stream_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

Tensor uniform(const Shape& shape, Generator& generator, float low, float high, DType dtype) {
  return from_blocks<float, 4>(shape, generator, dtype, [low, high](const auto& words, float* out) {
    const float width = high - low;
    for (std::size_t i = 0; i < 4; ++i) out[i] = low + (static_cast<float>(words[i] >> 8) * 0x1p-24f) * width;
  });
}

Tensor normal(const Shape& shape, Generator& generator, DType dtype) {
  return from_blocks<double, 4>(shape, generator, dtype, [](const auto& words, double* out) {
    for (std::size_t pair = 0; pair < 2; ++pair) {
      const double u = (words[2 * pair] + 0.5) * 0x1p-32, v = (words[2 * pair + 1] + 0.5) * 0x1p-32;
      const double radius = std::sqrt(-2 * detail::log_sequence(u));
      const auto [sine, cosine] = detail::sincospi(2 * v);
      out[2 * pair] = radius * cosine;
      out[2 * pair + 1] = radius * sine;
    }
  });
}

std::vector<std::int64_t> permutation(std::int64_t n, Generator& generator) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::uint64_t i = static_cast<std::uint64_t>(n); i > 1; --i) std::swap(order[i - 1], order[generator.below(i)]);
  return order;
}

}  // namespace halfway::random
