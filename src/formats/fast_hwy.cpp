// float32 to and from the 16-bit formats under any arithmetic, and 16-bit arithmetic to nearest even: whole kernels in
// float32 lanes. NaNs are looked for in several vectors at once and made canonical only where there are any.
//
// + − × ÷ √ of float16 or bfloat16 numbers in float32, rounded again, is rounded right: 24 ≥ 2p + 2 (Figueroa 1995;
// with subnormal numbers Roux 2014). All 2^32 pairs are tested.
#include "formats/fast_kernels.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <hwy/cache_control.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/fast_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"
#include "formats/narrow-inl.hpp"
#include "formats/random-inl.hpp"
#include "formats/round-inl.hpp"

#ifndef HALFWAY_FORMATS_SHAPE_H_
#define HALFWAY_FORMATS_SHAPE_H_
namespace halfway::detail {

/// What flushing and saturation make of a number before it is rounded: zero of what lies above −low_negative and below
/// low_positive, the nearest of [−high, high] of the rest.
struct Shape {
  float low_positive = 0, low_negative = 0, high = std::numeric_limits<float>::infinity();
};

inline Shape shape_of(const RoundPlan& plan) {
  Shape shape;
  const int emin = plan.codes.emin, p = plan.codes.precision;
  if (plan.how.inputs == Subnormals::flush) shape.low_positive = shape.low_negative = std::ldexp(1.0f, -126);
  if (plan.how.results == Subnormals::flush) {
    // The least magnitude that, rounded as if the exponent were unbounded, reaches the smallest normal number.
    const auto least = [&](bool negative) {
      const float normal = std::ldexp(1.0f, emin);
      switch (plan.how.rounding) {
        case Rounding::ties_to_even:
        case Rounding::ties_to_away: return normal - std::ldexp(1.0f, emin - p - 1);
        case Rounding::toward_positive:
        case Rounding::toward_negative:
          if (negative != (plan.how.rounding == Rounding::toward_negative)) return normal;
          return std::nextafter(normal - std::ldexp(1.0f, emin - p), 1.0f);
        default: return normal;
      }
    };
    shape.low_positive = std::max(shape.low_positive, least(false));
    shape.low_negative = std::max(shape.low_negative, least(true));
  }
  if (plan.how.overflow == Overflow::saturate) shape.high = std::ldexp(2.0f - std::ldexp(1.0f, 1 - p), plan.codes.emax);
  return shape;
}

}  // namespace halfway::detail
#endif  // HALFWAY_FORMATS_SHAPE_H_

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

using detail::BulkPlan;
using detail::CaseCounts;

enum class Shaping : std::uint8_t { none, flushing, saturating, both };

template <Shaping shaping, class D>
HWY_INLINE hn::Vec<D> ApplyShape(D d, hn::Vec<D> v, const detail::Shape& shape) {
  const hn::RebindToUnsigned<D> du;
  if constexpr (shaping == Shaping::flushing || shaping == Shaping::both) {
    const auto small = hn::And(hn::Lt(v, hn::Set(d, shape.low_positive)), hn::Gt(v, hn::Set(d, -shape.low_negative)));
    v = hn::IfThenElse(small, hn::And(v, hn::BitCast(d, hn::Set(du, 0x80000000u))), v);
  }
  if constexpr (shaping == Shaping::saturating || shaping == Shaping::both)
    v = hn::Min(hn::Max(v, hn::Set(d, -shape.high)), hn::Set(d, shape.high));
  return v;
}

// Two vectors of results, one after the other; NaNs become the canonical one if there can be any.

#if HWY_TARGET != HWY_SCALAR
/// Upper halves as codes.
template <class D>
HWY_INLINE void StoreUpperHalves(D, hn::Vec<hn::RebindToUnsigned<D>> first, hn::Vec<hn::RebindToUnsigned<D>> second,
                                 bfloat16* p) {
  const hn::Repartition<std::uint16_t, D> du16;
  hn::StoreU(hn::ConcatOdd(du16, hn::BitCast(du16, second), hn::BitCast(du16, first)), du16,
             reinterpret_cast<std::uint16_t*>(p));
}

template <Rounding direction, bool nan, class D>
HWY_INLINE void StorePair(D d, hn::Vec<D> first, hn::Vec<D> second, bfloat16* p) {
  const hn::RebindToUnsigned<D> du;
  const auto round = [&](hn::Vec<D> v) HWY_ATTR {
    const auto rounded = RoundToUpperHalves<direction>(d, v);
    if constexpr (!nan) return rounded;
    return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Set(du, 0x7FC00000u), rounded);
  };
  StoreUpperHalves(d, round(first), round(second), p);
}
#endif

