// Operations on float64 lanes, rounded to odd: of operands that are numbers of up to 24 bits the exact result or, where
// float64 does not hold it, the neighbour with an odd last place. Rounding that once more, to 51 bits or fewer, gives
// what rounding the exact result would (Boldo and Melquiond 2008). No fused multiply-add: the same on every target.
#if defined(HALFWAY_FORMATS_EXACT_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_EXACT_INL_H_
#undef HALFWAY_FORMATS_EXACT_INL_H_
#else
#define HALFWAY_FORMATS_EXACT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `nearest` is the exact result rounded to nearest; `error` has the sign of what it lacks and is zero, or NaN, if that
/// is nothing.
template <class D>
HWY_INLINE hn::Vec<D> ToOdd(D d, hn::Vec<D> nearest, hn::Vec<D> error) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, nearest);
  const auto opposite = hn::ShiftRight<63>(hn::Xor(bits, hn::BitCast(du, error)));
  const auto odd = hn::Or(hn::Sub(bits, opposite), hn::Set(du, std::uint64_t{1}));
  const auto inexact = hn::RebindMask(du, hn::Gt(hn::Abs(error), hn::Zero(d)));
  return hn::BitCast(d, hn::IfThenElse(inexact, odd, bits));
}

template <class D>
HWY_INLINE hn::Vec<D> AddToOdd(D d, hn::Vec<D> x, hn::Vec<D> y) {
  const auto sum = hn::Add(x, y);  // TwoSum (Knuth)
  const auto y_part = hn::Sub(sum, x);
  const auto error = hn::Add(hn::Sub(x, hn::Sub(sum, y_part)), hn::Sub(y, y_part));
  return ToOdd(d, sum, error);
}

/// The upper 26 bits; the rest has 26 bits and a sign (Veltkamp).
template <class D>
HWY_INLINE hn::Vec<D> UpperHalf(D d, hn::Vec<D> x) {
  const auto c = hn::Mul(x, hn::Set(d, 134217729.0));  // 2^27 + 1
  return hn::Sub(c, hn::Sub(c, x));
}

/// The remainder x − q·y has the sign that says on which side of the quotient q stands; its parts are exact: 26 + 24
/// bits, and what they leave is small.
template <class D>
HWY_INLINE hn::Vec<D> DivideToOdd(D d, hn::Vec<D> x, hn::Vec<D> y) {
  const auto quotient = hn::Div(x, y);
  const auto upper = UpperHalf(d, quotient), lower = hn::Sub(quotient, upper);
  const auto rest = hn::Sub(hn::Sub(x, hn::Mul(upper, y)), hn::Mul(lower, y));
  const hn::RebindToUnsigned<D> du;
  const auto sign_of_y = hn::And(hn::BitCast(du, y), hn::Set(du, std::uint64_t{1} << 63));
  return ToOdd(d, quotient, hn::BitCast(d, hn::Xor(hn::BitCast(du, rest), sign_of_y)));
}

template <class D>
HWY_INLINE hn::Vec<D> SquareRootToOdd(D d, hn::Vec<D> x) {
  const auto root = hn::Sqrt(x);
  const auto upper = UpperHalf(d, root), lower = hn::Sub(root, upper);
  const auto cross = hn::Mul(upper, lower);
  const auto rest = hn::Sub(hn::Sub(x, hn::Mul(upper, upper)), hn::Add(cross, cross));
  return ToOdd(d, root, hn::Sub(rest, hn::Mul(lower, lower)));
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_EXACT_INL_H_
