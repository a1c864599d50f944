// Sums of a tile's terms in float32 lanes: chains in an instruction's order, lanes, trees.
#if defined(HALFWAY_EMU_SHORT_SUM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_SHORT_SUM_INL_H_
#undef HALFWAY_EMU_SHORT_SUM_INL_H_
#else
#define HALFWAY_EMU_SHORT_SUM_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "emu/multiply-inl.hpp"
#include "emu/to_odd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

// `Sums` below are rules (multiply-inl.hpp) that only go on: Add<…>(a, b, steps, model, tile) adds to what the tile
// holds. The tile is that of kTileRows rows.

/// Sums that start from +0, go on, or are a pass of their own, which joins the passes before it.
template <class Sums>
struct ShortRule {
  using Operand = typename Sums::Operand;
  using Sum = float;
  static constexpr std::int64_t kVectors = Sums::kVectors;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static void Compute(const Operand* a, const Operand* b, std::int64_t steps, Entry entry, const emu::DotModel& model,
                      float* tile) {
    constexpr std::int64_t size = kTileRows * kWidth * hn::MaxLanes(hn::ScalableTag<Operand>());
    const hn::CappedTag<float, size> d;
    constexpr auto add = &Sums::template Add<kWidth, kRowStride, kStepStride>;
    if (entry == Entry::join) {
      HWY_ALIGN float pass[size] = {};
      add(a, b, steps, model, pass);
      for (std::int64_t i = 0; i < size; i += hn::MaxLanes(d)) {
        const auto sum = hn::Add(hn::Load(d, tile + i), hn::Load(d, pass + i));  // 24 bits are enough to round again
        hn::Store(model.pass_result == binary16 ? RoundToFloat16(d, sum)
                  : model.pass_result == bfloat ? RoundToBfloat16(d, sum)
                                                : sum,
                  d, tile + i);
      }
    } else {
      if (entry == Entry::first) std::fill_n(tile, size, 0.0F);
      add(a, b, steps, model, tile);
    }
  }
};

/// The result of an operation where a NaN may be among the operands: the first one, quiet; 0xFFC00000 if it arose.
template <class D>
HWY_INLINE hn::Vec<D> FirstNan(D d, hn::Vec<D> result) {
  const auto arisen = hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), 0xFFC00000u));
  return hn::IfThenElse(hn::IsNaN(result), arisen, result);
}
template <class D, class... More>
HWY_INLINE hn::Vec<D> FirstNan(D d, hn::Vec<D> result, hn::Vec<D> operand, More... more) {
  const auto quiet = hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), 0x00400000u));
  return hn::IfThenElse(hn::IsNaN(operand), hn::Or(operand, quiet), FirstNan(d, result, more...));
}

/// Operations with whatever NaN, or with x86's.
template <bool kFirstNan, class D>
HWY_INLINE hn::Vec<D> MulAddOf(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
  const auto result = Accumulate<false>(d, a, b, c);
  if constexpr (kFirstNan)
    return FirstNan(d, result, a, b, c);
  else
    return result;
}
template <bool kFirstNan, class D>
HWY_INLINE hn::Vec<D> AddOf(D d, hn::Vec<D> a, hn::Vec<D> b) {
  const auto result = hn::Add(a, b);
  if constexpr (kFirstNan)
    return FirstNan(d, result, a, b);
  else
    return result;
}

/// Sums<false>, and where that gives a NaN, the tile once more with Sums<true>, which names it.
template <template <bool> class Sums>
struct NamingNan : Sums<false> {
  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static void Add(const float* a, const float* b, std::int64_t steps, const emu::DotModel& model, float* tile) {
    const hn::ScalableTag<float> d;
    constexpr std::int64_t lanes = hn::MaxLanes(d), size = kTileRows * kWidth * lanes;
    HWY_ALIGN float before[size];
    std::copy_n(tile, size, before);
    Sums<false>::template Add<kWidth, kRowStride, kStepStride>(a, b, steps, model, tile);
    auto nan = hn::IsNaN(hn::Load(d, tile));
    for (std::int64_t i = lanes; i < size; i += lanes) nan = hn::Or(nan, hn::IsNaN(hn::Load(d, tile + i)));
    if (HWY_LIKELY(hn::AllFalse(d, nan))) return;
    std::copy_n(before, size, tile);
    Sums<true>::template Add<kWidth, kRowStride, kStepStride>(a, b, steps, model, tile);
  }
};