#if HALFWAY_HAVE_F16C
template <Rounding direction, bool nan, class D>
HWY_INLINE void StorePair(D d, hn::Vec<D> first, hn::Vec<D> second, float16* p) {
  const hn::Rebind<std::uint16_t, D> du16;
  const auto round = [&](hn::Vec<D> v) HWY_ATTR {
    if constexpr (nan) v = CanonicalNaN(d, v);
    return RoundToHalf<direction>(d, v);
  };
  auto* out = reinterpret_cast<std::uint16_t*>(p);
  hn::StoreU(round(first), du16, out);
  hn::StoreU(round(second), du16, out + hn::Lanes(d));
}
#endif

template <Rounding direction, bool nan, class D>
HWY_INLINE void StorePair(D d, hn::Vec<D> first, hn::Vec<D> second, float* p) {
  if constexpr (nan) first = CanonicalNaN(d, first), second = CanonicalNaN(d, second);
  hn::StoreU(first, d, p);
  hn::StoreU(second, d, p + hn::Lanes(d));
}

/// Whether this target rounds to T here.
template <class T>
inline constexpr bool kStoresPairs = HWY_TARGET != HWY_SCALAR;
template <>
inline constexpr bool kStoresPairs<float16> = HALFWAY_HAVE_F16C != 0;

template <Rounding direction, class D, class T>
HWY_INLINE void StoreChecked(D d, hn::Vec<D> first, hn::Vec<D> second, T* p) {
  if (HWY_UNLIKELY(AnyNaN(d, first, second))) {
    StorePair<direction, true>(d, first, second, p);
  } else {
    StorePair<direction, false>(d, first, second, p);
  }
}

/// One vector by the general rounder: rare, and out of the way of loops.
template <Direction direction, class D, class T>
HWY_NOINLINE void RoundRare(D d, const detail::RoundPlan& plan, hn::Vec<D> v, hn::Vec<D> random, T* p) {
  CaseCounts uncounted;
  StoreCodes(d, LaneRounder<direction, false, D>(plan).Round(d, v, random, uncounted), p);
}

/// Conversion.
template <Rounding direction, Shaping shaping, class In, class Out>
std::int64_t Convert(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts&) {
  const auto* HWY_RESTRICT in = static_cast<const In*>(plan.operands[0].data);
  auto* HWY_RESTRICT out = static_cast<Out*>(plan.result.data);
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const detail::Shape shape = shaping == Shaping::none ? detail::Shape{} : detail::shape_of(plan.round);
  constexpr bool odd_half = std::is_same_v<Out, float16> && direction == Rounding::to_odd;
  const auto general = [&](V first, V second, Out* p) HWY_ATTR {
    if constexpr (odd_half) {
      RoundRare<Direction::to_odd>(d, plan.round, first, hn::Zero(d), p);
      RoundRare<Direction::to_odd>(d, plan.round, second, hn::Zero(d), p + lanes);
    } else {
      StorePair<direction, true>(d, first, second, p);
    }
  };
  const auto store = [&](V first, V second, Out* p) HWY_ATTR {
    if constexpr (odd_half)
      if (HWY_UNLIKELY(!NoneSmall<float16>(d, first, second))) return general(first, second, p);
    StorePair<direction, false>(d, first, second, p);
  };
  const auto careful = [&](V first, V second, Out* p) HWY_ATTR {
    const auto a = ApplyShape<shaping>(d, first, shape), b = ApplyShape<shaping>(d, second, shape);
    general(hn::IfThenElse(hn::IsNaN(first), first, a), hn::IfThenElse(hn::IsNaN(second), second, b), p);
  };
  std::int64_t i = begin;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    const auto a = LoadAsFloat(d, in + i), b = LoadAsFloat(d, in + i + lanes);
    const auto c = LoadAsFloat(d, in + i + 2 * lanes), e = LoadAsFloat(d, in + i + 3 * lanes);
    if (HWY_UNLIKELY(AnyNaN(d, a, b, c, e))) {
      careful(a, b, out + i);
      careful(c, e, out + i + 2 * lanes);
    } else {
      store(ApplyShape<shaping>(d, a, shape), ApplyShape<shaping>(d, b, shape), out + i);
      store(ApplyShape<shaping>(d, c, shape), ApplyShape<shaping>(d, e, shape), out + i + 2 * lanes);
    }
  }
  return i;
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
/// bfloat16 to float32: codes go straight to the upper halves of lanes, with zeros below.
std::int64_t WidenBfloat16(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts&) {
  const auto* HWY_RESTRICT in = static_cast<const std::uint16_t*>(plan.operands[0].data);
  auto* HWY_RESTRICT out = static_cast<float*>(plan.result.data);
  const hn::ScalableTag<float> d;
  const hn::Repartition<std::uint16_t, decltype(d)> du16;
  using V = hn::Vec<decltype(d)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
#if HWY_TARGET <= HWY_AVX3
  HWY_ALIGN std::uint16_t places[64];
  for (std::uint16_t i = 0; i < 64; ++i) places[i] = i / 2;
  const auto first_place = hn::Load(du16, places), second_place = hn::Load(du16, places + 32);
  const auto spread = [&](auto codes, V& first, V& second) HWY_ATTR {
    first = V{_mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xAAAAAAAA, first_place.raw, codes.raw))};
    second = V{_mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xAAAAAAAA, second_place.raw, codes.raw))};
  };
