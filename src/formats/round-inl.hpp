// Rounding of float32 or float64 lanes to any narrower format, in any direction: detail::round_pack for lanes. Included
// once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_ROUND_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_ROUND_INL_H_
#undef HALFWAY_FORMATS_ROUND_INL_H_
#else
#define HALFWAY_FORMATS_ROUND_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "formats/bulk.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// How a lane type holds numbers.
template <class T>
struct LaneFormat;
template <>
struct LaneFormat<float> {
  using Bits = std::uint32_t;
  using Signed = std::int32_t;
  static constexpr int fraction_bits = 23, bias = 127;
  static constexpr float integer_magic = 8388608.0f;  // 2^23: what is added to it keeps no fraction
};
template <>
struct LaneFormat<double> {
  using Bits = std::uint64_t;
  using Signed = std::int64_t;
  static constexpr int fraction_bits = 52, bias = 1023;
  static constexpr double integer_magic = 4503599627370496.0;  // 2^52
};

/// Directions whose code is one: `stochastic` stands for the four of them, `directed` for up and down.
enum class Direction : std::uint8_t { ties_to_even, ties_to_away, toward_zero, directed, to_odd, stochastic };

constexpr Direction direction_of(Rounding r) {
  switch (r) {
    case Rounding::ties_to_even: return Direction::ties_to_even;
    case Rounding::ties_to_away: return Direction::ties_to_away;
    case Rounding::toward_zero: return Direction::toward_zero;
    case Rounding::toward_positive:
    case Rounding::toward_negative: return Direction::directed;
    case Rounding::to_odd: return Direction::to_odd;
    default: return Direction::stochastic;
  }
}

/// Whether lanes of T can round to that format: the significand and the random bits fit, and nothing of a lane number,
/// however small, is lost in units of the format's last place. Events are counted for signed formats alone.
template <class T>
bool rounds_in_lanes(const detail::RoundPlan& plan) {
  const FloatFormat& f = plan.codes.format;
  const int random_bits = is_stochastic(plan.how.rounding) ? plan.how.random_bits + 2 : 0;
  if (sizeof(T) == 8) return f.precision <= 24 && f.precision + random_bits <= 53;
  return f.precision <= 22 && random_bits <= 18 && f.emax() <= 127 && f.emin() <= 0 && f.emin() >= -126;
}

/// The rounder of one format and direction, for lanes of D. Constants are broadcast once, outside the loops.
template <Direction direction, bool counting, class D>
class LaneRounder {
  using T = hn::TFromD<D>;
  using L = LaneFormat<T>;
  using DU = hn::RebindToUnsigned<D>;
  using DI = hn::RebindToSigned<D>;
  using V = hn::Vec<D>;
  using VU = hn::Vec<DU>;
  using VI = hn::Vec<DI>;
  using M = hn::Mask<D>;
  using Bits = typename L::Bits;
  using Signed = typename L::Signed;

  static T power_of_two(int n) { return std::bit_cast<T>(static_cast<Bits>(n + L::bias) << L::fraction_bits); }

 public:
  explicit LaneRounder(const detail::RoundPlan& plan) : plan_(plan), f_(plan.codes.format) {
    const int up = f_.precision - 1 - plan.codes.emin;  // units of the subnormals' last place in 1
    const int first = up > L::bias ? up / 2 : up;
    scale_ = power_of_two(first);
    second_scale_ = power_of_two(up - first);
    two_scales_ = first != up;
    const Bits unit = static_cast<Bits>(L::bias + f_.precision - 1) << L::fraction_bits;
    significand_exponent_ = unit;
    min_normal_ = static_cast<Bits>(plan.codes.emin + L::bias) << L::fraction_bits;
    random_one_ = power_of_two(plan.how.random_bits);
    away_is_negative_ = plan.how.rounding == Rounding::toward_negative;
  }

  /// x, rounded to an integer.
  V RoundToIntegral(D d, V x, V random) const {
    const DU du;
    const auto sign = hn::And(hn::BitCast(du, x), hn::Set(du, Bits{1} << (8 * sizeof(T) - 1)));
    const auto magnitude = hn::Abs(x);
    const auto rounded = RoundUnits(d, magnitude, AwayFromZero(d, sign), random);
    const auto small = hn::Lt(magnitude, hn::Set(d, L::integer_magic));  // what is not is an integer, or none
    return hn::IfThenElse(small, hn::BitCast(d, hn::Or(hn::BitCast(du, rounded), sign)), x);
  }

