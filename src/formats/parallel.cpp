#include "formats/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <string>

#include "formats/float_environment.hpp"
#include "halfway/errors.hpp"
#include "halfway/execution.hpp"
#ifdef _OPENMP
#include <omp.h>
#endif

namespace halfway {

namespace {

int default_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

std::atomic<int>& thread_count() {
  static std::atomic<int> count{default_threads()};
  return count;
}
std::atomic<std::int64_t> threshold{std::int64_t{1} << 17};
std::atomic<int> threads_used{0};

void note_threads_used(int count) {
  int seen = threads_used.load(std::memory_order_relaxed);
  while (seen < count && !threads_used.compare_exchange_weak(seen, count, std::memory_order_relaxed)) {
  }
}

}  // namespace

namespace execution {

int threads() { return thread_count(); }

void set_threads(int count) {
  if (count < 1)
    throw ValueError("execution::set_threads",
                     "count is " + std::to_string(count) + ", which is below 1; use 1 or more");
#ifdef _OPENMP
  thread_count() = count;
#endif
}

int take_threads_used() { return threads_used.exchange(0); }

std::int64_t threading_threshold() { return threshold; }
void set_threading_threshold(std::int64_t steps) { threshold = steps; }

}  // namespace execution

namespace detail {

void parallel_ranges(std::int64_t items, std::int64_t grain, [[maybe_unused]] std::int64_t work, Subnormals subnormals,
                     void (*body)(void*, std::int64_t, std::int64_t), void* context) {
  if (items <= 0) return;
  const std::int64_t grains = (items + grain - 1) / grain;
  [[maybe_unused]] const int wanted = static_cast<int>(std::min<std::int64_t>(execution::threads(), grains));
#ifdef _OPENMP
  if (wanted > 1 && work >= threshold && !omp_in_parallel()) {
    std::exception_ptr failure;  // must not leave the parallel region
    std::mutex guard;
#pragma omp parallel num_threads(wanted)
    {
      // The team may be smaller than what was asked for.
      const std::int64_t team = omp_get_num_threads(), rank = omp_get_thread_num();
      if (rank == 0) note_threads_used(static_cast<int>(team));
      const std::int64_t begin = grains * rank / team * grain;
      const std::int64_t end = std::min(items, grains * (rank + 1) / team * grain);
      const FloatEnvironment environment(subnormals);
      try {
        if (begin < end) body(context, begin, end);
      } catch (...) {
        const std::lock_guard lock(guard);
        failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  note_threads_used(1);
  const FloatEnvironment environment(subnormals);
  body(context, 0, items);
}

void in_ieee_environment(void (*body)(void*), void* context) {
  const FloatEnvironment environment(Subnormals::keep);
  body(context);
}

}  // namespace detail

}  // namespace halfway
