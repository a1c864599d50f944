// Bulk conversion: the twin equals the definition on every target and thread count, at every size and alignment; and
// the switches of execution.hpp do what they say.
#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "formats_convert.hpp"
#include "formats_oracle.hpp"
#include "halfway/errors.hpp"

using namespace halfway;

namespace {

/// Every 251st code, and those around all boundaries of exponents, of kept bits and of halves.
std::vector<float> sample() {
  std::vector<float> inputs;
  for (std::uint64_t code = 0; code < (std::uint64_t{1} << 32); code += 251)
    inputs.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(code)));
  for (std::uint32_t exponent = 0; exponent < 256; ++exponent)
    for (const std::uint32_t fraction : {0u, 0x1000u, 0x2000u, 0x8000u, 0x10000u, 0x18000u, 0x7FC000u, 0x7FE000u,
                                         0x7FF000u, 0x7F8000u, 0x7FFFFFu, 0x400000u, 0x3FFFFFu})
      for (const int near : {-2, -1, 0, 1, 2})
        for (const std::uint32_t sign : {0u, 0x80000000u})
          inputs.push_back(
              std::bit_cast<float>(sign | ((exponent << 23 | fraction) + static_cast<std::uint32_t>(near))));
  return inputs;
}

}  // namespace

TEST_CASE("float to 16 bits: a sample of all codes, on every target, with 1 and 2 threads") {
  const std::vector<float> inputs = sample();
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  for (const Subnormals subnormals : {Subnormals::keep, Subnormals::flush}) {
    std::vector<float16> halves(inputs.size()), expected_halves(inputs.size());
    std::vector<bfloat16> brains(inputs.size()), expected_brains(inputs.size());
    convert_ref(inputs, expected_halves, Arithmetic{.inputs = subnormals});
    convert_ref(inputs, expected_brains, Arithmetic{.inputs = subnormals});
    for (const std::string& target : execution::targets())
      for (const int threads : {1, 2}) {
        execution::use_target(target);
        execution::set_threads(threads);
        CAPTURE(target);
        CAPTURE(threads);
        convert(inputs, halves, Arithmetic{.inputs = subnormals});
        CHECK(same_bits(halves, expected_halves));
        convert(inputs, brains, Arithmetic{.inputs = subnormals});
        CHECK(same_bits(brains, expected_brains));
      }
  }
}

