// Block-scaled operands whose products are added exactly group by group (MXFP4, NVFP4), for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/scaled_groups_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include <bit>

#include "emu/block_operand.hpp"
#include "emu/multiply-inl.hpp"
#include "emu/short_sum-inl.hpp"
#include "emu/to_odd-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

/// Blocks of kGroups groups and c. A group's products add up to a float32 number; that, its scales and what alignment
/// leaves of them are float64 numbers, and so is the sum.
template <int kGroups, bool kTowardZero>
struct ScaledGroups {
  using Operand = float;
  static constexpr std::int64_t kVectors = 1;

  template <std::int64_t kWidth, std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void Add(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::int64_t steps,
                               const emu::DotModel& model, float* HWY_RESTRICT tile) {
    static_assert(kWidth == 1);
    const hn::ScalableTag<float> d;
    constexpr std::int64_t lanes = hn::MaxLanes(d);
    const std::int64_t group = model.group, group_steps = group + emu::detail::kStepsOfScale;
    HWY_ALIGN float sums[kGroups][kTileRows * lanes];
    for (std::int64_t step = 0; step < steps; step += kGroups * group_steps) {
      const float *const block_a = a + step * kStepStride, *const block_b = b + step * lanes;
      for (std::int64_t g = 0; g < kGroups; ++g) {
        hn::Vec<decltype(d)> acc[kTileRows];
        Unroll<kTileRows>([&](auto r) HWY_ATTR { acc[r] = hn::Zero(d); });
        for (std::int64_t k = g * group_steps; k < g * group_steps + group; ++k) {
          const auto b_row = hn::Load(d, block_b + k * lanes);
          Unroll<kTileRows>([&](auto r) HWY_ATTR {
            acc[r] = hn::MulAdd(hn::Set(d, block_a[r * kRowStride + k * kStepStride]), b_row, acc[r]);
          });
        }
        Unroll<kTileRows>([&](auto r) HWY_ATTR { hn::Store(acc[r], d, sums[g] + r * lanes); });
      }
      for (std::int64_t i = 0; i < lanes; i += static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<double>())))
        AddGroups<kRowStride, kStepStride>(model, block_a, block_b + i, sums[0] + i, tile + i);
    }
  }

 private:
  /// As many columns as float64 has lanes.
  template <std::int64_t kRowStride, std::int64_t kStepStride>
  static HWY_NOINLINE void AddGroups(const emu::DotModel& model, const float* HWY_RESTRICT a,
                                     const float* HWY_RESTRICT b, const float* HWY_RESTRICT sums,
                                     float* HWY_RESTRICT tile) {
    const hn::ScalableTag<double> d;
    const hn::Rebind<float, decltype(d)> narrow;
    const hn::RebindToSigned<decltype(narrow)> narrow_int;
    const hn::RebindToSigned<decltype(d)> wide_int;
    constexpr std::int64_t lanes = hn::MaxLanes(hn::ScalableTag<float>()), size = kTileRows * lanes;
    const std::int64_t group = model.group, group_steps = group + emu::detail::kStepsOfScale;
    hn::Vec<decltype(d)> b_scales[kGroups];
    hn::Vec<decltype(narrow)> b_exponents[kGroups];
    hn::Vec<decltype(narrow_int)> b_filled[kGroups];
    Unroll<kGroups>([&](auto g) HWY_ATTR {
      const float* const scale = b + (g * group_steps + group) * lanes;
      b_scales[g] = hn::PromoteTo(d, hn::LoadU(narrow, scale)), b_exponents[g] = hn::LoadU(narrow, scale + lanes);
      b_filled[g] = hn::ConvertTo(narrow_int, hn::LoadU(narrow, scale + 2 * lanes));
    });
    // Below all exponents, and so far above the smallest number that all scales are float64 numbers.
    constexpr int nothing = -900;
    const auto floor = hn::Set(narrow, static_cast<float>(std::max(model.alignment_floor, nothing)));
    const auto top = hn::Set(narrow_int, 1023 + model.fraction_bits), twice_bias = hn::Set(narrow_int, 2 * 1023);
    for (std::int64_t r = 0; r < kTileRows; ++r, a += kRowStride, sums += lanes, tile += lanes) {
      const auto c = hn::LoadU(narrow, tile);
      const auto field = hn::And(hn::ShiftRight<23>(hn::BitCast(narrow_int, c)), hn::Set(narrow_int, 255));
      const auto c_exponent =
          hn::ConvertTo(narrow, hn::Sub(hn::Max(field, hn::Set(narrow_int, 1)), hn::Set(narrow_int, 127)));
      auto exponent = hn::IfThenElse(hn::Eq(c, hn::Zero(narrow)), floor, hn::Max(c_exponent, floor));
      const float* const a_scales = a + group * kStepStride;
      Unroll<kGroups>([&](auto g) HWY_ATTR {
        const auto a_exponent = hn::Set(narrow, a_scales[(g * group_steps + 1) * kStepStride]);
        const auto a_filled = static_cast<std::int32_t>(a_scales[(g * group_steps + 2) * kStepStride]);
        const auto products = hn::And(hn::Set(narrow_int, a_filled), b_filled[g]);  // that are not zero
        const auto largest = hn::Max(exponent, hn::Add(a_exponent, b_exponents[g]));
        exponent = hn::IfThenElse(hn::RebindMask(narrow, hn::Eq(products, hn::Zero(narrow_int))), exponent, largest);
      });
      // 2^(fraction_bits − exponent) and its inverse
      const auto scale_field = hn::Sub(top, hn::ConvertTo(narrow_int, exponent));
      const auto power = [&](auto field_of_power) HWY_ATTR {
        return hn::BitCast(d, hn::ShiftLeft<52>(hn::PromoteTo(wide_int, field_of_power)));
      };
      const auto scale = power(scale_field), unit = power(hn::Sub(twice_bias, scale_field));
      auto total = hn::Add(hn::Trunc(hn::Mul(hn::PromoteTo(d, c), scale)), hn::Zero(d));  // never −0
      Unroll<kGroups>([&](auto g) HWY_ATTR {
        const auto a_scale = hn::Set(d, static_cast<double>(a_scales[g * group_steps * kStepStride]));
        const auto sum = hn::PromoteTo(d, hn::LoadU(narrow, sums + g * size));
        total = hn::Add(total, hn::Trunc(hn::Mul(hn::Mul(sum, hn::Mul(a_scale, b_scales[g])), scale)));
      });
      const auto exact = hn::Mul(total, unit);
      hn::StoreU(kTowardZero ? RoundDouble<false>(narrow, exact) : RoundToFloat32(narrow, exact), narrow, tile);
    }
  }
};