  /// The codes of x, rounded. `random`: an integer below 2^random_bits in each lane, read by stochastic rounding alone.
  VU Round(D d, V x, V random, detail::CaseCounts& cases) const {
    const DU du;
    const DI di;
    const auto bits = hn::BitCast(du, x);
    const auto sign = hn::And(bits, hn::Set(du, Bits{1} << (8 * sizeof(T) - 1)));
    const auto magnitude = hn::Xor(bits, sign);
    const auto exponent_mask = hn::Set(du, static_cast<Bits>(2 * L::bias + 1) << L::fraction_bits);
    const auto exponent = hn::And(magnitude, exponent_mask);
    const auto is_normal = hn::Gt(hn::BitCast(di, magnitude), hn::Set(di, static_cast<Signed>(min_normal_ - 1)));
    // The significand as a number of [2^(p−1), 2^p); below the smallest normal number |x| in units of the last place.
    const auto normal = hn::BitCast(d, hn::Or(hn::Xor(magnitude, exponent), hn::Set(du, significand_exponent_)));
    const auto units =
        hn::IfThenElse(hn::RebindMask(d, is_normal), normal, SubnormalUnits(d, hn::BitCast(d, magnitude)));
    const auto away = AwayFromZero(d, sign);
    const auto rounded = RoundUnits(d, units, away, random);
    // A carry out of the significand moves into the exponent.
    const auto offset = hn::Set(du, significand_exponent_ + min_normal_);
    const auto place = hn::Sub(hn::Add(hn::BitCast(du, rounded), exponent), offset);
    const auto hidden = hn::Set(du, static_cast<Bits>(plan_.codes.min_normal));
    const auto normal_code = hn::Add(hn::ShiftRightSame(place, L::fraction_bits - f_.fraction_bits()), hidden);
    auto code = hn::IfThenElse(hn::RebindMask(du, is_normal), normal_code, SubnormalCode(d, rounded));

    const auto none = hn::RebindMask(d, hn::Gt(hn::BitCast(di, magnitude), hn::BitCast(di, exponent_mask)));  // NaN
    const auto beyond = hn::Gt(hn::BitCast(di, code), hn::Set(di, static_cast<Signed>(plan_.codes.max_finite)));
    auto signed_code = hn::Or(code, SignOf(du, sign));
    if (!f_.has_minus_zero()) signed_code = hn::IfThenElse(hn::Eq(code, hn::Zero(du)), code, signed_code);

    const bool any_beyond = !hn::AllFalse(di, beyond);
    if (plan_.how.results == Subnormals::flush || counting) {
      const auto small = hn::AndNot(hn::RebindMask(d, is_normal), hn::Ne(hn::BitCast(d, magnitude), hn::Zero(d)));
      auto inexact = hn::AndNot(hn::RebindMask(d, beyond), hn::Ne(rounded, units));
      if (!hn::AllFalse(d, small)) {
        // Tiny: below the smallest normal number when rounded as if the exponent were unbounded. One more bit of the
        // significand matters, in the binade below it; what is further down is tiny anyway.
        const auto finer = RoundUnits(d, hn::Add(units, units), away, random);
        const auto tiny = hn::And(small, hn::Lt(finer, hn::Set(d, power_of_two(f_.precision))));
        if (plan_.how.results == Subnormals::flush && f_.has_zero) {
          const auto zeros = hn::IfThenElse(hn::Eq(sign, hn::Zero(du)), hn::Zero(du),
                                            hn::Set(du, static_cast<Bits>(plan_.zero[1].code)));
          signed_code = hn::IfThenElse(hn::RebindMask(du, tiny), zeros, signed_code);
          inexact = hn::Or(inexact, tiny);
          if constexpr (counting) cases.flushed += Count(d, tiny);
        }
        if constexpr (counting) cases.underflows += Count(d, hn::And(tiny, inexact));
      }
      if constexpr (counting) cases.inexact += Count(d, inexact);
    }
    if (any_beyond) signed_code = Beyond(d, hn::RebindMask(d, beyond), none, magnitude, sign, signed_code, cases);
    if (!f_.is_signed) signed_code = Unsigned(d, x, signed_code);
    return signed_code;
  }

 private:
  static std::int64_t Count(D d, M mask) { return static_cast<std::int64_t>(hn::CountTrue(d, mask)); }

  V SubnormalUnits(D d, V magnitude) const {
    if constexpr (sizeof(T) == 8) {  // nothing is lost in scaling; what is smaller only has to be seen to be there
      const auto least = hn::Max(magnitude, hn::Set(d, power_of_two(-600)));
      magnitude = hn::IfThenElse(hn::Eq(magnitude, hn::Zero(d)), magnitude, least);
    }
    const auto scaled = hn::Mul(magnitude, hn::Set(d, scale_));
    return two_scales_ ? hn::Mul(scaled, hn::Set(d, second_scale_)) : scaled;
  }
  VU SubnormalCode(D d, V rounded) const {
    const DU du;
    if (!f_.has_zero) return hn::Zero(du);
    const auto integer = hn::BitCast(du, hn::Add(rounded, hn::Set(d, L::integer_magic)));
    return hn::And(integer, hn::Set(du, static_cast<Bits>(2 * plan_.codes.hidden - 1)));
  }
  VU SignOf(DU, VU sign) const {
    return f_.is_signed ? hn::ShiftRightSame(sign, static_cast<int>(8 * sizeof(T)) - f_.bits()) : hn::Xor(sign, sign);
  }
  /// The lanes that a directed rounding turns away from zero.
  M AwayFromZero(D d, VU sign) const {
    const DU du;
    return hn::RebindMask(d, away_is_negative_ ? hn::Ne(sign, hn::Zero(du)) : hn::Eq(sign, hn::Zero(du)));
  }

