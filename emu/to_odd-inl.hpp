// Exact sums of floating-point numbers, and their rounding to odd: what survives a second rounding.
#if defined(HALFWAY_EMU_TO_ODD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_TO_ODD_INL_H_
#undef HALFWAY_EMU_TO_ODD_INL_H_
#else
#define HALFWAY_EMU_TO_ODD_INL_H_
#endif

#include <algorithm>
#include <array>
#include <cstddef>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class V>
struct SumAndError {
  V sum, error;
};

/// x + y rounded to nearest, and what that leaves out, exactly (Knuth); of infinities and overflows the error is a NaN.
/// Subnormals must be kept.
template <class V>
HWY_INLINE SumAndError<V> TwoSum(V x, V y) {
  const V sum = hn::Add(x, y);
  const V part = hn::Sub(sum, x);
  return {sum, hn::Add(hn::Sub(x, hn::Sub(sum, part)), hn::Sub(y, part))};
}

/// Whether x + y is `sum` exactly: the larger of the two leaves the other then, and only then.
template <class V>
HWY_INLINE auto IsExact(V sum, V x, V y) {
  return hn::And(hn::Eq(hn::Sub(sum, x), y), hn::Eq(hn::Sub(sum, y), x));
}

/// sum + error rounded towards zero, where `sum` is that rounded to nearest; a sum that overflowed becomes the largest
/// number, if the error says so. To odd: then the last bit is set if it is inexact.
template <bool kToOdd, class D>
HWY_INLINE hn::Vec<D> RoundFromNearest(D d, hn::Vec<D> sum, hn::Vec<D> error) {
  const hn::RebindToUnsigned<D> du;
  constexpr int sign_bit = 8 * sizeof(hn::TFromD<D>) - 1;
  const auto inexact = hn::RebindMask(du, hn::Gt(hn::Abs(error), hn::Zero(d)));  // no: NaN
  const auto too_large = hn::ShiftRight<sign_bit>(hn::BitCast(du, hn::Xor(sum, error)));
  const auto bits = hn::BitCast(du, sum), toward_zero = hn::Sub(bits, too_large);
  const auto rounded = kToOdd ? hn::Or(toward_zero, hn::Set(du, 1)) : toward_zero;
  return hn::BitCast(d, hn::IfThenElse(inexact, rounded, bits));
}

/// x + y rounded to odd (Boldo and Melquiond 2008: rounded again to two bits less, it is as if rounded once). Overflow
/// is that of rounding to nearest.
template <class D>
HWY_INLINE hn::Vec<D> AddToOdd(D d, hn::Vec<D> x, hn::Vec<D> y) {
  const auto [sum, error] = TwoSum(x, y);
  return RoundFromNearest<true>(d, sum, error);
}

/// The exact sum of finite terms rounded to odd; +0 where it is zero. Each term is added to an expansion whose parts
/// have a bit of zeros between them (Shewchuk 1997, grow-expansion): the parts below one never cancel what is above
/// them.
template <class D, std::size_t kTerms>
HWY_NOINLINE hn::Vec<D> SumToOdd(D d, std::array<hn::Vec<D>, kTerms> terms) {
  for (std::size_t count = 1; count < kTerms; ++count) {  // terms[0 … count) are parts, the smallest first
    auto sum = terms[count];
    for (std::size_t i = 0; i < count; ++i) {
      const auto added = TwoSum(sum, terms[i]);
      terms[i] = added.error, sum = added.sum;
    }
    terms[count] = sum;
  }
  auto sum = terms[0];
  for (std::size_t i = 1; i < kTerms; ++i) sum = AddToOdd(d, sum, terms[i]);
  return hn::Add(sum, hn::Zero(d));
}

/// float64 lanes rounded to float32. (Highway's own conversion saturates on HWY_SCALAR and HWY_EMU128.)
template <class D, class V>
HWY_INLINE hn::Vec<D> RoundToFloat32(D d, V v) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  constexpr std::size_t lanes = hn::MaxLanes(D());
  HWY_ALIGN double wide[lanes];
  HWY_ALIGN float narrow[lanes];
  hn::Store(v, hn::Rebind<double, D>(), wide);
  std::copy_n(wide, lanes, narrow);
  return hn::Load(d, narrow);
#else
  return hn::DemoteTo(d, v);
#endif
}

/// float64 lanes rounded to float32: to odd, or towards zero, and then to an infinity from 2^128 on.
template <bool kToOdd, class D, class V>
HWY_INLINE hn::Vec<D> RoundDouble(D d, V v) {
  const hn::Rebind<double, D> wide;
  if (!kToOdd) {
    const auto overflows = hn::Ge(hn::Abs(v), hn::Set(wide, 0x1p128));
    v = hn::IfThenElse(overflows, hn::Mul(v, hn::Set(wide, 0x1p1000)), v);
  }
  const auto nearest = RoundToFloat32(d, v);
  const auto error = hn::Sub(v, hn::PromoteTo(wide, nearest));
  const auto inexact = hn::Gt(hn::Abs(error), hn::Zero(wide));  // no: NaN, which infinities leave
  const auto sign = hn::IfThenElseZero(inexact, hn::CopySign(hn::Set(wide, 1), error));
  return RoundFromNearest<kToOdd>(d, nearest, RoundToFloat32(d, sign));
}

/// a·b + c of float32 lanes, rounded once: to odd, or towards zero, and then to an infinity from 2^128 on.
template <bool kToOdd, class D>
HWY_NOINLINE hn::Vec<D> MulAddInDouble(D d, hn::Vec<D> a, hn::Vec<D> b, hn::Vec<D> c) {
  const hn::ScalableTag<double> wide;
  const hn::Rebind<float, decltype(wide)> part;
  constexpr std::size_t lanes = hn::MaxLanes(D());
  HWY_ALIGN float x[lanes], y[lanes], z[lanes];
  hn::Store(a, d, x), hn::Store(b, d, y), hn::Store(c, d, z);
  for (std::size_t i = 0; i < lanes; i += hn::Lanes(wide)) {
    const auto load = [&](const float* p) HWY_ATTR { return hn::PromoteTo(wide, hn::Load(part, p + i)); };
    const auto sum = AddToOdd(wide, hn::Mul(load(x), load(y)), load(z));
    hn::Store(RoundDouble<kToOdd>(part, sum), part, z + i);
  }
  return hn::Load(d, z);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_TO_ODD_INL_H_
