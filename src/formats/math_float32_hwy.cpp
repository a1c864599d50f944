// The float32 functions in lanes; math_float32_ref.cpp is the definition.
#include "formats/math_float32.hpp"
#include "formats/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/math_float32_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/functions-inl.hpp"
#include "formats/lanes-inl.hpp"
#include "formats/math_float32-inl.hpp"
#include "formats/math_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

/// The others are computed in float64.
constexpr bool is_in_float32(Function f) {
  return f == Function::exp || f == Function::log || f == Function::reciprocal;
}
/// As many floats as the lanes that `f` works in.
template <Function f>
using FloatLanes = std::conditional_t<is_in_float32(f), hn::ScalableTag<float>, hn::Rebind<float, Lanes::D>>;

/// Rounded to nearest even. Without vector instructions Highway's own word saturates.
template <class D>
HWY_INLINE hn::Vec<D> RoundToFloats(D d, Lanes x) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  HWY_ALIGN double from[hn::MaxLanes(Lanes::D())];
  HWY_ALIGN float to[hn::MaxLanes(d)];
  hn::Store(x.v, Lanes::D(), from);
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) to[i] = static_cast<float>(from[i]);
  return hn::Load(d, to);
#else
  return hn::DemoteTo(d, x.v);
#endif
}

template <Function f>
HWY_INLINE hn::Vec<FloatLanes<f>> EvaluateLanes(hn::Vec<FloatLanes<f>> x) {
  const FloatLanes<f> d;
  if constexpr (f == Function::exp) return Exp(d, x);
  if constexpr (f == Function::log) return Log(d, x);
  if constexpr (f == Function::reciprocal) return CanonicalNaN(d, hn::Div(hn::Set(d, 1.0f), x));
  if constexpr (!is_in_float32(f))
    return CanonicalNaN(d, RoundToFloats(d, sequence<f>(Lanes(hn::PromoteTo(Lanes::D(), x)))));
}

template <Function f>
void EvaluateFloats(const float* in, float* out, std::int64_t count) {
  const FloatLanes<f> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(EvaluateLanes<f>(hn::LoadU(d, in + i)), d, out + i);
  if (i < count) {
    HWY_ALIGN float rest[hn::MaxLanes(d)] = {};
    for (std::int64_t k = i; k < count; ++k) rest[k - i] = in[k];
    hn::Store(EvaluateLanes<f>(hn::Load(d, rest)), d, rest);
    for (std::int64_t k = i; k < count; ++k) out[k] = rest[k - i];
  }
}

void EvaluateFunction(Function f, const float* in, float* out, std::int64_t count) {
  detail::with_function(f, [&](auto constant) { EvaluateFloats<constant.value>(in, out, count); });
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(EvaluateFunction);

void evaluate(Function f, std::span<const float> x, std::span<float> result) {
  detail::require_equal_sizes("evaluate", x.size(), result.size());
  const auto kernel = HWY_DYNAMIC_DISPATCH(EvaluateFunction);
  const auto size = static_cast<std::int64_t>(x.size());
  detail::parallel_for(size, 64, 8 * size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    kernel(f, x.data() + begin, result.data() + begin, end - begin);
  });
}

}  // namespace halfway
#endif  // HWY_ONCE
