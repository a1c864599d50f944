// A loop of fused multiply-adds, compiled for every target: what matrix products are measured against.
#include "bench/peak.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peak_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace halfway::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

float FuseMultiplyAdds(std::int64_t pairs) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr std::int64_t sums = 12;  // enough for two units of five cycles each, few enough for 16 registers
  // x ← x·(1 − 2^−20) + 2^−20 stays near 1, and no compiler knows its value.
  const V factor = hn::Set(d, 1 - 0x1p-20F), step = hn::Set(d, 0x1p-20F);
  V x0 = hn::Iota(d, 1), x1 = hn::Add(x0, step), x2 = hn::Add(x1, step), x3 = hn::Add(x2, step);
  V x4 = hn::Add(x3, step), x5 = hn::Add(x4, step), x6 = hn::Add(x5, step), x7 = hn::Add(x6, step);
  V x8 = hn::Add(x7, step), x9 = hn::Add(x8, step), x10 = hn::Add(x9, step), x11 = hn::Add(x10, step);
  for (std::int64_t i = 0; i < pairs; i += sums * static_cast<std::int64_t>(hn::MaxLanes(d))) {
    x0 = hn::MulAdd(x0, factor, step), x1 = hn::MulAdd(x1, factor, step), x2 = hn::MulAdd(x2, factor, step);
    x3 = hn::MulAdd(x3, factor, step), x4 = hn::MulAdd(x4, factor, step), x5 = hn::MulAdd(x5, factor, step);
    x6 = hn::MulAdd(x6, factor, step), x7 = hn::MulAdd(x7, factor, step), x8 = hn::MulAdd(x8, factor, step);
    x9 = hn::MulAdd(x9, factor, step), x10 = hn::MulAdd(x10, factor, step), x11 = hn::MulAdd(x11, factor, step);
  }
  const V low = hn::Add(hn::Add(hn::Add(x0, x1), hn::Add(x2, x3)), hn::Add(x4, x5));
  const V high = hn::Add(hn::Add(hn::Add(x6, x7), hn::Add(x8, x9)), hn::Add(x10, x11));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
}

}  // namespace halfway::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway::bench {

HWY_EXPORT(FuseMultiplyAdds);

float fuse_multiply_adds(std::int64_t pairs) { return HWY_DYNAMIC_DISPATCH(FuseMultiplyAdds)(pairs); }

}  // namespace halfway::bench
#endif  // HWY_ONCE
