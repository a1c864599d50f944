// One tile of D: its chains side by side in registers, and its way to memory.
#if defined(HALFWAY_EMU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_TILE_INL_H_
#undef HALFWAY_EMU_TILE_INL_H_
#else
#define HALFWAY_EMU_TILE_INL_H_
#endif

#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "emu/pack-inl.hpp"

#undef HALFWAY_EMU_NATIVE_FMA
#if defined(HWY_NATIVE_FMA) && HWY_NATIVE_FMA
#define HALFWAY_EMU_NATIVE_FMA 1
#else
#define HALFWAY_EMU_NATIVE_FMA 0
#endif

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

// A tile is kTileRows rows by kTileVectors vectors: its accumulators, a row of B and one element of A fill the
// registers.
#if HWY_TARGET <= HWY_AVX3
inline constexpr std::int64_t kTileRows = 14;
#else
inline constexpr std::int64_t kTileRows = 6;
#endif
inline constexpr std::int64_t kTileVectors = 2;

/// How a block of steps goes on from the blocks before it.
enum class Entry { first, chain, join };

/// f(0), f(1), …, f(kCount − 1), each index a constant: what it names stays in registers.
template <std::int64_t... kIndices, class F>
HWY_INLINE void UnrollOver(std::integer_sequence<std::int64_t, kIndices...>, F f) {
  (f(std::integral_constant<std::int64_t, kIndices>()), ...);
}
template <std::int64_t kCount, class F>
HWY_INLINE void Unroll(F f) {
  UnrollOver(std::make_integer_sequence<std::int64_t, kCount>(), f);
}

#if !HALFWAY_EMU_NATIVE_FMA
/// fma without the instruction: in double the product is exact; the sum is rounded to odd, so that rounding it again to
/// float gives what one rounding gives (Boldo and Melquiond 2008).
inline float FusedMultiplyAdd(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b), addend = static_cast<double>(c);
  const double sum = product + addend;
  const double part = sum - product;
  const double error = (product - (sum - part)) + (addend - part);  // TwoSum: exact
  auto bits = std::bit_cast<std::uint64_t>(sum);
  const bool inexact = error < 0 || error > 0;  // no: NaN, which infinities leave
  if (inexact && (bits & 1) == 0) bits += (error > 0) == (sum > 0) ? 1 : std::uint64_t(-1);
  return static_cast<float>(std::bit_cast<double>(bits));
}
inline double FusedMultiplyAdd(double a, double b, double c) { return std::fma(a, b, c); }
#endif

/// c + a·b, rounded once, or after the product and after the sum.
template <bool kRoundProducts, class D>
HWY_INLINE hn::Vec<D> Accumulate(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
  if constexpr (kRoundProducts) return hn::Add(hn::Mul(a, b), c);
#if HALFWAY_EMU_NATIVE_FMA
  (void)d;
  return hn::MulAdd(a, b, c);
#else
  constexpr std::size_t lanes = hn::MaxLanes(D());
  HWY_ALIGN hn::TFromD<D> x[lanes], y[lanes], z[lanes];
  hn::Store(a, d, x), hn::Store(b, d, y), hn::Store(c, d, z);
  for (std::size_t i = 0; i < lanes; ++i) z[i] = FusedMultiplyAdd(x[i], y[i], z[i]);
  return hn::Load(d, z);
#endif
}

/// A panel of A by a panel of B over `steps` steps of k, into `tile` ([row][column], aligned). Element (row, step) of A
/// stands at a[row·kRowStride + step·kStepStride], both constants, so that each is an address and no register.
template <std::int64_t kRows, std::int64_t kVectors, std::int64_t kRowStride, std::int64_t kStepStride,
          bool kRoundProducts, class E>
HWY_NOINLINE void ComputeTile(const E* HWY_RESTRICT a, const E* HWY_RESTRICT b, std::int64_t steps, Entry entry,
                              E* HWY_RESTRICT tile) {
  const hn::ScalableTag<E> d;
  using V = hn::Vec<decltype(d)>;
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  const auto for_tile = [&](auto f) HWY_ATTR {
    Unroll<kRows>([&](auto r) HWY_ATTR { Unroll<kVectors>([&](auto v) HWY_ATTR { f(r, v); }); });
  };
  for_tile([&](auto r, auto v) HWY_ATTR { hwy::Prefetch(tile + (r * kVectors + v) * lanes); });  // for the end
  V sums[kRows][kVectors];
  for_tile([&](auto r, auto v) HWY_ATTR { sums[r][v] = hn::Zero(d); });
  if (entry == Entry::chain)
    for_tile([&](auto r, auto v) HWY_ATTR { sums[r][v] = hn::Load(d, tile + (r * kVectors + v) * lanes); });
  for (std::int64_t step = 0; step < steps; ++step) {
    V b_row[kVectors];
    Unroll<kVectors>([&](auto v) HWY_ATTR { b_row[v] = hn::Load(d, b + v * lanes); });
    Unroll<kRows>([&](auto r) HWY_ATTR {
      const V a_element = hn::Set(d, a[r * kRowStride]);
      Unroll<kVectors>([&](auto v)
                           HWY_ATTR { sums[r][v] = Accumulate<kRoundProducts>(d, a_element, b_row[v], sums[r][v]); });
    });
    a += kStepStride;
    b += kVectors * lanes;
  }
  if (entry == Entry::join)
    for_tile([&](auto r, auto v)
                 HWY_ATTR { sums[r][v] = hn::Add(hn::Load(d, tile + (r * kVectors + v) * lanes), sums[r][v]); });
  for_tile([&](auto r, auto v) HWY_ATTR { hn::Store(sums[r][v], d, tile + (r * kVectors + v) * lanes); });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_TILE_INL_H_