#else
  const auto spread = [&](auto codes, V& first, V& second) HWY_ATTR {
    const __m256i zero = _mm256_setzero_si256(), crossed = _mm256_permute4x64_epi64(codes.raw, 0xD8);
    first = V{_mm256_castsi256_ps(_mm256_unpacklo_epi16(zero, crossed))};
    second = V{_mm256_castsi256_ps(_mm256_unpackhi_epi16(zero, crossed))};
  };
#endif
  std::int64_t i = begin;
  for (; i + 4 * lanes <= end; i += 4 * lanes) {
    V a = hn::Zero(d), b = a, c = a, e = a;
    spread(hn::LoadU(du16, in + i), a, b);
    spread(hn::LoadU(du16, in + i + 2 * lanes), c, e);
    if (HWY_UNLIKELY(AnyNaN(d, a, b, c, e))) {
      a = CanonicalNaN(d, a), b = CanonicalNaN(d, b), c = CanonicalNaN(d, c), e = CanonicalNaN(d, e);
    }
    StorePair<Rounding::ties_to_even, false>(d, a, b, out + i);
    StorePair<Rounding::ties_to_even, false>(d, c, e, out + i + 2 * lanes);
  }
  return i;
}
#else
std::int64_t WidenBfloat16(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts& cases) {
  return Convert<Rounding::ties_to_even, Shaping::none, bfloat16, float>(plan, begin, end, cases);
}
#endif

/// Conversion that counts. Where all of two vectors are zeros or stay normal numbers, only inexact ones can be; for
/// others the general rounder counts.
template <Rounding direction, class T>
std::int64_t ConvertCounting(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts& cases) {
  const auto* HWY_RESTRICT in = static_cast<const float*>(plan.operands[0].data);
  auto* HWY_RESTRICT out = static_cast<T*>(plan.result.data);
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const LaneRounder<direction_of(direction), true, decltype(d)> rounder(plan.round);
  const bool flush = plan.round.how.inputs == Subnormals::flush;
  const auto count_changed = [&](auto a, auto b) HWY_ATTR {
    return static_cast<std::int64_t>(hn::CountTrue(du, hn::Ne(hn::BitCast(du, a), hn::BitCast(du, b))));
  };
  const auto general = [&](auto v, T* p) HWY_ATTR {
    const auto kept = flush ? FlushSubnormals(d, v) : v;
    cases.flushed += count_changed(v, kept);
    StoreCodes(d, rounder.Round(d, kept, hn::Zero(d), cases), p);
  };
  const auto discarded = hn::Set(du, (1u << (24 - T::format.precision)) - 1);
  const auto count_inexact = [&](auto v) HWY_ATTR {
    const auto lost = hn::Ne(hn::And(hn::BitCast(du, v), discarded), hn::Zero(du));
    return static_cast<std::int64_t>(hn::CountTrue(du, lost));
  };
  std::int64_t i = begin, inexact = 0;
  for (; i + 2 * lanes <= end; i += 2 * lanes) {
    const auto first = hn::LoadU(d, in + i), second = hn::LoadU(d, in + i + lanes);
    if (HWY_LIKELY(AllOrdinary<T>(d, first, second))) {
      inexact += count_inexact(first) + count_inexact(second);
      StorePair<direction, false>(d, first, second, out + i);
    } else {
      general(first, out + i);
      general(second, out + i + lanes);
    }
  }
  cases.inexact += inexact;
  return i;
}

