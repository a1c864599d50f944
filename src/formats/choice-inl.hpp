// Operations that choose or move a code, in 32-bit integer lanes: the twins of choose(), magnitude(), negate(),
// next_up() and next_down() in detail/. Included once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_CHOICE_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_CHOICE_INL_H_
#undef HALFWAY_FORMATS_CHOICE_INL_H_
#else
#define HALFWAY_FORMATS_CHOICE_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "formats/bulk.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The codes of one format.
template <class D>
class ChoiceLanes {
  using DI = hn::RebindToSigned<D>;
  using V = hn::Vec<D>;
  using M = hn::Mask<D>;

 public:
  explicit ChoiceLanes(const detail::Codes& f) : f_(f) {}

  V Apply(D du, Operation operation, V a, V b) const {
    switch (operation) {
      case Operation::abs: return Abs(du, a);
      case Operation::negate: return Negate(du, a);
      case Operation::copysign: return hn::IfThenElse(hn::Eq(Sign(du, a), Sign(du, b)), a, Negate(du, a));
      case Operation::minimum: return Choose(du, false, false, a, b);
      case Operation::maximum: return Choose(du, true, false, a, b);
      case Operation::minimum_number: return Choose(du, false, true, a, b);
      case Operation::maximum_number: return Choose(du, true, true, a, b);
      case Operation::next_up: return NextUp(du, a);
      default: return NextDown(du, a);
    }
  }

 private:
  static V Word(D du, std::uint64_t code) { return hn::Set(du, static_cast<std::uint32_t>(code)); }
  V Sign(D du, V a) const { return hn::And(a, Word(du, f_.sign)); }
  V Magnitude(D du, V a) const { return hn::And(a, Word(du, f_.magnitude)); }
  /// Of magnitudes, which are below 2^31 (2^32 − 1 has no signed neighbour; no format is unsigned and of 32 bits).
  static M Less(D du, V a, V b) {
    const DI di;
    return hn::RebindMask(du, hn::Lt(hn::BitCast(di, a), hn::BitCast(di, b)));
  }

  M IsNaN(D du, V a) const {
    switch (f_.format.specials) {
      case Specials::ieee: return Less(du, Word(du, f_.infinity), Magnitude(du, a));
      case Specials::nan_all_ones: return hn::Eq(Magnitude(du, a), Word(du, f_.magnitude));
      case Specials::none: return hn::Ne(a, a);
      default: return hn::Eq(a, Word(du, f_.nan));
    }
  }
  M IsZero(D du, V a) const {
    if (!f_.format.has_zero) return hn::Ne(a, a);
    return hn::Eq(f_.format.has_minus_zero() ? Magnitude(du, a) : a, hn::Zero(du));
  }

  V Abs(D du, V a) const {  // the NaN that is a −0 stays
    const auto magnitude = Magnitude(du, a);
    return f_.is_nan(f_.sign) ? hn::IfThenElse(hn::Eq(a, Word(du, f_.sign)), a, magnitude) : magnitude;
  }
  V Negate(D du, V a) const {
    if (!f_.format.is_signed) return hn::IfThenElse(IsZero(du, a), a, Word(du, f_.nan));
    const auto turned = hn::Xor(a, Word(du, f_.sign));
    if (f_.format.has_minus_zero()) return turned;
    return hn::IfThenElse(hn::Eq(Magnitude(du, a), hn::Zero(du)), a, turned);
  }

  /// As signed integers in the order of totalOrder.
  V Place(D du, V a) const {
    const auto magnitude = Magnitude(du, a);
    if (!f_.format.is_signed) return magnitude;
    const auto below = hn::Xor(magnitude, hn::Set(du, 0xFFFFFFFFu));  // −1 − magnitude
    return hn::IfThenElse(hn::Eq(Sign(du, a), hn::Zero(du)), magnitude, below);
  }
  V Choose(D du, bool maximum, bool number, V a, V b) const {
    const auto less = maximum ? Less(du, Place(du, b), Place(du, a)) : Less(du, Place(du, a), Place(du, b));
    const auto chosen = hn::IfThenElse(less, a, b), nan = Word(du, f_.nan);
    const auto a_is_nan = IsNaN(du, a), b_is_nan = IsNaN(du, b);
    const auto if_a = number ? hn::IfThenElse(b_is_nan, nan, b) : nan, if_b = number ? a : nan;
    return hn::IfThenElse(a_is_nan, if_a, hn::IfThenElse(b_is_nan, if_b, chosen));
  }

  V NextUp(D du, V a) const {
    const auto one = hn::Set(du, 1u), magnitude = Magnitude(du, a);
    const auto top = Word(du, f_.format.has_infinity() ? f_.infinity : f_.max_finite);
    auto next = hn::IfThenElse(Less(du, magnitude, top), hn::Add(magnitude, one), a);
    if (f_.format.is_signed) {
      const auto smaller = hn::Sub(a, one);
      const auto zero = Word(du, f_.with_sign(true, 0));
      const auto down = hn::IfThenElse(hn::Eq(magnitude, one), zero, smaller);
      next = hn::IfThenElse(hn::Eq(Sign(du, a), hn::Zero(du)), next, down);
    }
    next = hn::IfThenElse(IsZero(du, a), one, next);
    return hn::IfThenElse(IsNaN(du, a), Word(du, f_.nan), next);
  }
  V NextDown(D du, V a) const {
    if (f_.format.is_signed) {
      const auto down = Negate(du, NextUp(du, Negate(du, a)));
      return hn::IfThenElse(IsNaN(du, a), Word(du, f_.nan), down);
    }
    const auto down = hn::IfThenElse(hn::Eq(a, hn::Zero(du)), a, hn::Sub(a, hn::Set(du, 1u)));
    return hn::IfThenElse(IsNaN(du, a), Word(du, f_.nan), down);
  }

  const detail::Codes f_;
};

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_CHOICE_INL_H_