std::optional<MatmulKernels> ScaledGroupKernels(const MatmulPlan& plan) {
  return plan.model->rounding == Rounding::toward_zero ? KernelsOf<ShortRule<ScaledGroups<4, true>>>()
                                                       : KernelsOf<ShortRule<ScaledGroups<4, false>>>();
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(ScaledGroupKernels);

namespace emu::detail {
namespace {

/// Whether sums of a group are float32 numbers, and what is aligned float64 numbers.
bool is_exact(const DotModel& model) {
  int most = INT_MIN;
  for (const FloatFormat& f : model.operands) most = std::max(most, 2 * f.emax() + 2);
  most += static_cast<int>(std::bit_width(static_cast<unsigned>(model.group - 1)));
  constexpr int scales = 2, terms = 3;  // a product of two scales is below 4 times its unit, a block has 5 terms
  return most - model.lowest_product() <= binary32.precision &&
         most + scales + terms + model.fraction_bits <= binary64.precision;
}

}  // namespace

std::optional<MatmulKernels> scaled_group_kernels(const MatmulPlan& plan) {
  const DotModel& model = *plan.model;
  const bool rounds = model.rounding == Rounding::toward_zero || model.rounding == Rounding::ties_to_even;
  if (model.kind != Summation::aligned || model.scale_block == 0 || model.group == 0 ||
      model.block != 4 * model.group || model.group > kMaxGroup || model.alignment_floor > binary32.emax() ||
      model.pass != 0 || model.addend != Addend::first || model.result != binary32 || !rounds ||
      model.inputs == Subnormals::flush || model.results == Subnormals::flush || model.nan == NanRule::first_nan ||
      !is_exact(model))
    return std::nullopt;
  return HWY_DYNAMIC_DISPATCH(ScaledGroupKernels)(plan);
}

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
