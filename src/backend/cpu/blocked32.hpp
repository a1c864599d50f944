// blocked32, the one order of every sum that is not a matrix product (docs/numerics.md): chunks of 1024; in a chunk 32
// partial sums, element i to sum i mod 32, in order; then j joined with j + 16, + 8, + 4, + 2, + 1; chunk results added
// in order. Missing elements are not added. Two AVX-512 registers, four of AVX2, or one warp hold the partial sums.
#pragma once
#include <algorithm>
#include <cstdint>

namespace halfway::backend::host {

inline constexpr std::int64_t sum_chunk = 1024;
inline constexpr int sum_partials = 32;

/// Joins the first `count` partial sums into partial[0].
template <class T>
void join_partials(T* partial, int count) {
  for (int step = sum_partials / 2; step > 0; step /= 2)
    for (int j = 0; j < step && j + step < count; ++j) partial[j] = partial[j] + partial[j + step];
}

/// The sum of term(0), …, term(count − 1); +0 if there is none.
template <class T, class Term>
T blocked32_sum(std::int64_t count, Term&& term) {
  T sum{0};
  for (std::int64_t start = 0; start < count; start += sum_chunk) {
    const std::int64_t size = std::min(sum_chunk, count - start);
    const int partials = static_cast<int>(std::min<std::int64_t>(size, sum_partials));
    T partial[sum_partials];
    for (int j = 0; j < partials; ++j) partial[j] = term(start + j);
    for (std::int64_t i = sum_partials; i < size; ++i) partial[i % sum_partials] += term(start + i);
    join_partials(partial, partials);
    sum = start == 0 ? partial[0] : sum + partial[0];
  }
  return sum;
}

}  // namespace halfway::backend::host
