// The integer that an aligned block sums to, rounded to the unit's result.
#if defined(HALFWAY_EMU_ALIGNED_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_ALIGNED_FINISH_INL_H_
#undef HALFWAY_EMU_ALIGNED_FINISH_INL_H_
#else
#define HALFWAY_EMU_ALIGNED_FINISH_INL_H_
#endif

#include <cstdint>

#include <hwy/highway.h>

#include "emu/aligned_rule.hpp"
#include "emu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::AlignedFinish;
using emu::detail::AlignedRule;

/// Towards zero, in one instruction: Highway's saturates, which costs three. What no int32 holds is unspecified.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> TruncateToInt(D, hn::Vec<D> v) {
  const hn::RebindToSigned<D> di;
#if HWY_TARGET <= HWY_AVX3
  if constexpr (hn::MaxLanes(D()) == 16) return hn::Vec<decltype(di)>{_mm512_cvttps_epi32(v.raw)};
#elif HWY_TARGET == HWY_AVX2
  if constexpr (hn::MaxLanes(D()) == 8) return hn::Vec<decltype(di)>{_mm256_cvttps_epi32(v.raw)};
#endif
  return hn::ConvertTo(di, v);
}

/// Integers above −2^31 as float32, rounded towards zero.
template <class D>
HWY_INLINE hn::Vec<D> FloatTowardZero(D d, hn::Vec<hn::RebindToSigned<D>> x) {
#if HWY_TARGET <= HWY_AVX3
  if constexpr (hn::MaxLanes(D()) == 16)
    return hn::Vec<D>{_mm512_cvt_roundepi32_ps(x.raw, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC)};
#endif
  // What lies below the 24 leading bits: as many bits as there are above the lowest 24, up to 7.
  const hn::RebindToSigned<D> di;
  const auto magnitude = hn::Abs(x);
  auto below = hn::ShiftRight<24>(magnitude);
  below = hn::Or(below, hn::ShiftRight<1>(below));
  below = hn::Or(below, hn::ShiftRight<2>(below));
  below = hn::Or(below, hn::ShiftRight<4>(below));
  const auto sign = hn::And(x, hn::Set(di, INT32_MIN));
  return hn::Or(hn::ConvertTo(d, hn::AndNot(below, magnitude)), hn::BitCast(d, sign));
}

/// Integers above −2^31 as float32, rounded to odd: rounding that again to fewer bits is rounding once.
template <class D>
HWY_INLINE hn::Vec<D> FloatToOdd(D d, hn::Vec<hn::RebindToSigned<D>> x) {
  const hn::RebindToSigned<D> di;
  const auto cut = FloatTowardZero(d, x);
  const auto exact = hn::Eq(TruncateToInt(d, cut), x);
  return hn::BitCast(d, hn::Or(hn::BitCast(di, cut), hn::IfThenZeroElse(exact, hn::Set(di, 1))));
}

/// Rounded to nearest even to float16.
template <class D>
HWY_INLINE hn::Vec<D> NearestFloat16(D d, hn::Vec<D> v) {
#if HALFWAY_HAVE_F16C
  return hn::PromoteTo(d, hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), v));
#else
  return RoundToFloat16(d, v);
#endif
}

/// Two vectors of half the lanes; where there is one lane, one.
template <class D, class F>
HWY_INLINE hn::Vec<D> InHalves([[maybe_unused]] D d, F f) {
#if HWY_TARGET == HWY_SCALAR
  return f([](auto, auto v) HWY_ATTR { return v; });
#else
  const auto lower = f([](auto dh, auto v) HWY_ATTR { return hn::LowerHalf(dh, v); });
  const auto upper = f([](auto dh, auto v) HWY_ATTR { return hn::UpperHalf(dh, v); });
  return hn::Combine(d, upper, lower);
#endif
}

/// What AlignedFinish::late does to a block (AMD CDNA3): its sum and c, each rounded down at the place that the larger
/// of their exponents leaves it, added, rounded down to sum_fraction_bits, then to nearest. kDropsSmall: a c that lies
/// below that place takes no part, also if it is negative.
template <bool kDropsSmall>
struct LateAddend {
  explicit LateAddend(const AlignedRule& rule)
      : top(static_cast<std::int32_t>(static_cast<std::uint32_t>(254 + rule.fraction_bits) << 23)),
        unit(rule.fraction_bits << 23),
        reach((rule.fraction_bits + 1) << 23),
        finer(rule.late_fraction_bits - rule.fraction_bits),
        place(1 / static_cast<double>(std::uint64_t{1} << finer)),
        dropped((std::int64_t{1} << (52 - rule.sum_fraction_bits)) - 1) {}