#if HWY_TARGET != HWY_SCALAR
constexpr int kSets = HWY_TARGET <= HWY_AVX3 ? 4 : 2;  // what the registers hold

/// Stochastic conversion. Adding the random bits below the last place is all there is to it for numbers that are
/// ordinary in T (for bfloat16, for all), in the variants that look at no more of δ than those bits.
template <class T>
std::int64_t ConvertStochastic(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts&) {
  constexpr int discarded = 24 - T::format.precision;
  const auto* HWY_RESTRICT in = static_cast<const float*>(plan.operands[0].data);
  auto* HWY_RESTRICT out = static_cast<T*>(plan.result.data);
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  using V = hn::Vec<decltype(d)>;
  using VU = hn::Vec<decltype(du)>;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const int unused = 16 - plan.round.how.random_bits;
  const PhiloxLanes<decltype(du)> philox(du, plan.round.how);
  const auto kept_bits = hn::Set(du, 0xFFFFu >> unused << unused);
  const auto general = [&](V v, VU random, T* p) HWY_ATTR {
    const auto integer = hn::BitCast(hn::RebindToSigned<decltype(d)>(), hn::ShiftRightSame(random, unused));
    RoundRare<Direction::stochastic>(d, plan.round, v, hn::ConvertTo(d, integer), p);
  };
  /// The random bits stand in the upper halves, or the lower ones, of words.
  const auto round = [&](std::int64_t at, VU first_random, VU second_random) HWY_ATTR {
    const V first = hn::LoadU(d, in + at), second = hn::LoadU(d, in + at + lanes);
    first_random = hn::And(first_random, kept_bits);
    second_random = hn::And(second_random, kept_bits);
    bool rare = false;
    if constexpr (std::is_same_v<T, float16>) rare = !AllOrdinary<T>(d, first, second);
    if constexpr (std::is_same_v<T, bfloat16>) rare = AnyNaN(d, first, second);
    if (HWY_UNLIKELY(rare)) {
      general(first, first_random, out + at);
      general(second, second_random, out + at + lanes);
      return;
    }
    const auto add = [&](V v, VU random) HWY_ATTR {
      return hn::BitCast(d, hn::Add(hn::BitCast(du, v), hn::ShiftRight<16 - discarded>(random)));
    };
    StorePair<Rounding::toward_zero, false>(d, add(first, first_random), add(second, second_random), out + at);
  };
  std::int64_t i = begin;
  for (; i + 512 <= end; i += 512) {
    for (std::int64_t lane = 0; lane < 128; lane += kSets * lanes) {
      VU first[kSets], second[kSets];
      philox.Blocks(du, static_cast<std::uint64_t>(i / 512 * 64 + lane / 2), first, second);
      for (int s = 0; s < kSets; s += 2) {
        const std::int64_t at = i + lane + s * lanes;
        round(at, first[s], first[s + 1]);
        round(at + 128, hn::ShiftRight<16>(first[s]), hn::ShiftRight<16>(first[s + 1]));
        round(at + 256, second[s], second[s + 1]);
        round(at + 384, hn::ShiftRight<16>(second[s]), hn::ShiftRight<16>(second[s + 1]));
      }
    }
  }
  return i;
}
#endif

struct Add {
  template <class D>
  static HWY_INLINE hn::Vec<D> Of(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Add(x, y);
  }
};
struct Subtract {
  template <class D>
  static HWY_INLINE hn::Vec<D> Of(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Sub(x, y);
  }
};
struct Multiply {
  template <class D>
  static HWY_INLINE hn::Vec<D> Of(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Mul(x, y);
  }
};
struct Divide {
  template <class D>
  static HWY_INLINE hn::Vec<D> Of(D, hn::Vec<D> x, hn::Vec<D> y) {
    return hn::Div(x, y);
  }
};
struct SquareRoot {
  template <class D>
  static HWY_INLINE hn::Vec<D> Of(D, hn::Vec<D> x, hn::Vec<D>) {
    return hn::Sqrt(x);
  }
};