TEST_CASE("the definition is round_to, flushing as said, canonical NaN") {
  const oracle::Format half(binary16), brain(bfloat);
  const std::vector<float> all = sample();
  std::vector<float> inputs;
  for (std::size_t i = 0; i < all.size(); i += i < all.size() - 40'000 ? 29 : 1) inputs.push_back(all[i]);
  std::vector<float16> halves(inputs.size());
  std::vector<bfloat16> brains(inputs.size());
  for (const bool flush : {false, true}) {
    convert_ref(inputs, halves, Arithmetic{.inputs = flush ? Subnormals::flush : Subnormals::keep});
    convert_ref(inputs, brains, Arithmetic{.inputs = flush ? Subnormals::flush : Subnormals::keep});
    int wrong = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const double x = flush && std::fpclassify(inputs[i]) == FP_SUBNORMAL ? std::copysign(0.0, inputs[i]) : inputs[i];
      wrong += halves[i].bits() != half.round(x, Rounding::ties_to_even);
      wrong += brains[i].bits() != brain.round(x, Rounding::ties_to_even);
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("16 bits to float: every code, on every target, with 1 and 2 threads") {
  const auto check = []<class T>(T) {
    std::vector<T> inputs(65536);
    for (std::uint32_t code = 0; code < 65536; ++code) inputs[code] = T::from_bits(static_cast<std::uint16_t>(code));
    std::vector<float> actual(inputs.size()), expected(inputs.size());
    convert_ref(inputs, expected);
    const oracle::Format format(T::format);
    int wrong = 0;
    for (std::uint32_t code = 0; code < 65536; ++code) {
      const float x = expected[code];
      const bool finite = !format.is_nan(code) && !format.is_infinity(code);
      if (finite) wrong += x != format.value(code) || std::signbit(x) != format.negative(code);
      if (format.is_nan(code)) wrong += std::bit_cast<std::uint32_t>(x) != 0x7FC00000;
      if (format.is_infinity(code)) wrong += !std::isinf(x) || std::signbit(x) != format.negative(code);
    }
    CHECK(wrong == 0);
    const ExecutionGuard guard;
    execution::set_threading_threshold(0);
    for (const std::string& target : execution::targets())
      for (const int threads : {1, 2}) {
        execution::use_target(target);
        execution::set_threads(threads);
        CAPTURE(target);
        convert(inputs, actual);
        CHECK(same_bits(actual, expected));
      }
  };
  check(float16());
  check(bfloat16());
}

TEST_CASE("every size and alignment; nothing beyond the end is touched") {
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  std::vector<float> inputs(400);
  for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = 1.0f + static_cast<float>(i) / 3;
  std::vector<float16> expected(inputs.size());
  convert_ref(inputs, expected);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    int wrong = 0;
    for (std::size_t size = 0; size <= 300; size += size < 140 ? 1 : 9)
      for (const std::size_t offset : {0u, 1u, 3u}) {
        std::vector<float16> out(size + offset + 8, float16(-7));
        std::vector<float> back(size + offset + 8, -7.0f);
        const auto place = std::span(out).subspan(offset, size);
        convert(std::span<const float>(inputs).subspan(offset, size), place);
        convert(place, std::span(back).subspan(offset, size));
        for (std::size_t i = 0; i < out.size(); ++i) {
          const bool inside = i >= offset && i < offset + size;
          wrong += out[i].bits() != (inside ? expected[i] : float16(-7)).bits();
          wrong += back[i] != (inside ? static_cast<float>(expected[i]) : -7.0f);
        }
      }
    CAPTURE(target);
    CHECK(wrong == 0);
  }
}

TEST_CASE("sizes that differ are a ShapeError") {
  std::vector<float> in(3);
  std::vector<bfloat16> out(4);
  CHECK_THROWS_WITH_AS(convert(in, out),
                       "[convert] an operand has 3 elements and the result 4, which differ; pass arrays of equal size",
                       ShapeError);
  CHECK_THROWS_AS(convert_ref(in, out), ShapeError);
}

TEST_CASE("threads: as many as asked for, from the threshold on") {
  const ExecutionGuard guard;
  std::vector<float> in(10'000, 0.1f);
  std::vector<float16> out(in.size());
  execution::take_threads_used();
  execution::set_threads(2);
  const int two = execution::threads();  // 1 in a build without OpenMP
  execution::set_threading_threshold(10'000);
  convert(in, out);
  CHECK(execution::take_threads_used() == two);
  CHECK(execution::take_threads_used() == 0);
  execution::set_threading_threshold(10'001);
  convert(in, out);
  CHECK(execution::take_threads_used() == 1);
  CHECK_THROWS_WITH_AS(execution::set_threads(0),
                       "[execution::set_threads] count is 0, which is below 1; use 1 or more", ValueError);
  CHECK(execution::threads() == two);
  std::cout << "threads used: " << two << "\n";
}

TEST_CASE("targets: the best first, each can be chosen, an unknown one is told what there is") {
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  REQUIRE(!targets.empty());
  execution::use_target("");
  CHECK(execution::target() == targets.front());
  std::string known;
  for (const std::string& target : targets) {
    execution::use_target(target);
    CHECK(execution::target() == target);
    CHECK(execution::targets() == targets);
    known += (known.empty() ? "" : ", ") + target;
  }
  CHECK_THROWS_WITH_AS(
      execution::use_target("AVX9"),
      ("[execution::use_target] target \"AVX9\" is not in this build or not on this machine; use one of " + known +
       ", or \"\" for the best")
          .c_str(),
      ValueError);
  CHECK(execution::target() == targets.back());
  std::cout << "targets: " << known << "\n";
}