  /// `exponent` is that of the products whose cut values add up to `sum`; here all exponents are bits of powers of two.
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<hn::RebindToSigned<D>> sum, hn::Vec<hn::RebindToSigned<D>> exponent,
                                   hn::Vec<D> c) const {
    const hn::RebindToSigned<D> di;
    const auto constant = [&](int power) HWY_ATTR { return hn::Set(di, power << 23); };
    const auto c_exponent = hn::And(hn::BitCast(di, c), constant(255));  // `exponent` is above all subnormals'
    const auto largest = hn::Max(exponent, c_exponent);
    // What lies far below is cut to 0 or −1 wherever it lies: nearer, nothing underflows.
    constexpr int far = 80, below_one = 10;
    const auto nearer = hn::Sub(hn::Max(exponent, hn::Sub(largest, constant(far))), largest);
    const auto sum_scale = hn::BitCast(d, hn::Add(nearer, constant(127 + finer)));
    const auto c_scale = hn::Max(hn::Sub(hn::Set(di, top), largest), hn::Sub(constant(254 - below_one), c_exponent));
    auto addend = hn::Floor(hn::Mul(c, hn::BitCast(d, c_scale)));
    if constexpr (kDropsSmall) {
      const auto least = hn::Sub(largest, hn::Set(di, reach));
      addend = hn::IfThenZeroElse(hn::RebindMask(d, hn::Lt(hn::Max(c_exponent, constant(1)), least)), addend);
    }
    const auto total = InHalves(d, [&](auto half) HWY_ATTR {
#if HWY_TARGET == HWY_SCALAR
      const D df;
#else
      const hn::Half<D> df;
#endif
      const hn::Rebind<double, decltype(df)> dd;
      const hn::RebindToSigned<decltype(df)> dh;
      const hn::RebindToSigned<decltype(dd)> dl;
      const auto scaled = hn::Mul(hn::PromoteTo(dd, half(dh, sum)), hn::PromoteTo(dd, half(df, sum_scale)));
      const auto exact = hn::MulAdd(hn::Floor(scaled), hn::Set(dd, place), hn::PromoteTo(dd, half(df, addend)));
      // Rounding down makes the magnitude of a negative number larger.
      const auto bits = hn::BitCast(dl, exact), below = hn::Set(dl, dropped);
      const auto kept = hn::AndNot(below, hn::Add(bits, hn::And(hn::BroadcastSignBit(bits), below)));
      return hn::DemoteTo(df, hn::BitCast(dd, kept));
    });
    return hn::Mul(total, hn::BitCast(d, hn::Sub(largest, hn::Set(di, unit))));
  }

  std::int32_t top, unit, reach;
  int finer;  ///< fraction bits that the sum keeps beyond those of c
  double place;
  std::int64_t dropped;
};

/// sum·unit, rounded; `unit` a power of two so large that the result is no subnormal float32 and so small that it
/// does not overflow.
template <AlignedFinish kFinish, class D>
HWY_INLINE hn::Vec<D> RoundedSum(D d, hn::Vec<hn::RebindToSigned<D>> sum, hn::Vec<D> unit, const AlignedRule& rule) {
  const hn::RebindToSigned<D> di;
  if constexpr (kFinish == AlignedFinish::toward_zero) return hn::Mul(FloatTowardZero(d, sum), unit);
  if constexpr (kFinish == AlignedFinish::to_nearest) return hn::Mul(hn::ConvertTo(d, sum), unit);
  if constexpr (kFinish == AlignedFinish::to_float16) return NearestFloat16(d, hn::Mul(FloatToOdd(d, sum), unit));
  const auto dropped = hn::Set(di, (1 << rule.dropped_bits) - 1);
  if constexpr (kFinish == AlignedFinish::narrow_toward_zero) {
    const auto v = hn::Mul(FloatTowardZero(d, sum), unit);
    return hn::BitCast(d, hn::AndNot(dropped, hn::BitCast(di, v)));
  } else {
    const auto bits = hn::BitCast(di, hn::Mul(FloatToOdd(d, sum), unit));
    const auto odd = hn::And(hn::ShiftRightSame(bits, rule.dropped_bits), hn::Set(di, 1));
    const auto half = hn::ShiftRight<1>(dropped);
    return hn::BitCast(d, hn::AndNot(dropped, hn::Add(bits, hn::Add(half, odd))));
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_ALIGNED_FINISH_INL_H_
