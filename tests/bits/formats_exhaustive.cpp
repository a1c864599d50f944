// Bulk conversion over all 2^32 floats: the lanes equal the definition on every target, in every direction; to nearest
// even with subnormals flushed too.
#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <iostream>
#include <string>

#include "formats/bulk.hpp"
#include "formats/parallel.hpp"
#include "formats_convert.hpp"

using namespace halfway;

namespace {

template <class T>
void check_all_floats(const Arithmetic& how) {
  constexpr std::size_t block = std::size_t{1} << 22;
  std::vector<float> inputs(block);
  std::vector<T> actual(block), expected(block);
  const ConstArray operand = array_of(inputs);
  const detail::BulkPlan reference = detail::plan_bulk(Operation::convert, {&operand, 1}, result_array(expected), how);
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  std::vector<std::uint64_t> wrong_blocks(targets.size());
  for (std::uint64_t start = 0; start < (std::uint64_t{1} << 32); start += block) {
    for (std::size_t i = 0; i < block; ++i) inputs[i] = std::bit_cast<float>(static_cast<std::uint32_t>(start + i));
    detail::parallel_for(block, 64, block, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
      EventCounts events;
      detail::evaluate_range_ref(reference, begin, end, events);
    });
    for (std::size_t i = 0; i < targets.size(); ++i) {
      execution::use_target(targets[i]);
      std::fill(actual.begin(), actual.end(), T::from_bits(0x5A5A));
      convert(inputs, actual, how);
      wrong_blocks[i] += !same_bits(actual, expected);
    }
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    CAPTURE(targets[i]);
    CHECK(wrong_blocks[i] == 0);
  }
}

void check_both(const Arithmetic& how) {
  check_all_floats<float16>(how);
  check_all_floats<bfloat16>(how);
}

}  // namespace

TEST_SUITE_BEGIN("exhaustive");

TEST_CASE("to nearest even") { check_both({}); }
TEST_CASE("to nearest even, subnormal operands flushed") { check_both({.inputs = Subnormals::flush}); }
TEST_CASE("to nearest even, tiny results flushed") { check_both({.results = Subnormals::flush}); }
TEST_CASE("to nearest away") { check_both({.rounding = Rounding::ties_to_away}); }
TEST_CASE("toward zero") { check_both({.rounding = Rounding::toward_zero}); }
TEST_CASE("up") { check_both({.rounding = Rounding::toward_positive}); }
TEST_CASE("down") { check_both({.rounding = Rounding::toward_negative}); }
TEST_CASE("to odd") { check_both({.rounding = Rounding::to_odd}); }
TEST_CASE("stochastic, saturating") {
  check_both({.rounding = Rounding::stochastic, .overflow = Overflow::saturate, .random_bits = 16});
}
TEST_CASE("stochastic") { check_both({.rounding = Rounding::stochastic, .random_bits = 16, .seed = 1}); }
