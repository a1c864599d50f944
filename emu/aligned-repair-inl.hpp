// What lanes cannot do exactly: the blocks of an aligned model with infinities, NaN and numbers from the ends of
// float32's range.
#if defined(HALFWAY_EMU_ALIGNED_REPAIR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_ALIGNED_REPAIR_INL_H_
#undef HALFWAY_EMU_ALIGNED_REPAIR_INL_H_
#else
#define HALFWAY_EMU_ALIGNED_REPAIR_INL_H_
#endif

#include <bit>
#include <cmath>
#include <cstdint>

#include <hwy/highway.h>

#include "emu/aligned_rule.hpp"
#include "emu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::AlignedDefinition;
using emu::detail::AlignedFinish;
using emu::detail::AlignedRule;

/// A tile for exponents of type X: as many columns as a vector of X has lanes, as many rows as leave the sums and the
/// scales of all in registers.
template <class X>
struct AlignedShape {
  static constexpr std::int64_t lanes = hn::MaxLanes(hn::ScalableTag<float>());
  static constexpr std::int64_t vectors = sizeof(float) / sizeof(X);
  static constexpr std::int64_t exponent_vectors =
      vectors * lanes / static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<X>()));
  static constexpr std::int64_t rows = (HWY_TARGET <= HWY_AVX3 ? 12 : 4) / vectors;
  static constexpr std::int64_t cols = vectors * lanes;
  static constexpr std::int64_t size = rows * cols;
};

/// The packed terms of one tile. Element (row, step) of A stands at [row·row_stride + step·step_stride], its exponent
/// in each part of an int32; element (step, column) of B at [step·cols + column].
template <class X>
struct AlignedPanels {
  const float* a;
  const std::int32_t* a_exponents;
  std::int64_t row_stride, step_stride;
  const float* b;
  const X* b_exponents;

  AlignedPanels from(std::int64_t step) const {
    constexpr std::int64_t cols = AlignedShape<X>::cols;
    return {a + step * step_stride, a_exponents + step * step_stride, row_stride, step_stride,
            b + step * cols,        b_exponents + step * cols};
  }
};

/// The definition for one vector of outputs, in those lanes whose scale says so: `old_sums` is their c, `sums` what
/// they become. A chain over what operands are worth beside infinities finds the results that are infinite or NaN.
template <class X>
HWY_NOINLINE void RepairVector(const emu::DotModel& model, const AlignedRule& rule, const AlignedPanels<X>& terms,
                               std::int64_t row, std::int64_t vector, std::int64_t count, const bool* needs_care,
                               const float* old_sums, float* sums) {
  constexpr std::int64_t lanes = AlignedShape<X>::lanes, cols = AlignedShape<X>::cols;
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto all_ones = hn::Set(di, 255 << 23), sign_bit = hn::Set(di, INT32_MIN);
  const auto is_special = [&](auto v) HWY_ATTR {
    return hn::RebindMask(d, hn::Eq(hn::And(hn::BitCast(di, v), all_ones), all_ones));
  };
  const auto one_of_sign = [&](auto v) HWY_ATTR {  // finite numbers but zero: products of them do not overflow
    const auto one = hn::BitCast(d, hn::Or(hn::And(hn::BitCast(di, v), sign_bit), hn::Set(di, 127 << 23)));
    return hn::IfThenElse(hn::Or(is_special(v), hn::Eq(v, hn::Zero(d))), v, one);
  };
  const float* const a = terms.a + row * terms.row_stride;
  const auto c = hn::LoadU(d, old_sums);
  if (hn::AllTrue(d, hn::IsNaN(c))) return hn::StoreU(c, d, sums);
  auto special = hn::IfThenElseZero(is_special(c), c);
  auto magnitudes = hn::Zero(d);  // of products: zero where all of them are
  for (std::int64_t k = 0; k < count; ++k) {
    auto x = hn::Set(d, a[k * terms.step_stride]), y = hn::LoadU(d, terms.b + k * cols + vector * lanes);
    const auto product = hn::Mul(one_of_sign(x), one_of_sign(y));
    magnitudes = hn::Or(magnitudes, hn::Abs(product));
    const auto seen = model.products_overflow ? hn::Mul(x, y) : product;
    special = hn::Add(special, hn::IfThenElseZero(is_special(seen), seen));
  }
  HWY_ALIGN float specials[lanes], products[lanes];
  hn::Store(special, d, specials), hn::Store(magnitudes, d, products);
  AlignedDefinition definition(model);
  const bool late = rule.finish == AlignedFinish::late || rule.finish == AlignedFinish::late_parity;
  const float addend_care = std::bit_cast<float>((rule.low + 127) << 23);
  for (std::int64_t lane = 0; lane < lanes; ++lane) {
    if (!needs_care[lane]) continue;
    const float addend = old_sums[lane];
    if (!(specials[lane] == 0)) {
      sums[lane] = specials[lane];
      continue;
    }
    // Nothing but c: the lanes are right where that is zero or, aligned with the finished sum, of any usual size.
    if (products[lane] == 0 && (addend == 0 || (late && std::abs(addend) >= addend_care))) continue;
    const std::int32_t* const a_exponents = terms.a_exponents + row * terms.row_stride;
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t at = k * cols + vector * lanes + lane;
      definition.add(a[k * terms.step_stride], static_cast<X>(a_exponents[k * terms.step_stride]), terms.b[at],
                     terms.b_exponents[at]);
    }
    sums[lane] = definition.sum(addend);
  }
}