/// 16-bit arithmetic to nearest even. The result may be an operand.
template <class Operation16>
std::int64_t Compute(const BulkPlan& plan, std::int64_t begin, std::int64_t end, const float16*) {
  const auto* x = static_cast<const float16*>(plan.operands[0].data);
  const auto* y = static_cast<const float16*>(plan.operands[1].data);
  auto* out = static_cast<float16*>(plan.result.data);
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = begin;
  for (; i + 2 * lanes <= end; i += 2 * lanes) {
    const auto first = Operation16::Of(d, LoadAsFloat(d, x + i), LoadAsFloat(d, y + i));
    const auto second = Operation16::Of(d, LoadAsFloat(d, x + i + lanes), LoadAsFloat(d, y + i + lanes));
    if constexpr (kStoresPairs<float16>) {
      StoreChecked<Rounding::ties_to_even>(d, first, second, out + i);
    } else {
      StoreRounded2(d, first, second, out + i);
    }
  }
  return i;
}

#if HWY_TARGET == HWY_SCALAR
template <class Operation16>
std::int64_t Compute(const BulkPlan& plan, std::int64_t begin, std::int64_t end, const bfloat16*) {
  const auto* x = static_cast<const bfloat16*>(plan.operands[0].data);
  const auto* y = static_cast<const bfloat16*>(plan.operands[1].data);
  auto* out = static_cast<bfloat16*>(plan.result.data);
  const hn::ScalableTag<float> d;
  for (std::int64_t i = begin; i < end; ++i)
    StoreRounded(d, Operation16::Of(d, LoadAsFloat(d, x + i), LoadAsFloat(d, y + i)), out + i);
  return end;
}
#else
/// Neighbours share a 32-bit lane: the upper one is a float32 number once the lower bits are gone, the lower one when
/// shifted there; nothing crosses lanes.
template <class Operation16>
std::int64_t Compute(const BulkPlan& plan, std::int64_t begin, std::int64_t end, const bfloat16*) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Repartition<std::uint16_t, decltype(d)> du16;
  const auto* x = static_cast<const std::uint16_t*>(plan.operands[0].data);
  const auto* y = static_cast<const std::uint16_t*>(plan.operands[1].data);
  auto* out = static_cast<std::uint16_t*>(plan.result.data);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(du16));
  const auto upper = hn::Set(du, 0xFFFF0000u);
  struct Pair {
    hn::Vec<decltype(d)> even, odd;
  };
  const auto compute = [&](std::int64_t at) HWY_ATTR {
    const auto a = hn::BitCast(du, hn::LoadU(du16, x + at)), b = hn::BitCast(du, hn::LoadU(du16, y + at));
    return Pair{Operation16::Of(d, hn::BitCast(d, hn::ShiftLeft<16>(a)), hn::BitCast(d, hn::ShiftLeft<16>(b))),
                Operation16::Of(d, hn::BitCast(d, hn::And(a, upper)), hn::BitCast(d, hn::And(b, upper)))};
  };
  const auto store = [&](Pair results, std::int64_t at) HWY_ATTR {
    const auto even = RoundToUpperHalves<Rounding::ties_to_even>(d, results.even);
    const auto odd = RoundToUpperHalves<Rounding::ties_to_even>(d, results.odd);
    hn::StoreU(hn::OddEven(hn::BitCast(du16, odd), hn::BitCast(du16, hn::ShiftRight<16>(even))), du16, out + at);
  };
  const auto store_nan = [&](Pair results, std::int64_t at) HWY_ATTR {
    const auto round = [&](hn::Vec<decltype(d)> v) HWY_ATTR {
      return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Set(du, 0x7FC00000u),
                            RoundToUpperHalves<Rounding::ties_to_even>(d, v));
    };
    const auto even = hn::ShiftRight<16>(round(results.even));
    hn::StoreU(hn::OddEven(hn::BitCast(du16, round(results.odd)), hn::BitCast(du16, even)), du16, out + at);
  };
  std::int64_t i = begin;
  for (; i + 2 * lanes <= end; i += 2 * lanes) {
    // Two streams in step are more than the hardware's prefetching keeps up with: 1 KiB ahead.
    constexpr std::int64_t line = 64 / sizeof(std::uint16_t);
    for (std::int64_t ahead = i + 512; ahead < i + 512 + 2 * lanes; ahead += line)
      hwy::Prefetch(x + ahead), hwy::Prefetch(y + ahead);
    const Pair first = compute(i), second = compute(i + lanes);
    if (HWY_UNLIKELY(AnyNaN(d, first.even, first.odd, second.even, second.odd))) {
      store_nan(first, i);
      store_nan(second, i + lanes);
    } else {
      store(first, i);
      store(second, i + lanes);
    }
  }
  return i;
}
#endif

