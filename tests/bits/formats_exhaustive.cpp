// Bulk conversion over all 2^32 floats: the twins equal the definition on every target, both formats, kept and flushed.
#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <iostream>
#include <string>

#include "formats/parallel.hpp"
#include "formats_convert.hpp"

using namespace halfway;

namespace {

template <class T>
void check_all_floats(Subnormals subnormals) {
  constexpr std::size_t block = std::size_t{1} << 22;
  std::vector<float> inputs(block);
  std::vector<T> actual(block), expected(block);
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  std::vector<std::uint64_t> wrong_blocks(targets.size());
  for (std::uint64_t start = 0; start < (std::uint64_t{1} << 32); start += block) {
    for (std::size_t i = 0; i < block; ++i) inputs[i] = std::bit_cast<float>(static_cast<std::uint32_t>(start + i));
    detail::parallel_for(block, 64, block, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
      const auto first = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(end - begin);
      halfway::convert_ref(std::span<const float>(inputs).subspan(first, count),
                           std::span(expected).subspan(first, count), Arithmetic{.inputs = subnormals});
    });
    for (std::size_t i = 0; i < targets.size(); ++i) {
      execution::use_target(targets[i]);
      std::fill(actual.begin(), actual.end(), T::from_bits(0x5A5A));
      convert(inputs, actual, Arithmetic{.inputs = subnormals});
      wrong_blocks[i] += !same_bits(actual, expected);
    }
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    CAPTURE(targets[i]);
    CHECK(wrong_blocks[i] == 0);
  }
}

}  // namespace

TEST_SUITE_BEGIN("exhaustive");

TEST_CASE("all floats to float16") { check_all_floats<float16>(Subnormals::keep); }
TEST_CASE("all floats to float16, subnormals flushed") { check_all_floats<float16>(Subnormals::flush); }
TEST_CASE("all floats to bfloat16") { check_all_floats<bfloat16>(Subnormals::keep); }
TEST_CASE("all floats to bfloat16, subnormals flushed") { check_all_floats<bfloat16>(Subnormals::flush); }
