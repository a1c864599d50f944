// float64 lanes with the operators and functions of math_scalar.hpp. Per-target include; see foreach_target.h.
#if defined(HALFWAY_FORMATS_MATH_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_MATH_LANES_INL_H_
#undef HALFWAY_FORMATS_MATH_LANES_INL_H_
#else
#define HALFWAY_FORMATS_MATH_LANES_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "formats/math_scalar.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

struct Lanes {
  using D = hn::ScalableTag<double>;
  using DU = hn::RebindToUnsigned<D>;
  using Mask = hn::Mask<D>;
  hn::Vec<D> v;

  HWY_INLINE Lanes(hn::Vec<D> lanes) : v(lanes) {}          // NOLINT(google-explicit-constructor)
  HWY_INLINE Lanes(double each) : v(hn::Set(D(), each)) {}  // NOLINT(google-explicit-constructor): as a double

  friend HWY_INLINE Lanes operator+(Lanes a, Lanes b) { return hn::Add(a.v, b.v); }
  friend HWY_INLINE Lanes operator-(Lanes a, Lanes b) { return hn::Sub(a.v, b.v); }
  friend HWY_INLINE Lanes operator*(Lanes a, Lanes b) { return hn::Mul(a.v, b.v); }
  friend HWY_INLINE Lanes operator/(Lanes a, Lanes b) { return hn::Div(a.v, b.v); }
  friend HWY_INLINE Lanes operator-(Lanes a) { return hn::Xor(a.v, hn::Set(D(), -0.0)); }
  friend HWY_INLINE Mask operator<(Lanes a, Lanes b) { return hn::Lt(a.v, b.v); }
  friend HWY_INLINE Mask operator>(Lanes a, Lanes b) { return hn::Gt(a.v, b.v); }
  friend HWY_INLINE Mask operator==(Lanes a, Lanes b) { return hn::Eq(a.v, b.v); }
};

HWY_INLINE Lanes select(Lanes::Mask condition, Lanes a, Lanes b) { return hn::IfThenElse(condition, a.v, b.v); }
HWY_INLINE Lanes magnitude(Lanes x) { return hn::Abs(x.v); }
HWY_INLINE Lanes with_sign(Lanes size, Lanes sign) { return hn::CopySign(size.v, sign.v); }
HWY_INLINE Lanes square_root(Lanes x) { return hn::Sqrt(x.v); }

HWY_INLINE hn::Vec<Lanes::DU> BitsOf(Lanes x) { return hn::BitCast(Lanes::DU(), x.v); }
HWY_INLINE Lanes FromBits(hn::Vec<Lanes::DU> bits) { return hn::BitCast(Lanes::D(), bits); }

HWY_INLINE Lanes power_of_two(Lanes n) {
  return FromBits(hn::ShiftLeft<52>(hn::Add(BitsOf(n), hn::Set(Lanes::DU(), 1023))));
}
HWY_INLINE Lanes::Mask is_odd(Lanes n) {
  const auto one = hn::Set(Lanes::DU(), 1);
  return hn::RebindMask(Lanes::D(), hn::Eq(hn::And(BitsOf(n), one), one));
}
HWY_INLINE Lanes negate_in_lower_half(Lanes x, Lanes n) {
  return FromBits(hn::Xor(BitsOf(x), hn::ShiftLeft<63>(hn::ShiftRight<1>(BitsOf(n)))));
}

HWY_INLINE detail::Parts<Lanes> split(Lanes x) {
  const Lanes::DU du;
  const auto shifted = hn::Add(BitsOf(x), hn::Set(du, detail::one_bits - detail::sqrt_half_bits));
  // An integer below 2^52 in the low bits of 2^52 is that number above 2^52.
  const Lanes k = FromBits(hn::Or(hn::ShiftRight<52>(shifted), hn::Set(du, std::uint64_t{1075} << 52)));
  const auto fraction = hn::And(shifted, hn::Set(du, detail::fraction_mask));
  return {k - Lanes(0x1p52 + 1023), FromBits(hn::Add(fraction, hn::Set(du, detail::sqrt_half_bits)))};
}

HWY_INLINE detail::Quadrant<Lanes> with_large_angles(Lanes x, detail::Quadrant<Lanes> plain) {
  const Lanes::D d;
  if (hn::AllTrue(d, magnitude(x) < Lanes(detail::largest_plain_angle))) return plain;
  HWY_ALIGN double angles[hn::MaxLanes(d)], n[hn::MaxLanes(d)], r[hn::MaxLanes(d)];
  hn::Store(x.v, d, angles);
  hn::Store(plain.n.v, d, n);
  hn::Store(plain.r.v, d, r);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) {  // rare
    const detail::Quadrant<double> reduced = detail::with_large_angles(angles[i], {n[i], r[i]});
    n[i] = reduced.n, r[i] = reduced.r;
  }
  return {hn::Load(d, n), hn::Load(d, r)};
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
