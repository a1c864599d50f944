// Lanes, trees, exact sums of short blocks, and the other chains, for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/short_sum_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include "emu/exact_sum-inl.hpp"
#include "emu/matmul_plan.hpp"
#include "emu/short_sum-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::Addend;
using emu::DotModel;
using emu::NanRule;
using emu::Summation;

template <bool kFirstNan>
using TwoLanes = LaneSums<2, false, kFirstNan>;
template <bool kFirstNan>
using TwoFlushedLanes = LaneSums<2, true, kFirstNan>;
template <bool kFirstNan>
using OneLane = LaneSums<1, false, kFirstNan>;

/// Sums in float32 to nearest even, in the environment that the model asks for.
std::optional<MatmulKernels> NearestKernels(const DotModel& model) {
  const bool first_nan = model.nan == NanRule::first_nan,
             one_block = model.block == 0 || model.block == model.instruction;
  const bool last = model.addend == Addend::last, natural = model.order == emu::TermOrder::natural;
  switch (model.kind) {
    case Summation::chain:
      if (model.round_products || !one_block) break;
      if (last && natural && model.instruction > 0)
        return first_nan ? KernelsOf<ShortRule<NamingNan<OneLane>>>() : KernelsOf<ShortRule<OneLane<false>>>();
      if (last || natural) break;
      return first_nan ? KernelsOf<ShortRule<OddFirstChain<true>>>() : KernelsOf<ShortRule<OddFirstChain<false>>>();
    case Summation::lanes:
      if (model.lanes != 2 || !natural || model.round_products || model.instruction % 2 != 0) break;
      return first_nan ? KernelsOf<ShortRule<NamingNan<TwoLanes>>>() : KernelsOf<ShortRule<TwoLanes<false>>>();
    case Summation::tree:
      if (first_nan || !natural) break;
      if (model.instruction == 2) return KernelsOf<ShortRule<TreeSums<2, NearestArithmetic>>>();
      if (model.instruction == 4) return KernelsOf<ShortRule<TreeSums<4, NearestArithmetic>>>();
      break;
    case Summation::exact: {
      const int terms = model.block > 0 ? model.block : model.instruction;
      if (first_nan || !natural || (last && !one_block)) break;
      if (terms == 2)
        return last ? KernelsOf<ShortRule<ExactSums<2, Addend::last>>>()
                    : KernelsOf<ShortRule<ExactSums<2, Addend::first>>>();
      if (terms == 4)
        return last ? KernelsOf<ShortRule<ExactSums<4, Addend::last>>>()
                    : KernelsOf<ShortRule<ExactSums<4, Addend::first>>>();
      break;
    }
    case Summation::aligned: break;
  }
  return std::nullopt;
}

/// The rest: subnormal results are kept, or flushed one by one.
std::optional<MatmulKernels> OtherKernels(const MatmulPlan& plan) {
  const DotModel& model = *plan.model;
  const bool natural = model.order == emu::TermOrder::natural, first_nan = model.nan == NanRule::first_nan;
  if (model.kind == Summation::tree && model.rounding == Rounding::to_odd &&
      model.addend_rounding == Rounding::to_odd && model.instruction == 2 && natural && !first_nan &&
      model.results == Subnormals::flush && plan.a_narrowing == Narrowing::to_bfloat16 &&
      plan.b_narrowing == Narrowing::to_bfloat16)
    return KernelsOf<ShortRule<TreeSums<2, FlushingOddArithmetic>>>();
  if (model.kind == Summation::lanes && model.lanes == 2 && natural && model.rounding == Rounding::ties_to_even &&
      model.addend_rounding == model.rounding && model.results == Subnormals::flush && !model.round_products &&
      model.instruction % 2 == 0 && plan.a_narrowing == Narrowing::to_float16 &&
      plan.b_narrowing == Narrowing::to_float16)  // sums of products are never tiny
    return first_nan ? KernelsOf<ShortRule<NamingNan<TwoFlushedLanes>>>()
                     : KernelsOf<ShortRule<TwoFlushedLanes<false>>>();
  if (model.kind != Summation::chain || model.addend != Addend::first || model.instruction != 0 ||
      model.round_products || first_nan || model.results == Subnormals::flush)
    return std::nullopt;
  if (model.rounding == Rounding::toward_zero && model.result == binary32)
    return KernelsOf<ShortRule<RoundedChain<TowardZeroFloat32>>>();
  if (model.rounding != Rounding::ties_to_even) return std::nullopt;
  if (model.result == binary16) return KernelsOf<ShortRule<RoundedChain<Accumulator<float16>>>>();
  if (model.result == bfloat) return KernelsOf<ShortRule<RoundedChain<Accumulator<bfloat16>>>>();
  return std::nullopt;
}

/// The kernels of a plan whose sizes fit.
std::optional<MatmulKernels> ShortSumKernels(const MatmulPlan& plan) {
  const DotModel& model = *plan.model;
  const bool flushes = model.results == Subnormals::flush;
  const bool nearest = model.rounding == Rounding::ties_to_even && model.addend_rounding == model.rounding;
  // What x86 has one switch for.
  const bool in_environment = !flushes || (model.inputs == Subnormals::flush && HWY_ARCH_X86);
  if (nearest && model.result == binary32 && in_environment)
    if (auto kernels = NearestKernels(model)) {
      kernels->subnormals = model.results;
      return kernels;
    }
  return OtherKernels(plan);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(ShortSumKernels);

namespace emu::detail {

std::optional<MatmulKernels> short_sum_kernels(const MatmulPlan& plan) {
  const DotModel& model = *plan.model;
  const std::int64_t multiple = std::max({model.instruction, model.block, 1});
  const bool fits = plan.pass_steps <= kMaxBlockSteps && multiple <= kMaxBlockSteps && model.pass % multiple == 0;
  // A pass's sum is joined in the format of the sums or in float32; a NaN that operands bring is that of 16 bits.
  const bool joins = model.pass == 0 || model.pass_result == model.result ||
                     (model.pass_result == binary32 && model.inputs == Subnormals::keep);
  const bool brings_nan = plan.a_narrowing != Narrowing::none && plan.b_narrowing != Narrowing::none && model.pass == 0;
  if (plan.d.dtype == DType::float64 || !fits || !joins || (model.nan == NanRule::first_nan && !brings_nan) ||
      model.lists(tensor_float))
    return std::nullopt;
  auto kernels = HWY_DYNAMIC_DISPATCH(ShortSumKernels)(plan);
  if (kernels) kernels->step_multiple = multiple;
  return kernels;
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