/// A chain in instructions of two terms, the odd one first; kNamesNan: NaN are x86's.
template <bool kNamesNan>
struct OddFirstChain {
  using Operand = float;
  static constexpr std::int64_t kVectors = kTileVectors;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static void Add(const float* a, const float* b, std::int64_t steps, const emu::DotModel&, float* tile) {
    if (!TryAdd<false, kWidth, kRowStride, kStepStride>(a, b, steps, tile))
      TryAdd<true, kWidth, kRowStride, kStepStride>(a, b, steps, tile);
  }

 private:
  /// Where NaN are to be named and are not, but there is one: false, and the tile keeps what it holds.
  template <bool kFirstNan, std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE bool TryAdd(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t steps,
                                  float* HWY_RESTRICT tile) {
    const hn::ScalableTag<float> d;
    using V = hn::Vec<decltype(d)>;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    const auto for_tile = [&](auto f) HWY_ATTR {
      Unroll<kTileRows>([&](auto r) HWY_ATTR { Unroll<kWidth>([&](auto v) HWY_ATTR { f(r, v); }); });
    };
    V sums[kTileRows][kWidth];
    for_tile([&](auto r, auto v) HWY_ATTR { sums[r][v] = hn::Load(d, tile + (r * kWidth + v) * lanes); });
    for (std::int64_t step = 0; step < steps; step += 2, a += 2 * kStepStride, b += 2 * kWidth * lanes)
      Unroll<2>([&](auto even_first) HWY_ATTR {
        constexpr std::int64_t term = 1 - even_first;
        V b_row[kWidth];
        Unroll<kWidth>([&](auto v) HWY_ATTR { b_row[v] = hn::Load(d, b + (term * kWidth + v) * lanes); });
        for_tile([&](auto r, auto v) HWY_ATTR {
          const V a_element = hn::Set(d, a[r * kRowStride + term * kStepStride]);
          sums[r][v] = MulAddOf<kFirstNan>(d, a_element, b_row[v], sums[r][v]);
        });
      });
    if constexpr (kNamesNan && !kFirstNan) {
      auto nan = hn::IsNaN(sums[0][0]);
      for_tile([&](auto r, auto v) HWY_ATTR { nan = hn::Or(nan, hn::IsNaN(sums[r][v])); });
      if (HWY_UNLIKELY(!hn::AllFalse(d, nan))) return false;
    }
    for_tile([&](auto r, auto v) HWY_ATTR { hn::Store(sums[r][v], d, tile + (r * kWidth + v) * lanes); });
    return true;
  }
};

/// Instructions of some terms: kLanes chains from +0, joined, then added to c. kFlushSums: a tiny sum with c becomes a
/// zero (which an environment that flushes would do too, but to c as well).
template <int kLanes, bool kFlushSums, bool kFirstNan>
struct LaneSums {
  using Operand = float;
  static constexpr std::int64_t kVectors = 1;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void Add(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t steps,
                               const emu::DotModel& model, float* HWY_RESTRICT tile) {
    static_assert(kWidth == 1 && kLanes <= 2);
    const hn::ScalableTag<float> d;
    using V = hn::Vec<decltype(d)>;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    for (std::int64_t step = 0; step < steps; step += model.instruction) {
      V sums[kLanes][kTileRows];
      Unroll<kTileRows>([&](auto r)
                            HWY_ATTR { Unroll<kLanes>([&](auto lane) HWY_ATTR { sums[lane][r] = hn::Zero(d); }); });
      for (std::int64_t k = 0; k < model.instruction; k += kLanes, a += kLanes * kStepStride, b += kLanes * lanes)
        Unroll<kLanes>([&](auto lane) HWY_ATTR {
          const V b_row = hn::Load(d, b + lane * lanes);
          Unroll<kTileRows>([&](auto r) HWY_ATTR {
            const V a_element = hn::Set(d, a[r * kRowStride + lane * kStepStride]);
            sums[lane][r] = MulAddOf<kFirstNan>(d, a_element, b_row, sums[lane][r]);
          });
        });
      Unroll<kTileRows>([&](auto r) HWY_ATTR {
        const V sum = kLanes == 1 ? sums[0][r] : AddOf<kFirstNan>(d, sums[0][r], sums[kLanes - 1][r]);
        V c = AddOf<kFirstNan>(d, hn::Load(d, tile + r * lanes), sum);
        if (kFlushSums) c = FlushSubnormals(d, c);
        hn::Store(c, d, tile + r * lanes);
      });
    }
  }
};

