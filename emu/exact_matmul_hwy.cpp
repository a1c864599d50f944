// Error-free sums of products for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/exact_matmul_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include "emu/exact_matmul_kernels.hpp"
#include "emu/tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::ExactKernels;
using emu::detail::ExactSums;
using emu::detail::kExactRows;

using DoubleTag = hn::CappedTag<double, emu::detail::kMaxExactLanes>;
using Doubles = hn::Vec<DoubleTag>;

/// sum ← the rounded sum of sum and x; returns what rounding left off, exactly (Knuth's TwoSum).
HWY_INLINE Doubles AddExactly(Doubles& sum, Doubles x) {
  const Doubles before = sum;
  sum = hn::Add(before, x);
  const Doubles x_part = hn::Sub(sum, before);
  return hn::Add(hn::Sub(before, hn::Sub(sum, x_part)), hn::Sub(x, x_part));
}

template <bool kDoubleProducts>
void AddProducts(const std::array<const double*, kExactRows>& a, const double* HWY_RESTRICT b, std::int64_t steps,
                 ExactSums& sums) {
  const DoubleTag d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Doubles sum[kExactRows], error[kExactRows], dropped[kExactRows];
  Unroll<kExactRows>([&](auto r) HWY_ATTR {
    sum[r] = hn::LoadU(d, sums.sum[r]);
    error[r] = dropped[r] = hn::Zero(d);
  });
  for (std::int64_t k = 0; k < steps; ++k, b += lanes) {
    const Doubles y = hn::LoadU(d, b);
    Unroll<kExactRows>([&](auto r) HWY_ATTR {
      const Doubles x = hn::Set(d, a[static_cast<std::size_t>(r)][k]);
      const Doubles product = hn::Mul(x, y);
      const auto add_error = [&](Doubles part)
                                 HWY_ATTR { dropped[r] = hn::Add(dropped[r], hn::Abs(AddExactly(error[r], part))); };
      add_error(AddExactly(sum[r], product));
      if constexpr (kDoubleProducts) add_error(Accumulate<false>(d, x, y, hn::Neg(product)));
    });
  }
  Unroll<kExactRows>([&](auto r) HWY_ATTR {
    hn::StoreU(sum[r], d, sums.sum[r]);
    hn::StoreU(error[r], d, sums.error[r]);
    hn::StoreU(dropped[r], d, sums.dropped[r]);
  });
}

ExactKernels ExactKernelsOf() {
  return {.lanes = static_cast<std::int64_t>(hn::Lanes(DoubleTag())),
          .products = &AddProducts<false>,
          .double_products = &AddProducts<true>};
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(ExactKernelsOf);

namespace emu::detail {

ExactKernels exact_kernels() { return HWY_DYNAMIC_DISPATCH(ExactKernelsOf)(); }

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
