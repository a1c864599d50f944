// One seed, one set of weights: whatever the number of threads and the instruction set.
#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>

#include "small_training.hpp"

using namespace halfway;

namespace {

Trained training() { return small_training(1280, 1100, 2); }

/// Threads for every kernel, however small; the defaults again at its end.
struct ExecutionGuard {
  const int threads = execution::threads();
  const std::int64_t threshold = execution::threading_threshold();
  ExecutionGuard() { execution::set_threading_threshold(0); }
  ~ExecutionGuard() {
    execution::set_threads(threads);
    execution::set_threading_threshold(threshold);
    execution::use_target("");
  }
};

}  // namespace

TEST_CASE("two runs, one and two threads, every instruction set: the same weights") {
  const ExecutionGuard guard;
  const int most = [] {
    execution::set_threads(2);
    return execution::threads();
  }();
  REQUIRE(most == 2);
  std::vector<Trained> all;
  for (const std::string& policy : policies)
    for (const std::string& device : devices) {
      CAPTURE(policy);
      CAPTURE(device);
      const PolicyScope policy_scope(Policy::parse(policy));
      const DeviceScope device_scope(Device::parse(device));
      execution::use_target("");
      execution::set_threads(1);
      const Trained expected = training();
      CHECK(same_bits(training(), expected));
      std::string ran;
      for (const std::string& target : execution::targets())
        for (const int threads : {1, 2}) {
          CAPTURE(target);
          CAPTURE(threads);
          execution::use_target(target);
          execution::set_threads(threads);
          execution::take_threads_used();
          CHECK(same_bits(training(), expected));
          const int used = execution::take_threads_used();
          CHECK(used == threads);
          CHECK(execution::target() == target);
          ran += ' ' + execution::target() + '*' + std::to_string(used);
        }
      std::cout << policy << " on " << device << ": the same weights on" << ran << " threads" << std::endl;
      // And they are this pair's: none of the other pairs gives them.
      CHECK(std::none_of(all.begin(), all.end(), [&](const Trained& other) { return same_bits(other, expected); }));
      all.push_back(expected);
    }
}
