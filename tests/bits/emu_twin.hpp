// One matrix product on every target, with one and two threads and a spoilt environment, against its definition.
#pragma once
#include <doctest/doctest.h>

#include <cstdio>
#include <optional>
#include <set>

#include "bits/emu_cases.hpp"
#include "halfway/execution.hpp"
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace halfway::test {
using emu::DotModel;
using emu::MatmulExtras;

struct Case {
  std::int64_t m, n, k;
  DType a, b, d;
  DotAlgorithm algorithm;
  DotModel model;
  Matrix::Layout a_layout, b_layout, d_layout;
  Numbers a_numbers, b_numbers;
  std::uint64_t seed;
  std::optional<DType> c = {};  // C and its dtype
  Matrix::Layout c_layout = Matrix::Layout::rows;
  bool bias = false, relu = false;
};

inline std::string describe(const Case& c) {
  std::string text = std::to_string(c.m) + "x" + std::to_string(c.n) + "x" + std::to_string(c.k);
  for (const DType t : {c.a, c.b, c.d}) text += " " + std::string(name(t));
  text += ", " + name(c.algorithm) + ", " + std::string(c.model.name) + ", layouts";
  for (const Matrix::Layout l : {c.a_layout, c.b_layout, c.d_layout}) text += " " + std::to_string(static_cast<int>(l));
  for (const Numbers x : {c.a_numbers, c.b_numbers}) text += " numbers " + std::to_string(static_cast<int>(x));
  if (c.c) text += ", C " + std::string(name(*c.c)) + " layout " + std::to_string(static_cast<int>(c.c_layout));
  text += std::string(c.bias ? ", bias" : "") + (c.relu ? ", relu" : "");
  return text + ", seed " + std::to_string(c.seed);
}

/// A caller's floating-point environment with everything in it that could do harm; on others than x86 none.
class Dirt {
 public:
#if defined(__SSE2__)
  Dirt() : before_(_mm_getcsr()) { _mm_setcsr(dirty); }
  ~Dirt() { _mm_setcsr(before_); }
  bool untouched() const { return (_mm_getcsr() & ~0x3Fu) == dirty; }

 private:
  static constexpr unsigned dirty = 0x1F80 | 0x8000 | 0x0040 | 0x6000;  // FTZ, DAZ, towards zero
  unsigned before_;
#else
  bool untouched() const { return true; }
#endif
};

inline std::set<std::string> targets_seen;
inline std::set<int> threads_seen;
inline bool openmp() {
#ifdef _OPENMP
  return true;
#else
  return false;
#endif
}

/// One product on all targets with one and two threads against its definition; false at the first difference.
inline void check(const Case& c) {
  std::mt19937_64 random(c.seed);
  Matrix a(c.a, c.m, c.k, c.a_layout), b(c.b, c.k, c.n, c.b_layout), expected(c.d, c.m, c.n, c.d_layout);
  fill(a, c.a_numbers, random);
  fill(b, c.b_numbers, random);
  const bool doubles = c.d == DType::float64;
  const DType c_dtype = doubles == (c.c == DType::float64) ? c.c.value_or(c.d) : doubles ? c.d : DType::float32;
  Matrix addend(c_dtype, c.m, c.n, c.c_layout), bias(c.d, 1, c.n, Matrix::Layout::rows);
  MatmulExtras extras{.relu = c.relu};
  if (c.c) fill(addend, c.a_numbers, random), extras.c = addend.in();
  if (c.bias) fill(bias, c.b_numbers, random), extras.bias = bias.in().data;
  matmul_ref(a.in(), b.in(), expected.out(), c.algorithm, c.model, extras);
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    targets_seen.insert(execution::target());
    for (const int threads : {1, 2}) {
      if (threads == 2 && c.seed % 4 != 0) continue;  // threads waiting for each other take most of the time
      execution::set_threads(threads);
      execution::take_threads_used();
      Matrix result(c.d, c.m, c.n, c.d_layout);
      bool untouched = false;
      {
        const Dirt dirt;
        matmul(a.in(), b.in(), result.out(), c.algorithm, c.model, extras);
        untouched = dirt.untouched();
      }
      if (const int used = execution::take_threads_used(); used > 0) threads_seen.insert(used);  // 0: nothing to do
      if (result.bytes() == expected.bytes() && untouched) continue;
      std::string first = "in a gap, or the environment";
      for (std::int64_t i = c.m * c.n; i-- > 0;)
        if (result.get(i / c.n, i % c.n) != expected.get(i / c.n, i % c.n)) {
          char text[100];
          std::snprintf(text, sizeof text, "[%d][%d] is %llx, not %llx", static_cast<int>(i / c.n),
                        static_cast<int>(i % c.n), static_cast<unsigned long long>(result.get(i / c.n, i % c.n)),
                        static_cast<unsigned long long>(expected.get(i / c.n, i % c.n)));
          first = text;
        }
      const std::string what = describe(c) + " on " + target + ", " + std::to_string(threads) + " threads: " + first;
      FAIL_CHECK(what);
      return;
    }
  }
}

/// Threads share even the smallest product while a test runs.
struct Setup {
  Setup() { execution::set_threading_threshold(0); }
  ~Setup() {
    execution::use_target("");
    execution::set_threading_threshold(threshold);
    execution::set_threads(threads);
  }
  std::int64_t threshold = execution::threading_threshold();
  int threads = execution::threads();
};

/// For the last test of a file: doctest runs in order.
inline void check_what_ran(const char* name) {
  std::string list;
  for (const std::string& target : targets_seen) list += " " + target;
  std::string counts;
  for (const int count : threads_seen) counts += " " + std::to_string(count);
  std::printf("%s: targets%s; threads%s\n", name, list.c_str(), counts.c_str());
  CHECK(targets_seen.size() == execution::targets().size());
  CHECK(threads_seen.contains(1));
  if (openmp()) CHECK(threads_seen.contains(2));
}

}  // namespace halfway::test
