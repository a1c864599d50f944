// Numbers of any 16-bit format in float32 lanes: loads that widen exactly and stores that round to nearest even, right
// on every target. Highway's own conversions are used only where they are one instruction that a test has proved
// (F16C); the rest is integer lanes. Included once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_LANES_INL_H_
#undef HALFWAY_FORMATS_LANES_INL_H_
#else
#define HALFWAY_FORMATS_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "halfway/formats/basic_float.hpp"

// VCVTPS2PH and VCVTPH2PS are right for all inputs, and neither FTZ nor DAZ reaches them when rounding to nearest even.
#undef HALFWAY_HAVE_F16C
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
#define HALFWAY_HAVE_F16C 1
#else
#define HALFWAY_HAVE_F16C 0
#endif

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// In all of these D is a descriptor of float lanes, any number of them; `p` needs no alignment.

/// A subnormal float becomes a zero of its sign.
template <class D>
HWY_INLINE hn::Vec<D> FlushSubnormals(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto is_small = hn::Eq(hn::And(bits, hn::Set(du, 0x7F800000u)), hn::Zero(du));
  return hn::BitCast(d, hn::IfThenElse(is_small, hn::And(bits, hn::Set(du, 0x80000000u)), bits));
}

/// A NaN becomes the canonical one.
template <class D>
HWY_INLINE hn::Vec<D> CanonicalNaN(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  return hn::IfThenElse(hn::IsNaN(v), hn::BitCast(d, hn::Set(du, 0x7FC00000u)), v);
}

template <class D>
HWY_INLINE hn::Vec<D> LoadAsFloat(D d, const float* p) {
  return hn::LoadU(d, p);
}

template <class D>
HWY_INLINE hn::Vec<D> LoadAsFloat(D d, const bfloat16* p) {
  const hn::RebindToUnsigned<D> du;
  const hn::Rebind<std::uint16_t, D> du16;
  const auto bits = hn::PromoteTo(du, hn::LoadU(du16, reinterpret_cast<const std::uint16_t*>(p)));
  return hn::BitCast(d, hn::ShiftLeft<16>(bits));
}

/// The payload of a NaN is not specified.
template <class D>
HWY_INLINE hn::Vec<D> LoadAsFloat(D d, const float16* p) {
  const hn::Rebind<std::uint16_t, D> du16;
  const auto code = hn::LoadU(du16, reinterpret_cast<const std::uint16_t*>(p));
#if HALFWAY_HAVE_F16C
  return hn::PromoteTo(d, hn::BitCast(hn::Rebind<hwy::float16_t, D>(), code));
#else
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::PromoteTo(du, code);
  const auto magnitude = hn::And(bits, hn::Set(du, 0x7FFFu));
  const auto sign = hn::ShiftLeft<16>(hn::Xor(bits, magnitude));
  // A normal number needs its exponent rebased by 127 − 15; infinities and NaNs need it twice.
  const auto rebase = hn::Set(du, 112u << 23);
  const auto normal = hn::Add(hn::ShiftLeft<13>(magnitude), rebase);
  const auto special = hn::Add(normal, rebase);
  // A subnormal number is an integer below 1024, times 2^−24: exact as a float, which is then normal or zero.
  const auto integer = hn::BitCast(du, hn::ConvertTo(d, hn::BitCast(di, magnitude)));
  const auto scaled = hn::Sub(integer, hn::Set(du, 24u << 23));
  const auto subnormal = hn::IfThenElse(hn::Eq(magnitude, hn::Zero(du)), magnitude, scaled);
  const auto finite = hn::IfThenElse(hn::Gt(hn::Set(du, 0x400u), magnitude), subnormal, normal);
  const auto widened = hn::IfThenElse(hn::Gt(magnitude, hn::Set(du, 0x7BFFu)), special, finite);
  return hn::BitCast(d, hn::Or(widened, sign));
#endif
}

