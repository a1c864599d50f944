// Chains for each target: a fused multiply-add, or a product and an add, for each term; k always in order.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/matmul_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include "emu/matmul_check.hpp"
#include "emu/matmul_plan.hpp"
#include "emu/multiply-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

template <class E, bool kRoundProducts>
struct ChainRule {
  using Operand = E;
  using Sum = E;
  static constexpr std::int64_t kVectors = kTileVectors;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static void Compute(const E* a, const E* b, std::int64_t steps, Entry entry, const emu::DotModel&, E* tile) {
    ComputeTile<kTileRows, kWidth, kRowStride, kStepStride, kRoundProducts>(a, b, steps, entry, tile);
  }
};

MatmulKernels ChainKernels(const MatmulPlan& plan) {
  if (plan.d.dtype == DType::float64)
    return plan.round_products ? KernelsOf<ChainRule<double, true>>() : KernelsOf<ChainRule<double, false>>();
  return plan.round_products ? KernelsOf<ChainRule<float, true>>() : KernelsOf<ChainRule<float, false>>();
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(ChainKernels);

namespace emu::detail {
namespace {

/// What x86 has one switch for, or nothing: results flushed only where operands are, not in float64, not elsewhere.
bool flushes_as_lanes_do(const MatmulPlan& plan) {
  const bool operands = plan.flush_inputs, results = plan.model->results == Subnormals::flush;
  if (plan.d.dtype == DType::float64) return !operands && !results;
  return !results || (operands && HWY_ARCH_X86);
}

}  // namespace

std::optional<MatmulKernels> chain_kernels(const MatmulPlan& plan) {
  const bool fits = plan.pass_steps <= kMaxBlockSteps;
  if (!is_plain_chain(*plan.model) || !fits || !flushes_as_lanes_do(plan)) return std::nullopt;
  MatmulKernels kernels = HWY_DYNAMIC_DISPATCH(ChainKernels)(plan);
  kernels.subnormals = plan.model->results;
  return kernels;
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