  /// The integer that `units`, which are not negative and below 2^24 (2^52 for double), round to.
  V RoundUnits(D d, V units, M away, V random) const {
    const auto magic = hn::Set(d, L::integer_magic), one = hn::Set(d, T{1});
    const auto nearest = hn::Sub(hn::Add(units, magic), magic);  // ties to even
    if constexpr (direction == Direction::ties_to_even) return nearest;
    const auto below = hn::IfThenElse(hn::Gt(nearest, units), hn::Sub(nearest, one), nearest);
    const auto rest = hn::Sub(units, below), zero = hn::Zero(d);
    auto up = hn::Gt(zero, zero);
    if constexpr (direction == Direction::ties_to_away) up = hn::Ge(rest, hn::Set(d, T{0.5}));
    if constexpr (direction == Direction::directed) up = hn::And(away, hn::Gt(rest, zero));
    if constexpr (direction == Direction::to_odd) {
      const DU du;
      const auto last = hn::And(hn::BitCast(du, hn::Add(below, magic)), hn::Set(du, Bits{1}));
      up = hn::And(hn::RebindMask(d, hn::Eq(last, hn::Zero(du))), hn::Gt(rest, zero));
    }
    if constexpr (direction == Direction::stochastic)
      up = hn::And(hn::Ge(hn::Add(RandomUnits(d, rest), random), hn::Set(d, random_one_)), hn::Gt(rest, zero));
    return hn::IfThenElse(up, hn::Add(below, one), below);
  }

  /// δ·2^r as the variant rounds it to an integer.
  V RandomUnits(D d, V rest) const {
    const auto magic = hn::Set(d, L::integer_magic), one = hn::Set(d, T{1}), half = hn::Set(d, T{0.5});
    const auto units = hn::Mul(rest, hn::Set(d, random_one_));
    const auto nearest = hn::Sub(hn::Add(units, magic), magic);
    if (plan_.how.rounding == Rounding::stochastic) return nearest;
    const auto below = hn::IfThenElse(hn::Gt(nearest, units), hn::Sub(nearest, one), nearest);
    if (plan_.how.rounding == Rounding::stochastic_fastest) return below;
    const auto fraction = hn::Sub(units, below);
    if (plan_.how.rounding == Rounding::stochastic_fast)
      return hn::IfThenElse(hn::Ge(fraction, half), hn::Add(below, one), below);
    // Ties to odd: the other neighbour of a tie than `nearest`, which is even.
    const auto other = hn::Sub(hn::Add(below, hn::Add(below, one)), nearest);
    return hn::IfThenElse(hn::Eq(fraction, half), other, nearest);
  }

  /// Overflows, infinities and NaNs.
  VU Beyond(D d, M beyond, M none, VU magnitude, VU sign, VU codes, detail::CaseCounts& cases) const {
    const DU du;
    const auto infinity = hn::Set(du, static_cast<Bits>(2 * L::bias + 1) << L::fraction_bits);
    const auto infinite = hn::RebindMask(d, hn::Eq(magnitude, infinity));
    const auto negative = hn::Ne(sign, hn::Zero(du));
    const auto by_sign = [&](const detail::Special(&special)[2]) HWY_ATTR {
      return hn::IfThenElse(negative, hn::Set(du, static_cast<Bits>(special[1].code)),
                            hn::Set(du, static_cast<Bits>(special[0].code)));
    };
    codes = hn::IfThenElse(hn::RebindMask(du, beyond), by_sign(plan_.overflow), codes);
    codes = hn::IfThenElse(hn::RebindMask(du, infinite), by_sign(plan_.infinity), codes);
    codes = hn::IfThenElse(hn::RebindMask(du, none), hn::Set(du, static_cast<Bits>(plan_.codes.nan)), codes);
    if constexpr (counting) {
      const auto finite = hn::AndNot(hn::Or(infinite, none), beyond);
      const auto is_negative = hn::RebindMask(d, negative);
      cases.overflows[0] += Count(d, hn::AndNot(is_negative, finite));
      cases.overflows[1] += Count(d, hn::And(is_negative, finite));
      cases.infinities += Count(d, infinite);
      cases.nans += Count(d, none);
    }
    return codes;
  }

  /// An unsigned format: numbers below zero, and zeros where there is none.
  VU Unsigned(D d, V x, VU codes) const {
    const DU du;
    const auto negative = hn::RebindMask(du, hn::Lt(x, hn::Zero(d))), zero = hn::RebindMask(du, hn::Eq(x, hn::Zero(d)));
    codes = hn::IfThenElse(negative, hn::Set(du, static_cast<Bits>(plan_.negative.code)), codes);
    return hn::IfThenElse(zero, hn::Set(du, static_cast<Bits>(plan_.zero[0].code)), codes);
  }

  const detail::RoundPlan& plan_;
  FloatFormat f_;
  T scale_, second_scale_, random_one_;
  Bits significand_exponent_, min_normal_;
  bool two_scales_, away_is_negative_;
};

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_ROUND_INL_H_