/// Codes below 2^16. Saturation leaves them alone; TruncateTo would be the word, but that of Highway 1.0.3 gives wrong
/// lanes for eight of them on AVX3_DL.
template <class D, class T>
HWY_INLINE void StoreCodes(D, hn::VFromD<hn::RebindToUnsigned<D>> codes, T* p) {
  const hn::Rebind<std::uint16_t, D> du16;
  const hn::RebindToSigned<D> di;
  hn::StoreU(hn::DemoteTo(du16, hn::BitCast(di, codes)), du16, reinterpret_cast<std::uint16_t*>(p));
}

template <class D>
HWY_INLINE void StoreRounded(D d, hn::Vec<D> v, float* p) {
  hn::StoreU(CanonicalNaN(d, v), d, p);
}

/// Codes of bfloat16 in the upper halves; what the lower halves hold is of no use.
template <class D>
HWY_INLINE hn::Vec<hn::RebindToUnsigned<D>> RoundToUpperHalves([[maybe_unused]] D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  // Half an ulp, less one unless the last kept bit is odd: a tie goes to even, and a carry moves into the exponent.
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1u));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(du, 0x7FFFu)), odd);
  return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Set(du, 0x7FC00000u), rounded);
}

template <class D>
HWY_INLINE void StoreRounded(D d, hn::Vec<D> v, bfloat16* p) {
  StoreCodes(d, hn::ShiftRight<16>(RoundToUpperHalves(d, v)), p);
}

template <class D>
HWY_INLINE void StoreRounded(D d, hn::Vec<D> v, float16* p) {
#if HALFWAY_HAVE_F16C
  const hn::Rebind<std::uint16_t, D> du16;
  const auto code = hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), CanonicalNaN(d, v));
  hn::StoreU(hn::BitCast(du16, code), du16, reinterpret_cast<std::uint16_t*>(p));
#else
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto magnitude = hn::And(bits, hn::Set(du, 0x7FFFFFFFu));
  const auto sign = hn::ShiftRight<16>(hn::Xor(bits, magnitude));
  // Normal results: rebase the exponent, then round as for bfloat16; what carries beyond is infinity.
  const auto odd = hn::And(hn::ShiftRight<13>(magnitude), hn::Set(du, 1u));
  const auto rebased = hn::Add(magnitude, hn::Set(du, 0xFFFu - (112u << 23)));
  const auto normal = hn::Min(hn::ShiftRight<13>(hn::Add(rebased, odd)), hn::Set(du, 0x7C00u));
  // Below 2^−14 the last place is 2^−24 for all: that of a float in [1/2, 1), so adding 1/2 rounds there.
  const auto half = hn::Set(d, 0.5f);
  const auto shifted = hn::Add(hn::BitCast(d, magnitude), half);
  const auto subnormal = hn::Sub(hn::BitCast(du, shifted), hn::BitCast(du, half));
  const auto finite = hn::IfThenElse(hn::Gt(hn::Set(du, 113u << 23), magnitude), subnormal, normal);
  const auto code = hn::Or(finite, sign);
  const auto nan = hn::RebindMask(du, hn::IsNaN(v));
  StoreCodes(d, hn::IfThenElse(nan, hn::Set(du, 0x7E00u), code), p);
#endif
}

/// Two vectors, one after the other.
template <class D, class T>
HWY_INLINE void StoreRounded2(D d, hn::Vec<D> first, hn::Vec<D> second, T* p) {
  StoreRounded(d, first, p);
  StoreRounded(d, second, p + hn::Lanes(d));
}
#if HWY_TARGET != HWY_SCALAR
template <class D>
HWY_INLINE void StoreRounded2(D d, hn::Vec<D> first, hn::Vec<D> second, bfloat16* p) {
  const hn::Repartition<std::uint16_t, D> du16;
  const auto upper = [&](hn::Vec<D> v) HWY_ATTR { return hn::BitCast(du16, RoundToUpperHalves(d, v)); };
  hn::StoreU(hn::ConcatOdd(du16, upper(second), upper(first)), du16, reinterpret_cast<std::uint16_t*>(p));
}
#endif

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_LANES_INL_H_
