// Two ways to do one thing, side by side: a time means little on a shared machine, a ratio from one run means
// something.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace halfway::bench {

/// What one call does, so that a speed can be printed beside the time: `amount` of `unit` (as "GFLOP"), or nothing.
struct Work {
  double amount = 0;
  std::string unit = {};
};

/// Calls `ours` and `peer` in turn, `repetitions` times each after one call to warm up, prints the shortest time of
/// each with its spread (the median over it) and returns how many times as fast as the peer we are.
template <class Ours, class Peer>
double ratio(const std::string& our_name, Ours&& ours, const std::string& peer_name, Peer&& peer, int repetitions = 11,
             const Work& work = {}) {
  const auto time = [](auto& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  std::vector<double> our_times, peer_times;
  time(ours), time(peer);
  for (int i = 0; i < repetitions; ++i) {
    our_times.push_back(time(ours));
    peer_times.push_back(time(peer));
  }
  const auto print = [&](const std::string& name, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    const double shortest = times.front(), median = times[times.size() / 2];
    std::printf("%s %.3f ms (median +%.0f %%)", name.c_str(), 1e3 * shortest, 100 * (median / shortest - 1));
    if (work.amount > 0) std::printf(" %.4g %s/s", work.amount / shortest, work.unit.c_str());
    return shortest;
  };
  const double our_time = print(our_name, our_times);
  std::printf(" | ");
  const double peer_time = print(peer_name, peer_times);
  std::printf(" | ratio %.2f\n", peer_time / our_time);
  std::fflush(stdout);
  return peer_time / our_time;
}

}  // namespace halfway::bench