/// How a tree multiplies and adds: to nearest even, flushing as the environment does.
struct NearestArithmetic {
  template <class D>
  static HWY_INLINE hn::Vec<D> Multiply(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Mul(x, y);
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> Add(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Add(x, y);
  }
};
/// To odd, overflow to infinity, tiny results to zero, in an environment that keeps subnormals. Factors have at most 12
/// bits, so that only tiny products are inexact, and these become zeros.
struct FlushingOddArithmetic {
  template <class D>
  static HWY_INLINE hn::Vec<D> Multiply(D d, hn::Vec<D> x, hn::Vec<D> y) {
    return FlushSubnormals(d, hn::Mul(x, y));
  }
  template <class D>
  static HWY_INLINE hn::Vec<D> Add(D d, hn::Vec<D> x, hn::Vec<D> y) {
    const auto sum = AddToOdd(d, x, y);
    // Between the largest number and 2^128 rounding to nearest overflows, rounding to odd does not: at half the size
    // neither does.
    if (HWY_UNLIKELY(!hn::AllFalse(d, hn::IsInf(sum)))) {
      const auto half = hn::Set(d, 0.5F);
      const auto halved = AddToOdd(d, hn::Mul(x, half), hn::Mul(y, half));
      return FlushSubnormals(d, hn::IfThenElse(hn::IsInf(sum), hn::Add(halved, halved), sum));
    }
    return FlushSubnormals(d, sum);
  }
};

/// Instructions of two or four terms: products, added in pairs, the sum then added to c.
template <int kTerms, class Arithmetic>
struct TreeSums {
  using Operand = float;
  static constexpr std::int64_t kVectors = 1;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void Add(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t steps,
                               const emu::DotModel&, float* HWY_RESTRICT tile) {
    static_assert(kWidth == 1 && (kTerms == 2 || kTerms == 4));
    const hn::ScalableTag<float> d;
    using V = hn::Vec<decltype(d)>;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    V sums[kTileRows];
    Unroll<kTileRows>([&](auto r) HWY_ATTR { sums[r] = hn::Load(d, tile + r * lanes); });
    for (std::int64_t step = 0; step < steps; step += kTerms, a += kTerms * kStepStride, b += kTerms * lanes) {
      V b_rows[kTerms];
      Unroll<kTerms>([&](auto k) HWY_ATTR { b_rows[k] = hn::Load(d, b + k * lanes); });
      Unroll<kTileRows>([&](auto r) HWY_ATTR {
        const auto pair = [&](auto k) HWY_ATTR {
          const auto product = [&](std::int64_t i) HWY_ATTR {
            return Arithmetic::Multiply(d, hn::Set(d, a[r * kRowStride + i * kStepStride]), b_rows[i]);
          };
          return Arithmetic::Add(d, product(k), product(k + 1));
        };
        V sum = pair(0);
        if constexpr (kTerms == 4) sum = Arithmetic::Add(d, sum, pair(2));
        sums[r] = Arithmetic::Add(d, sums[r], sum);
      });
    }
    Unroll<kTileRows>([&](auto r) HWY_ATTR { hn::Store(sums[r], d, tile + r * lanes); });
  }
};

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_SHORT_SUM_INL_H_
