// Exact sums of short blocks in float64 lanes, and chains whose accumulator has another rounding than float32's.
#if defined(HALFWAY_EMU_EXACT_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_EXACT_SUM_INL_H_
#undef HALFWAY_EMU_EXACT_SUM_INL_H_
#else
#define HALFWAY_EMU_EXACT_SUM_INL_H_
#endif

#include <array>
#include <cstdint>

#include <hwy/highway.h>

#include "emu/short_sum-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

/// The exact sum of some float64 numbers with at most 400 places between their first and last ones, rounded to float32;
/// −0 if all are.
template <class D, std::size_t kTerms>
HWY_INLINE hn::Vec<hn::Rebind<float, D>> ExactSumOf(D d, const std::array<hn::Vec<D>, kTerms>& terms) {
  auto sum = hn::Add(terms[0], terms[1]);
  auto exact = IsExact(sum, terms[0], terms[1]);
  for (std::size_t i = 2; i < kTerms; ++i) {
    const auto before = sum;
    sum = hn::Add(before, terms[i]);
    exact = hn::And(exact, IsExact(sum, before, terms[i]));
  }
  if (HWY_UNLIKELY(!hn::AllTrue(d, exact)))  // infinities and NaN are sums already
    sum = hn::IfThenElse(hn::Or(exact, hn::Not(hn::IsFinite(sum))), sum, SumToOdd(d, terms));
  return RoundToFloat32(hn::Rebind<float, D>(), sum);
}

/// Blocks of kTerms products summed exactly, c among them or added to the rounded sum.
template <int kTerms, emu::Addend kAddend>
struct ExactSums {
  using Operand = double;
  static constexpr std::int64_t kVectors = 1;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void Add(const double* HWY_RESTRICT a, const double* HWY_RESTRICT b, std::int64_t steps,
                               const emu::DotModel&, float* HWY_RESTRICT tile) {
    static_assert(kWidth == 1);
    constexpr bool c_is_a_term = kAddend == emu::Addend::first;
    const hn::ScalableTag<double> d;
    const hn::Rebind<float, decltype(d)> narrow;
    using V = hn::Vec<decltype(d)>;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    for (std::int64_t step = 0; step < steps; step += kTerms, a += kTerms * kStepStride, b += kTerms * lanes) {
      V b_rows[kTerms];
      Unroll<kTerms>([&](auto k) HWY_ATTR { b_rows[k] = hn::Load(d, b + k * lanes); });
      for (std::int64_t r = 0; r < kTileRows; ++r) {
        float* const c = tile + r * lanes;
        std::array<V, kTerms + c_is_a_term> terms;
        Unroll<kTerms>(
            [&](auto k) HWY_ATTR { terms[k] = hn::Mul(hn::Set(d, a[r * kRowStride + k * kStepStride]), b_rows[k]); });
        if constexpr (c_is_a_term) {
          terms[kTerms] = hn::PromoteTo(d, hn::Load(narrow, c));
          hn::Store(ExactSumOf(d, terms), narrow, c);
        } else {
          hn::Store(hn::Add(hn::Load(narrow, c), ExactSumOf(d, terms)), narrow, c);
        }
      }
    }
  }
};

/// Accumulators of float32 lanes, rounded towards zero.
struct TowardZeroFloat32 {
  template <class D>
  static HWY_INLINE hn::Vec<D> MulAdd(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
    return MulAddInDouble<false>(d, a, b, c);
  }
};
/// Accumulators of 16 bits: float32's sum is rounded again, unless it is a tie, which the exact sum need not be.
template <class T>
struct Accumulator {
  template <class D>
  static HWY_INLINE hn::Vec<D> MulAdd(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
    const hn::RebindToSigned<D> di;
    auto sum = Accumulate<false>(d, a, b, c);
    constexpr bool half = std::is_same_v<T, float16>;
    constexpr std::int32_t below = half ? 0x1FFF : 0xFFFF, tie = half ? 0x1000 : 0x8000;  // the places that are lost
    const auto bits = hn::BitCast(di, sum);
    auto unsure = hn::Eq(hn::And(bits, hn::Set(di, below)), hn::Set(di, tie));
    if constexpr (half) {  // subnormals lose more
      const auto magnitude = hn::And(bits, hn::Set(di, 0x7FFFFFFF));
      const auto tiny = hn::Lt(magnitude, hn::Set(di, kMinNormalFloat16));
      unsure = hn::Or(unsure, hn::And(tiny, hn::Gt(magnitude, hn::Zero(di))));
    }
    if (HWY_UNLIKELY(
            !hn::AllFalse(di, unsure))) {  // where the product is a float32 number, a tie may be seen to be one
      const auto product = hn::Mul(a, b), error = Accumulate<false>(d, a, b, hn::Neg(product));
      const auto known = hn::And(hn::Eq(error, hn::Zero(d)), hn::Ge(hn::Abs(product), hn::Set(d, 0x1p-100F)));
      const auto exact = hn::RebindMask(di, hn::And(IsExact(sum, product, c), known));
      if (!hn::AllFalse(di, hn::AndNot(exact, unsure))) sum = MulAddInDouble<true>(d, a, b, c);
    }
    return half ? RoundToFloat16(d, sum) : RoundToBfloat16(d, sum);
  }
};

/// A chain whose accumulator is rounded after each term as `Rounded` does.
template <class Rounded>
struct RoundedChain {
  using Operand = float;
  static constexpr std::int64_t kVectors = 1;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void Add(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t steps,
                               const emu::DotModel&, float* HWY_RESTRICT tile) {
    static_assert(kWidth == 1);
    const hn::ScalableTag<float> d;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    hn::Vec<decltype(d)> sums[kTileRows];
    Unroll<kTileRows>([&](auto r) HWY_ATTR { sums[r] = hn::Load(d, tile + r * lanes); });
    for (std::int64_t step = 0; step < steps; ++step, a += kStepStride, b += lanes) {
      const auto b_row = hn::Load(d, b);
      Unroll<kTileRows>([&](auto r)
                            HWY_ATTR { sums[r] = Rounded::MulAdd(d, hn::Set(d, a[r * kRowStride]), b_row, sums[r]); });
    }
    Unroll<kTileRows>([&](auto r) HWY_ATTR { hn::Store(sums[r], d, tile + r * lanes); });
  }
};

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_EXACT_SUM_INL_H_