/// Whether no lane of a vector has a product other than zero; none is infinite or NaN.
template <class X>
bool OnlyZeros(const AlignedPanels<X>& terms, std::int64_t row, std::int64_t vector, std::int64_t count) {
  constexpr std::int64_t lanes = AlignedShape<X>::lanes, cols = AlignedShape<X>::cols;
  const hn::ScalableTag<float> d;
  auto seen = hn::Zero(d);
  for (std::int64_t k = 0; k < count; ++k)
    if (terms.a[row * terms.row_stride + k * terms.step_stride] != 0)
      seen = hn::Or(seen, hn::Abs(hn::LoadU(d, terms.b + k * cols + vector * lanes)));
  return hn::AllTrue(d, hn::Eq(seen, hn::Zero(d)));
}

/// Where a scale lies outside [first, first + range] something in its lane was inexact, or there was nothing to add.
template <class X>
HWY_NOINLINE void RepairBlock(const emu::DotModel& model, const AlignedRule& rule, const AlignedPanels<X>& terms,
                              std::int64_t count, const std::uint32_t* scales, std::uint32_t first, std::uint32_t range,
                              const float* old_sums, float* sums) {
  constexpr std::int64_t lanes = AlignedShape<X>::lanes, vectors = AlignedShape<X>::vectors;
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<std::uint32_t> du;
  // `low` is one below the least exponent that needs no care, its scale twice the largest one.
  const auto of_nothing = hn::Set(du, first + range + (1u << 23));
  for (std::int64_t i = 0; i < AlignedShape<X>::rows * vectors; ++i) {
    const auto scale = hn::LoadU(du, scales + i * lanes);
    const auto care = hn::Gt(hn::Sub(scale, hn::Set(du, first)), hn::Set(du, range));
    if (hn::AllFalse(du, care)) continue;
    const auto c_is_zero = hn::RebindMask(du, hn::Eq(hn::LoadU(d, old_sums + i * lanes), hn::Zero(d)));
    const auto nothing = hn::And(hn::Eq(scale, of_nothing), c_is_zero);
    const std::int64_t row = i / vectors, vector = i % vectors;
    if (hn::AllFalse(du, hn::AndNot(nothing, care)) && OnlyZeros(terms, row, vector, count)) continue;
    bool needs_care[lanes];
    for (std::int64_t lane = 0; lane < lanes; ++lane) needs_care[lane] = scales[i * lanes + lane] - first > range;
    RepairVector(model, rule, terms, row, vector, count, needs_care, old_sums + i * lanes, sums + i * lanes);
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_ALIGNED_REPAIR_INL_H_
