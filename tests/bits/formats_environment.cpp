// The caller's floating-point environment neither matters nor changes. A program of its own: the first conversion, with
// which OpenMP makes its threads, already meets a hostile environment.
#include <doctest/doctest.h>

#include <xmmintrin.h>

#include <atomic>

#include "formats/parallel.hpp"
#include "formats_convert.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/literals.hpp"
#include "halfway/formats/rounding.hpp"

using namespace halfway;

namespace {

constexpr unsigned usual = 0x1F80, flush = 0x8040;
constexpr unsigned hostile[] = {usual | flush,           // FTZ and DAZ
                                usual | flush | 0x2000,  // and rounding down
                                usual | 0x4000,          // up
                                usual | flush | 0x6000,  // towards zero
                                flush | 0x4000};         // all exceptions trap

/// Subnormal inputs and results, ties, overflow, NaN.
std::vector<float> inputs() {
  std::vector<float> in;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const std::uint32_t code = i % 4 == 0 ? i * 77 % 0x800000 : i * 42949u;
    in.push_back(std::bit_cast<float>(code | (i % 2) << 31));
  }
  for (const std::uint32_t code : {0x00000001u, 0x00008001u, 0x007FFFFFu, 0x33000000u, 0x33000001u, 0x38801000u,
                                   0x477FF000u, 0x7F7FFFFFu, 0x7F800001u, 0xFFFFFFFFu})
    in.push_back(std::bit_cast<float>(code));
  return in;
}

template <class T>
bool scalars_are_right(unsigned csr) {
  // A subnormal, a tie and a NaN; the constants are made by the compiler.
  constexpr T tiny = std::numeric_limits<T>::denorm_min(), small = std::numeric_limits<T>::min(), one{1};
  constexpr T half_ulp{static_cast<float>(std::numeric_limits<T>::epsilon()) / 2};
  constexpr T sum = tiny + tiny, product = small * T(0.5), tie = one + half_ulp, third = one / T(3), root = sqrt(tiny);
  volatile typename T::storage_type bits[] = {tiny.bits(), small.bits(), one.bits(), half_ulp.bits()};
  const auto load = [&](int i) { return T::from_bits(bits[i]); };
  _mm_setcsr(csr);
  const bool right = (load(0) + load(0)).bits() == sum.bits() && (load(1) * T(0.5)).bits() == product.bits() &&
                     (load(2) + load(3)).bits() == tie.bits() && (load(2) / T(3)).bits() == third.bits() &&
                     sqrt(load(0)).bits() == root.bits() && load(0) != T(0) && load(0) > T(0) &&
                     round_to<T>(std::bit_cast<float>(to_code(static_cast<float>(load(0))))).bits() == 1;
  const bool unchanged = (_mm_getcsr() & ~0x3Fu) == (csr & ~0x3Fu);
  _mm_setcsr(usual);
  return right && unchanged;
}

}  // namespace

TEST_CASE("bulk conversion under every hostile environment, before the first and before later calls") {
  const ExecutionGuard guard;
  execution::set_threads(2);
  execution::set_threading_threshold(0);
  const std::vector<float> in = inputs();
  std::vector<float16> halves(in.size()), expected_halves(in.size());
  std::vector<bfloat16> brains(in.size()), expected_brains(in.size());
  std::vector<float> from_halves(in.size()), from_brains(in.size()), expected_from_halves(in.size()),
      expected_from_brains(in.size());
  convert_ref(in, expected_halves);
  convert_ref(in, expected_brains);
  convert_ref(expected_halves, expected_from_halves);
  convert_ref(expected_brains, expected_from_brains);
  for (const unsigned first : hostile)
    for (const unsigned csr : {first, usual})  // the threads' last state is not the next caller's
      for (const std::string& target : execution::targets()) {
        execution::use_target(target);
        _mm_setcsr(csr);
        convert(in, halves);
        convert(in, brains);
        convert(expected_halves, from_halves);
        convert(expected_brains, from_brains);
        const unsigned after = _mm_getcsr();
        _mm_setcsr(usual);
        CAPTURE(csr);
        CAPTURE(target);
        CHECK(after == csr);
        CHECK(same_bits(halves, expected_halves));
        CHECK(same_bits(brains, expected_brains));
        CHECK(same_bits(from_halves, expected_from_halves));
        CHECK(same_bits(from_brains, expected_from_brains));
      }
  CHECK(execution::take_threads_used() == execution::threads());
}

TEST_CASE("the definitions and the scalars are integer code: no environment reaches them") {
  const std::vector<float> in = inputs();
  std::vector<bfloat16> expected(in.size()), actual(in.size());
  convert_ref(in, expected);
  for (const unsigned csr : hostile) {
    _mm_setcsr(csr);
    convert_ref(in, actual);
    _mm_setcsr(usual);
    CAPTURE(csr);
    CHECK(same_bits(actual, expected));
    CHECK(scalars_are_right<float16>(csr));
    CHECK(scalars_are_right<bfloat16>(csr));
    CHECK(scalars_are_right<float8_e4m3fn>(csr));
  }
}

TEST_CASE("an exception on any thread reaches the caller, whose environment is as it was") {
  const ExecutionGuard guard;
  execution::set_threading_threshold(0);
  for (const int threads : {1, 2, 3}) {
    execution::set_threads(threads);
    for (std::int64_t thrower = 0; thrower < threads; ++thrower) {
      std::atomic<int> ended{0};
      _mm_setcsr(hostile[1]);
      const auto run = [&] {
        detail::parallel_for(threads, 1, threads, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
          if (begin <= thrower && thrower < end) throw ValueError("body", "thrown");
          ++ended;
        });
      };
      bool thrown = false;
      try {
        run();
      } catch (const ValueError&) {
        thrown = true;
      }
      const unsigned csr = _mm_getcsr() & ~0x3Fu;
      _mm_setcsr(usual);
      CHECK(thrown);
      CHECK(csr == (hostile[1] & ~0x3Fu));
      CHECK(ended <= threads - 1);
    }
  }
}
