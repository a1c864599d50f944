// Operations on the exponents of float64 lanes: exact, for numbers of formats of up to 8 bits of exponent. Included
// once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_EXPONENT_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_EXPONENT_INL_H_
#undef HALFWAY_FORMATS_EXPONENT_INL_H_
#else
#define HALFWAY_FORMATS_EXPONENT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>

#include "formats/bulk.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// ⌊log2 |x|⌋; of zero −∞, of an infinity +∞.
template <class D>
HWY_INLINE hn::Vec<D> LogB(D d, hn::Vec<D> x) {
  const hn::RebindToUnsigned<D> du;
  const auto magic = hn::Set(d, 4503599627370496.0);  // 2^52: the integer stands in its last places
  const auto infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  const auto magnitude = hn::Abs(x);
  const auto field = hn::ShiftRight<52>(hn::BitCast(du, magnitude));
  const auto biased = hn::Sub(hn::BitCast(d, hn::Or(field, hn::BitCast(du, magic))), magic);
  auto exponent = hn::Sub(biased, hn::Set(d, 1023.0));
  exponent = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity), exponent);
  return hn::IfThenElse(hn::Lt(magnitude, infinity), exponent, magnitude);  // infinities and NaNs
}

/// 2^(max(⌊log2 |x|⌋, emin) + 1 − p) of the format that x comes from.
template <class D>
HWY_INLINE hn::Vec<D> LastPlace(D d, hn::Vec<D> x, const detail::Codes& f) {
  const hn::RebindToUnsigned<D> du;
  const auto magnitude = hn::Abs(x);
  const auto smallest = hn::BitCast(d, hn::Set(du, static_cast<std::uint64_t>(f.emin + 1023) << 52));
  const auto bits = hn::BitCast(du, hn::Max(magnitude, smallest));
  const auto binade = hn::And(bits, hn::Set(du, std::uint64_t{0x7FF} << 52));
  const auto place = hn::Sub(binade, hn::Set(du, static_cast<std::uint64_t>(f.fraction_bits) << 52));
  const auto finite = hn::Lt(magnitude, hn::Set(d, std::numeric_limits<double>::infinity()));
  return hn::IfThenElse(finite, hn::BitCast(d, place), magnitude);
}

/// x·2^y; NaN where y is no integer. What lies beyond every format stays a float64 number.
template <class D>
HWY_INLINE hn::Vec<D> ScaleB(D d, hn::Vec<D> x, hn::Vec<D> y) {
  const hn::RebindToUnsigned<D> du;
  const auto infinity = hn::Set(d, std::numeric_limits<double>::infinity());
  const auto nan = hn::Set(d, std::numeric_limits<double>::quiet_NaN());
  const auto magic = hn::Set(d, 6755399441055744.0);  // 1.5·2^52: integers of either sign
  const auto bound = hn::Set(d, 1099511627776.0), far = hn::Set(d, 700.0);
  // Beyond 2^40 every number of 24 bits is an integer, and far enough.
  const auto power = hn::Min(hn::Max(y, hn::Neg(bound)), bound);
  const auto whole = hn::Sub(hn::Add(power, magic), magic);
  // The exponent of the result, and the significand of x with that exponent.
  const auto exponent = hn::Min(hn::Max(hn::Add(LogB(d, x), whole), hn::Neg(far)), far);
  const auto biased = hn::BitCast(du, hn::Add(exponent, hn::Set(d, 4503599627370496.0 + 1023)));
  const auto fraction = hn::And(hn::BitCast(du, x), hn::Set(du, 0x800FFFFFFFFFFFFFu));
  auto scaled = hn::BitCast(d, hn::Or(fraction, hn::ShiftLeft<52>(biased)));
  const auto is_zero = hn::Eq(x, hn::Zero(d)), is_infinite = hn::IsInf(x);
  scaled = hn::IfThenElse(hn::Or(is_zero, is_infinite), x, scaled);
  scaled = hn::IfThenElse(hn::Ne(whole, power), nan, scaled);
  const auto signed_infinity = hn::CopySign(infinity, x), signed_zero = hn::CopySign(hn::Zero(d), x);
  scaled = hn::IfThenElse(hn::Eq(y, infinity), hn::IfThenElse(is_zero, nan, signed_infinity), scaled);
  scaled = hn::IfThenElse(hn::Eq(y, hn::Neg(infinity)), hn::IfThenElse(is_infinite, nan, signed_zero), scaled);
  return hn::IfThenElse(hn::Or(hn::IsNaN(x), hn::IsNaN(y)), nan, scaled);
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_EXPONENT_INL_H_
