// Highway twin of functions.hpp: the same sequence of primitives on float32 lanes, so the same bits.
// Per-target include; see foreach_target.h.
#if defined(HALFWAY_FORMATS_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_FORMATS_FUNCTIONS_INL_H_
#undef HALFWAY_FORMATS_FUNCTIONS_INL_H_
#else
#define HALFWAY_FORMATS_FUNCTIONS_INL_H_
#endif

#include <hwy/highway.h>

#include <iterator>
#include <limits>

#include "formats/functions.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 2^k for lanes whose power is a normal number.
template <class D, class VI>
hn::Vec<D> PowerOfTwo(D d, VI k) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(k, hn::Set(di, 127))));
}

/// detail::exp_sequence on each lane.
template <class D>
hn::Vec<D> Exp(D d, hn::Vec<D> x) {
  using C = detail::FunctionConstants<float>;
  const hn::RebindToSigned<D> di;
  const auto one = hn::Set(d, 1.0f), magic = hn::Set(d, C::round_magic);
  const auto low = hn::Set(d, C::exp_underflow), high = hn::Set(d, C::exp_overflow);
  const auto t = hn::Min(hn::Max(x, low), high);
  const auto n = hn::Sub(hn::Add(hn::Mul(t, hn::Set(d, C::log2_e)), magic), magic);
  const auto r = hn::Sub(hn::Sub(t, hn::Mul(n, hn::Set(d, C::ln2_hi))), hn::Mul(n, hn::Set(d, C::ln2_lo)));
  auto q = hn::Set(d, C::exp_terms[0]);
  for (std::size_t i = 1; i < std::size(C::exp_terms); ++i) q = hn::Add(hn::Mul(q, r), hn::Set(d, C::exp_terms[i]));
  const auto p = hn::Add(one, hn::Add(r, hn::Mul(hn::Mul(q, r), r)));
  const auto k = hn::ConvertTo(di, n);
  const auto half = hn::ShiftRight<1>(k);
  auto y = hn::Mul(hn::Mul(p, PowerOfTwo(d, half)), PowerOfTwo(d, hn::Sub(k, half)));
  y = hn::IfThenElse(hn::Gt(x, high), hn::Set(d, std::numeric_limits<float>::infinity()), y);
  y = hn::IfThenElse(hn::Lt(x, low), hn::Zero(d), y);
  return hn::IfThenElse(hn::Eq(x, x), y, hn::Set(d, std::numeric_limits<float>::quiet_NaN()));
}

/// The logarithm of 2^(127 − bias)·x for normal x: what detail::log_sequence does after its special cases.
template <class D>
hn::Vec<D> LogOfNormal(D d, hn::Vec<D> x, hn::Vec<D> bias) {
  using C = detail::FunctionConstants<float>;
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  constexpr std::uint32_t one = std::uint32_t{C::bias} << C::fraction_bits, mask = (1u << C::fraction_bits) - 1;
  const auto shifted = hn::Add(hn::BitCast(du, x), hn::Set(du, one - C::sqrt_half_bits));
  const auto n = hn::Sub(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<C::fraction_bits>(shifted))), bias);
  const auto m = hn::BitCast(d, hn::Add(hn::And(shifted, hn::Set(du, mask)), hn::Set(du, C::sqrt_half_bits)));
  const auto f = hn::Sub(m, hn::Set(d, 1.0f));
  const auto s = hn::Div(f, hn::Add(hn::Set(d, 2.0f), f));
  const auto z = hn::Mul(s, s);
  auto series = hn::Set(d, C::log_terms[0]);
  for (std::size_t i = 1; i < std::size(C::log_terms); ++i)
    series = hn::Add(hn::Mul(series, z), hn::Set(d, C::log_terms[i]));
  series = hn::Mul(series, z);
  const auto half_square = hn::Mul(hn::Mul(hn::Set(d, 0.5f), f), f);
  const auto low = hn::Add(hn::Mul(s, hn::Add(half_square, series)), hn::Mul(n, hn::Set(d, C::ln2_lo)));
  return hn::Sub(hn::Mul(n, hn::Set(d, C::ln2_hi)), hn::Sub(hn::Sub(half_square, low), f));
}

/// detail::log_sequence on each lane.
template <class D>
hn::Vec<D> Log(D d, hn::Vec<D> x) {
  using Limits = std::numeric_limits<float>;
  const auto zero = hn::Zero(d), infinity = hn::Set(d, Limits::infinity()), smallest = hn::Set(d, Limits::min());
  const auto bias = hn::Set(d, detail::FunctionConstants<float>::bias);
  if (hn::AllTrue(d, hn::And(hn::Ge(x, smallest), hn::Lt(x, infinity)))) return LogOfNormal(d, x, bias);
  const auto is_small = hn::Lt(x, smallest);
  const auto normal = hn::IfThenElse(is_small, hn::Mul(x, hn::Set(d, 0x1p24f)), x);
  auto y = LogOfNormal(d, normal, hn::IfThenElse(is_small, hn::Add(bias, hn::Set(d, 24.0f)), bias));
  y = hn::IfThenElse(hn::Eq(x, infinity), x, y);
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  return hn::IfThenElse(hn::Ge(x, zero), y, hn::Set(d, Limits::quiet_NaN()));
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // toggle
