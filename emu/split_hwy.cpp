// The passes of a split product for each target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "emu/split_hwy.cpp"
#include <hwy/foreach_target.h>  // first: what follows is included once per target
#include <hwy/highway.h>

#include <algorithm>

#include "emu/output-inl.hpp"
#include "emu/pack-inl.hpp"
#include "emu/split_kernels.hpp"
#include "halfway/formats/rounding.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
using emu::detail::FinishPass;
using emu::detail::JoinPass;
using emu::detail::SplitKernels;
using emu::detail::SplitPass;

/// float32 lanes with their last kDropped bits cut off; of an infinity too, which may make it one of a NaN.
template <int kDropped, class D>
HWY_INLINE hn::Vec<D> Cut(D d, hn::Vec<D> v) {
  return hn::And(v, hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), ~0u << kDropped)));
}

/// float32 lanes rounded to nearest even without their last kDropped bits. A finite one may become an infinity.
template <int kDropped, class D>
HWY_INLINE hn::Vec<D> RoundOff(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<kDropped>(bits), hn::Set(du, 1u));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, (1u << (kDropped - 1)) - 1)));
  return CanonicalNaN(d, hn::IfThenElse(hn::IsNaN(v), v, Cut<kDropped>(d, hn::BitCast(d, rounded))));
}

/// Infinite results of finite numbers become the largest finite number without the last kDropped bits.
template <int kDropped, class D>
HWY_INLINE hn::Vec<D> Saturate(D d, hn::Vec<D> rounded, hn::Vec<D> v) {
  const auto infinity = hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), 0x7F800000u));
  const auto largest = hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), 0x7F7FFFFFu & (~0u << kDropped)));
  const auto overflow = hn::AndNot(hn::Eq(hn::Abs(v), infinity), hn::Eq(hn::Abs(rounded), infinity));
  return hn::IfThenElse(overflow, hn::CopySign(largest, v), rounded);
}

template <class D>
HWY_INLINE void StoreComponent(D d, hn::Vec<D> v, float* p) {
  hn::StoreU(v, d, p);
}
template <class D>
HWY_INLINE void StoreComponent(D d, hn::Vec<D> v, bfloat16* p) {
  StoreCodes(d, hn::ShiftRight<16>(hn::BitCast(hn::RebindToUnsigned<D>(), v)), p);
}

/// A vector of elements taken apart: component number i to out[i·pass.size()].
template <class C, class D>
HWY_INLINE void SplitVector(D d, const SplitPass& pass, hn::Vec<D> rest, C* out) {
  constexpr int dropped = std::is_same_v<C, bfloat16> ? 16 : 13;
  for (int i = 0; i < pass.count; ++i, out += pass.size()) {
    if (pass.inputs == Subnormals::flush) rest = FlushSubnormals(d, rest);
    auto component = rest;
    if (emu::detail::is_cut(pass.precision, pass.split, i, pass.count)) {
      component = Cut<dropped>(d, rest);
    } else {
      component = RoundOff<dropped>(d, rest);
      if (i + 1 < pass.count) component = Saturate<dropped>(d, component, rest);
    }
    StoreComponent(d, component, out);
    rest = CanonicalNaN(d, hn::Sub(rest, component));
  }
}

template <class T, class C>
void SplitRows(const SplitPass& pass, std::int64_t first_row, std::int64_t end_row) {
  const hn::ScalableTag<float> d;
  const auto load = [&](auto part, const T* p) HWY_ATTR {
    const auto v = LoadAsFloat(part, p);
    return std::is_same_v<T, float> ? v : CanonicalNaN(part, v);  // that of a conversion
  };
  for (std::int64_t row = first_row; row < end_row; ++row) {
    const T* const from = static_cast<const T*>(pass.x.data) + row * pass.x.row_stride;
    C* const out = static_cast<C*>(pass.components) + row * pass.x.cols;
    if (pass.x.col_stride == 1) {
      ForVectors(d, 0, pass.x.cols,
                 [&](auto part, std::int64_t i) HWY_ATTR { SplitVector(part, pass, load(part, from + i), out + i); });
      continue;
    }
    constexpr std::int64_t piece = 64;  // elements that go through a buffer at once
    for (std::int64_t begin = 0; begin < pass.x.cols; begin += piece) {
      T gathered[piece];
      const std::int64_t count = std::min(piece, pass.x.cols - begin);
      for (std::int64_t i = 0; i < count; ++i) gathered[i] = from[(begin + i) * pass.x.col_stride];
      ForVectors(d, 0, count, [&](auto part, std::int64_t i) HWY_ATTR {
        SplitVector(part, pass, load(part, gathered + i), out + begin + i);
      });
    }
  }
}