template <class Operation16, class T>
std::int64_t Arithmetic16(const BulkPlan& plan, std::int64_t begin, std::int64_t end, CaseCounts&) {
  return Compute<Operation16>(plan, begin, end, static_cast<const T*>(nullptr));
}

template <class T>
detail::FastKernel FindArithmetic(Operation operation) {
  switch (operation) {
    case Operation::square_root: return &Arithmetic16<SquareRoot, T>;
    case Operation::add: return &Arithmetic16<Add, T>;
    case Operation::subtract: return &Arithmetic16<Subtract, T>;
    case Operation::multiply: return &Arithmetic16<Multiply, T>;
    case Operation::divide: return &Arithmetic16<Divide, T>;
    default: return nullptr;
  }
}

template <class T, Rounding direction>
detail::FastKernel ChooseNarrow(const Arithmetic& how, bool counting) {
  if (counting) return &ConvertCounting<direction, T>;
  const bool flushing = how.inputs == Subnormals::flush || how.results == Subnormals::flush;
  if (how.overflow == Overflow::saturate)
    return flushing ? &Convert<direction, Shaping::both, float, T> : &Convert<direction, Shaping::saturating, float, T>;
  return flushing ? &Convert<direction, Shaping::flushing, float, T> : &Convert<direction, Shaping::none, float, T>;
}

template <class T>
detail::FastKernel FindNarrow(const Arithmetic& how, bool counting) {
  if constexpr (kStoresPairs<T>) {
    switch (how.rounding) {
      case Rounding::ties_to_even: return ChooseNarrow<T, Rounding::ties_to_even>(how, counting);
      case Rounding::ties_to_away: return ChooseNarrow<T, Rounding::ties_to_away>(how, counting);
      case Rounding::toward_zero: return ChooseNarrow<T, Rounding::toward_zero>(how, counting);
      case Rounding::toward_positive: return ChooseNarrow<T, Rounding::toward_positive>(how, counting);
      case Rounding::toward_negative: return ChooseNarrow<T, Rounding::toward_negative>(how, counting);
      case Rounding::to_odd: return ChooseNarrow<T, Rounding::to_odd>(how, counting);
      default: break;
    }
#if HWY_TARGET != HWY_SCALAR
    // With as many random bits as float32 has below T's last place, the variants are one.
    const bool simple = how.random_bits <= 16 &&
                        (how.random_bits >= 24 - T::format.precision || how.rounding == Rounding::stochastic_fastest);
    const bool plain = how.inputs == Subnormals::keep && how.results == Subnormals::keep &&
                       how.overflow == Overflow::infinity && !counting;
    if (simple && plain) return &ConvertStochastic<T>;
#endif
  }
  return nullptr;
}

detail::FastKernel FindKernel(const BulkPlan& plan, bool counting) {
  const FloatFormat &from = plan.operands[0].format, &to = plan.result.format;
  const Arithmetic& how = plan.round.how;
  if (plan.operation == Operation::convert && from == binary32) {
    if (to == binary16) return FindNarrow<float16>(how, counting);
    return to == bfloat ? FindNarrow<bfloat16>(how, counting) : nullptr;
  }
  // What follows rounds to nearest even and neither flushes nor saturates nor counts.
  if (counting || !(how == Arithmetic{.random_bits = how.random_bits, .seed = how.seed, .stream = how.stream}))
    return nullptr;
  if (plan.operation == Operation::convert) {
    if (from == binary16 && to == binary32) return &Convert<Rounding::ties_to_even, Shaping::none, float16, float>;
    return from == bfloat && to == binary32 ? &WidenBfloat16 : nullptr;
  }
  if (!(from == to) || !(plan.operands[1].format == to)) return nullptr;
  if (to == binary16) return FindArithmetic<float16>(plan.operation);
  return to == bfloat ? FindArithmetic<bfloat16>(plan.operation) : nullptr;
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway::detail {

HWY_EXPORT(FindKernel);

FastKernel find_fast_kernel(const BulkPlan& plan, bool counting) {
  bool simple = plan.random == nullptr && plan.result.stride == 1 && plan.result.held == Held::as_codes &&
                plan.result.integers.bits == 0;
  for (int k = 0; k < plan.operand_count; ++k) {
    const ConstArray& x = plan.operands[static_cast<std::size_t>(k)];
    simple = simple && x.stride == 1 && x.integers.bits == 0;
  }
  return simple ? HWY_DYNAMIC_DISPATCH(FindKernel)(plan, counting) : nullptr;
}

}  // namespace halfway::detail
#endif  // HWY_ONCE
