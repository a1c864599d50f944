// float32 functions over all 2^32 floats: the twins equal the definition on every target; the largest error of each.
#include <doctest/doctest.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <vector>

#include "formats/parallel.hpp"
#include "formats_convert.hpp"
#include "formats_float32_reference.hpp"

using namespace halfway;

namespace {

struct Largest {
  double error = -1;
  float at = 0;

  void take(const Largest& other) {
    if (other.error > error) *this = other;
  }
};

/// Computes `expected` by the definition, in parallel.
Largest measure(Function f, const std::vector<float>& x, std::vector<float>& expected) {
  Largest largest;
  std::mutex mutex;
  const auto size = static_cast<std::int64_t>(x.size());
  detail::parallel_for(size, 64, 100 * size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
    evaluate_ref(f, std::span(x).subspan(first, count), std::span(expected).subspan(first, count));
    Largest part;
    for (std::size_t i = first; i < first + count; ++i) part.take({error_in_ulp(expected[i], by_libm(f, x[i])), x[i]});
    const std::lock_guard lock(mutex);
    largest.take(part);
  });
  return largest;
}

void check(Function f) {
  constexpr std::size_t block = std::size_t{1} << 22;
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  std::vector<std::uint64_t> wrong_blocks(targets.size());
  std::vector<float> x(block), expected(block), actual(block);
  Largest largest;
  for (std::uint64_t start = 0; start < (std::uint64_t{1} << 32); start += block) {
    for (std::size_t i = 0; i < block; ++i) x[i] = std::bit_cast<float>(static_cast<std::uint32_t>(start + i));
    largest.take(measure(f, x, expected));
    for (std::size_t t = 0; t < targets.size(); ++t) {
      execution::use_target(targets[t]);
      std::fill(actual.begin(), actual.end(), -7.0f);
      evaluate(f, std::span<const float>(x), std::span(actual));
      wrong_blocks[t] += !same_bits(actual, expected);
    }
  }
  std::printf("%s: largest error %.6f ulp at %a\n", std::string(name(f)).c_str(), largest.error,
              static_cast<double>(largest.at));
  std::fflush(stdout);
  CAPTURE(std::string(name(f)));
  CHECK(largest.error <= float32_bound(f));
  CHECK(wrong_blocks == std::vector<std::uint64_t>(targets.size()));
}

}  // namespace

TEST_CASE("all floats") {
  for (std::size_t i = 0; i < function_names.size(); ++i) check(static_cast<Function>(i));
}
