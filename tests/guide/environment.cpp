// The caller's floating-point environment and compiler options do not matter: this file is compiled with -O3
// -march=native -ffast-math, which also starts the program with FTZ and DAZ. The first call of the library, with which
// OpenMP makes its threads, meets a hostile environment; so do later ones.
#include "environment.hpp"

#include <doctest/doctest.h>

#include <xmmintrin.h>

#include <span>

#include "small_training.hpp"

using namespace halfway;

namespace {

constexpr unsigned usual = 0x1F80, sticky_flags = 0x3F;
constexpr unsigned flush = 0x8040, down = 0x2000, up = 0x4000, towards_zero = 0x6000;
constexpr unsigned traps = 0x1000;  // all exceptions but "inexact", which the standard library's containers raise
constexpr unsigned hostile[] = {usual | flush | down, usual | flush, usual | up, usual | flush | towards_zero};

Trained training() { return small_training(80, 40, 1); }

/// The weights of a training in this environment; checks that it is left as it was.
Trained training_in(unsigned environment) {
  _mm_setcsr(environment);
  Trained trained = training();
  const unsigned left = _mm_getcsr();
  _mm_setcsr(usual);
  CHECK((left & ~sticky_flags) == environment);
  return trained;
}

void check_everywhere(std::span<const unsigned> environments) {
  execution::set_threads(2);
  execution::set_threading_threshold(0);
  for (const std::string& policy : policies)
    for (const std::string& device : devices) {
      CAPTURE(policy);
      CAPTURE(device);
      const PolicyScope policy_scope(Policy::parse(policy));
      const DeviceScope device_scope(Device::parse(device));
      std::vector<Trained> found;
      execution::take_threads_used();
      for (const unsigned environment : environments) found.push_back(training_in(environment));
      CHECK(execution::take_threads_used() == 2);
      const Trained expected = training_compiled_plainly();  // in the usual environment
      for (std::size_t i = 0; i < found.size(); ++i) {
        const unsigned environment = environments[i];
        CAPTURE(environment);
        CHECK(same_bits(found[i], expected));
      }
    }
}

}  // namespace

TEST_CASE("hostile environments before the first call and before later ones: the same weights") {
  check_everywhere(hostile);
}

TEST_CASE("with every target") {
  for (const std::string& target : execution::targets()) {
    CAPTURE(target);
    execution::use_target(target);
    check_everywhere(std::span(hostile).first(1));
  }
  execution::use_target("");
}

TEST_CASE("exceptions that trap in the caller do not trap in kernels") {
  const Trained expected = training_compiled_plainly();
  CHECK(same_bits(training_in(traps), expected));
}