void Split(const SplitPass& pass, std::int64_t first_row, std::int64_t end_row) {
  visit_dtype(pass.x.dtype, [&]<class T>(T) {
    if constexpr (FormattedFloat<T> && !std::is_same_v<T, double>) {  // the others are refused before
      if (pass.precision == bfloat)
        SplitRows<T, bfloat16>(pass, first_row, end_row);
      else
        SplitRows<T, float>(pass, first_row, end_row);
    }
  });
}

/// x + y as the unit adds what its passes leave: flushing results, NaN by its rule.
template <class D>
HWY_INLINE hn::Vec<D> JoinVector(D d, const emu::DotModel& model, hn::Vec<D> x, hn::Vec<D> y) {
  const hn::RebindToUnsigned<D> du;
  auto sum = hn::Add(x, y);
  if (model.results == Subnormals::flush) sum = FlushSubnormals(d, sum);
  const auto code = [&](std::uint32_t bits) HWY_ATTR { return hn::BitCast(d, hn::Set(du, bits)); };
  auto nan = code(model.nan == emu::NanRule::all_ones ? 0x7FFFFFFFu : 0x7FC00000u);
  if (model.nan == emu::NanRule::first_nan) {
    const auto quiet = code(0x00400000u);
    nan = hn::IfThenElse(hn::IsNaN(y), hn::Or(y, quiet), code(0xFFC00000u));
    nan = hn::IfThenElse(hn::IsNaN(x), hn::Or(x, quiet), nan);
  }
  return hn::IfThenElse(hn::IsNaN(sum), nan, sum);
}

void Join(const JoinPass& pass, std::int64_t begin, std::int64_t end) {
  const hn::ScalableTag<float> d;
  ForVectors(d, begin, end, [&](auto part, std::int64_t i) HWY_ATTR {
    auto before = hn::LoadU(part, pass.before + i);
    if (pass.mask) before = hn::IfThenZeroElse(hn::IsNaN(before), before);
    hn::StoreU(JoinVector(part, *pass.model, before, hn::LoadU(part, pass.after + i)), part, pass.sum + i);
  });
}

void AddC(const FinishPass& pass, std::int64_t first_row, std::int64_t end_row) {
  const hn::ScalableTag<float> d;
  const emu::DotModel& model = *pass.plan.model;
  const std::int64_t cols = pass.plan.d.cols, begin = first_row * cols, end = end_row * cols;
  ReadTile(pass.plan, {first_row, end_row - first_row, 0, cols, cols}, pass.c + begin);
  const bool converted = pass.plan.extras.c->dtype != DType::float32;
  ForVectors(d, begin, end, [&](auto part, std::int64_t i) HWY_ATTR {
    auto addend = hn::LoadU(part, pass.c + i);
    if (converted) addend = CanonicalNaN(part, addend);
    hn::StoreU(JoinVector(part, model, addend, hn::LoadU(part, pass.sums + i)), part, pass.sums + i);
  });
}

void Write(const FinishPass& pass, std::int64_t first_row, std::int64_t end_row) {
  const std::int64_t cols = pass.plan.d.cols;
  WriteTile(pass.plan, {first_row, end_row - first_row, 0, cols, cols}, pass.sums + first_row * cols);
}

SplitKernels SplitKernelsOf() { return {.split = &Split, .join = &Join, .add_c = &AddC, .write = &Write}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(SplitKernelsOf);

namespace emu::detail {

SplitKernels split_kernels() { return HWY_DYNAMIC_DISPATCH(SplitKernelsOf)(); }

}  // namespace emu::detail
}  // namespace halfway
#endif  // HWY_ONCE
