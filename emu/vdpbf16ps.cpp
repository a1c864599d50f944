// VDPBF16PS: sums of eight rows by one or two tiles of columns in registers.
#include "emu/tile_unit.hpp"
#include "halfway/emu/matrix_units.hpp"
#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cstring>
#endif

namespace halfway::emu::detail {

#if defined(__x86_64__)
namespace {

#define HALFWAY_AVX512_BF16 __attribute__((target("avx512f,avx512bf16")))
#if defined(__clang__)
#define HALFWAY_UNROLL _Pragma("unroll")
#else
#define HALFWAY_UNROLL _Pragma("GCC unroll 16")
#endif

constexpr std::int64_t group_rows = 8;  // by two columns 16 chains, of which none waits for itself

/// The pairs that begin there, in all lanes.
HALFWAY_AVX512_BF16 inline __m512bh broadcast_pair(const bfloat16* from) {
  std::int32_t pair;
  std::memcpy(&pair, from, sizeof pair);
  const __m512i everywhere = _mm512_set1_epi32(pair);
  __m512bh pairs;
  std::memcpy(&pairs, &everywhere, sizeof pairs);
  return pairs;
}
HALFWAY_AVX512_BF16 inline __m512bh load_pairs(const bfloat16* from) {
  __m512bh pairs;
  std::memcpy(&pairs, from, sizeof pairs);
  return pairs;
}

/// Eight rows of a tile of A; their next 32 steps lie a_stride elements further.
template <int kCols>
HALFWAY_AVX512_BF16 void multiply_group(const bfloat16* a, std::int64_t a_stride, const bfloat16* b, std::int64_t steps,
                                        bool onto, float* out) {
  constexpr std::int64_t lines = TileUnit::lines;
  __m512 sums[group_rows * kCols];  // row after row
  HALFWAY_UNROLL
  for (int i = 0; i < group_rows * kCols; ++i) sums[i] = onto ? _mm512_loadu_ps(out + i * lines) : _mm512_setzero_ps();
  for (; steps > 0; steps -= TileUnit::steps, a += a_stride, b += kCols * TileUnit::size) {
    const std::int64_t here = std::min(steps, TileUnit::steps);
    for (std::int64_t step = 0; step < here; step += 2) {
      __m512bh right[kCols];
      HALFWAY_UNROLL
      for (int col = 0; col < kCols; ++col) right[col] = load_pairs(b + col * TileUnit::size + step * lines);
      HALFWAY_UNROLL
      for (int row = 0; row < group_rows; ++row) {
        const __m512bh left = broadcast_pair(a + row * TileUnit::steps + step);
        HALFWAY_UNROLL
        for (int col = 0; col < kCols; ++col) {
          __m512& sum = sums[row * kCols + col];
          sum = _mm512_dpbf16_ps(sum, left, right[col]);
        }
      }
    }
  }
  HALFWAY_UNROLL
  for (int i = 0; i < group_rows * kCols; ++i) _mm512_storeu_ps(out + i * lines, sums[i]);
}

template <int kRows, int kCols>
void multiply(const bfloat16* a, const bfloat16* b, std::int64_t steps, bool onto, float* sums) {
  for (std::int64_t row = 0; row < kRows * TileUnit::lines; row += group_rows)
    multiply_group<kCols>(a + row * TileUnit::steps, kRows * TileUnit::size, b, steps, onto,
                          sums + row * kCols * TileUnit::lines);
}

constexpr TileUnit unit{.model = vdpbf16ps,
                        .begin = [] {},
                        .end = [] {},
                        .multiply = {{&multiply<1, 1>, &multiply<1, 2>}, {&multiply<2, 1>, &multiply<2, 2>}}};

}  // namespace

const TileUnit* vdpbf16ps_unit() { return &unit; }
#else
const TileUnit* vdpbf16ps_unit() { return nullptr; }
#endif

}  // namespace halfway::emu::detail
