// Float32 lanes to codes of bfloat16 and float16 in every direction but the stochastic ones, for numbers: what becomes
// of a NaN is not specified, callers look for them first. Included once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_NARROW_INL_H_
#undef HALFWAY_FORMATS_NARROW_INL_H_
#else
#define HALFWAY_FORMATS_NARROW_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>

#include "formats/lanes-inl.hpp"
#include "halfway/formats/rounding.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Whether any lane of these is a NaN.
template <class D>
HWY_INLINE bool AnyNaN(D d, hn::Vec<D> a, hn::Vec<D> b) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  (void)d;
  return _mm512_cmp_ps_mask(a.raw, b.raw, _CMP_UNORD_Q) != 0;
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  (void)d;
  return _mm256_movemask_ps(_mm256_cmp_ps(a.raw, b.raw, _CMP_UNORD_Q)) != 0;
#else
  return !hn::AllFalse(d, hn::Or(hn::IsNaN(a), hn::IsNaN(b)));
#endif
}
template <class D>
HWY_INLINE bool AnyNaN(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c, hn::Vec<D> e) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  (void)d;
  return (_mm512_cmp_ps_mask(a.raw, b.raw, _CMP_UNORD_Q) | _mm512_cmp_ps_mask(c.raw, e.raw, _CMP_UNORD_Q)) != 0;
#elif HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  (void)d;
  const __m256 either = _mm256_cmp_ps(a.raw, b.raw, _CMP_UNORD_Q), other = _mm256_cmp_ps(c.raw, e.raw, _CMP_UNORD_Q);
  return _mm256_movemask_ps(_mm256_or_ps(either, other)) != 0;
#else
  return AnyNaN(d, a, b) || AnyNaN(d, c, e);
#endif
}

/// The smaller magnitude code of two lanes, less one: zeros go to the top.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> SmallerNonzero([[maybe_unused]] D d, hn::Vec<D> a, hn::Vec<D> b) {
  const hn::RebindToUnsigned<D> du;
  const auto magnitude = hn::Set(du, 0x7FFFFFFFu), one = hn::Set(du, 1u);
  const auto x = hn::And(hn::BitCast(du, a), magnitude), y = hn::And(hn::BitCast(du, b), magnitude);
  return hn::Min(hn::Sub(x, one), hn::Sub(y, one));
}

/// Whether no lane is nearer to zero than the smallest normal number of T without being zero.
template <class T, class D>
HWY_INLINE bool NoneSmall(D d, hn::Vec<D> a, hn::Vec<D> b) {
  const hn::RebindToUnsigned<D> du;
  constexpr std::uint32_t lowest_code = (static_cast<std::uint32_t>(T::format.emin() + 127) << 23) - 1;
  const auto lowest = hn::Set(du, lowest_code);
  return hn::AllTrue(du, hn::Eq(hn::Min(SmallerNonzero(d, a, b), lowest), lowest));
}

/// Whether, besides, none is beyond the largest number of T.
template <class T, class D>
HWY_INLINE bool AllOrdinary(D d, hn::Vec<D> a, hn::Vec<D> b) {
  const hn::RebindToUnsigned<D> du;
  constexpr std::uint32_t highest_code = to_code(static_cast<float>(std::numeric_limits<T>::max()));
  const auto magnitude = hn::Set(du, 0x7FFFFFFFu), highest = hn::Set(du, highest_code);
  const auto x = hn::And(hn::BitCast(du, a), magnitude), y = hn::And(hn::BitCast(du, b), magnitude);
  return NoneSmall<T>(d, a, b) && hn::AllTrue(du, hn::Eq(hn::Max(hn::Max(x, y), highest), highest));
}

/// Codes of bfloat16 in the upper halves of lanes; all of its numbers share one step in the float32 codes.
template <Rounding direction, class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> RoundToUpperHalves([[maybe_unused]] D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(du, v);
  const auto lower = hn::Set(du, 0xFFFFu);
  const auto sign = hn::BitCast(du, hn::ShiftRight<31>(hn::BitCast(di, v)));  // all ones below zero
  switch (direction) {
    case Rounding::ties_to_even: {
      const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
      return hn::Add(hn::Add(bits, hn::Set(du, 0x7FFFu)), odd);
    }
    case Rounding::ties_to_away: return hn::Add(bits, hn::Set(du, 0x8000u));
    case Rounding::toward_positive: return hn::Add(bits, hn::AndNot(sign, lower));
    case Rounding::toward_negative: return hn::Add(bits, hn::And(sign, lower));
    case Rounding::to_odd: return hn::Or(bits, hn::Add(hn::And(bits, lower), lower));  // a carry if anything is lost
    default: return bits;
  }
}

#if HALFWAY_HAVE_F16C
template <int imm, class V>
HWY_INLINE auto ConvertToHalf(V v) {
#if HWY_TARGET <= HWY_AVX3
  return hn::Vec256<std::uint16_t>{_mm512_cvtps_ph(v.raw, imm)};
#else
  return hn::Vec128<std::uint16_t>{_mm256_cvtps_ph(v.raw, imm)};
#endif
}

/// Codes of float16 from whole vectors. Of VCVTPS2PH all 2^32 inputs are tested in each direction; subnormal inputs are
/// right because kernels run without DAZ.
template <Rounding direction, class D>
HWY_INLINE auto RoundToHalf([[maybe_unused]] D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  constexpr int nearest = 0, down = 1, up = 2, truncate = 3;
  if constexpr (direction == Rounding::ties_to_even) return ConvertToHalf<nearest>(v);
  if constexpr (direction == Rounding::toward_zero) return ConvertToHalf<truncate>(v);
  if constexpr (direction == Rounding::toward_positive) return ConvertToHalf<up>(v);
  if constexpr (direction == Rounding::toward_negative) return ConvertToHalf<down>(v);
  if constexpr (direction == Rounding::ties_to_away) {
    // A tie is an even float32 code; the odd one beside it rounds away, and nothing else changes sides.
    const auto bits = hn::BitCast(du, v);
    const auto finite = hn::IfThenElse(hn::RebindMask(du, hn::IsInf(v)), bits, hn::Or(bits, hn::Set(du, 1u)));
    return ConvertToHalf<nearest>(hn::BitCast(d, finite));
  }
  if constexpr (direction == Rounding::to_odd) {  // of a number that is not small: see NoneSmall
    const auto bits = hn::BitCast(du, v), lower = hn::Set(du, 0x1FFFu);
    const auto odd = hn::Or(bits, hn::Add(hn::And(bits, lower), lower));
    return ConvertToHalf<truncate>(hn::BitCast(d, hn::AndNot(lower, odd)));
  }
}
#endif  // HALFWAY_HAVE_F16C

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_NARROW_INL_H_
