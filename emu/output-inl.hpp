// The way of a tile from C and to D: its elements in float32 (float64), every rounding of the end.
#if defined(HALFWAY_EMU_OUTPUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_OUTPUT_INL_H_
#undef HALFWAY_EMU_OUTPUT_INL_H_
#else
#define HALFWAY_EMU_OUTPUT_INL_H_
#endif

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "emu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

/// Where a tile stands in D and in C. `width` is the number of elements from row to row of the tile.
struct TilePlace {
  std::int64_t row, rows, col, cols, width;
};

/// Unsigned integers of an element's size.
template <class T>
struct BitsOf {
  using type = std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>;
};

/// The element of the C++ type that a dtype of results names.
template <class E, class F>
HWY_INLINE void VisitResult(DType dtype, F f) {
  if constexpr (std::is_same_v<E, double>)
    return f(double{});
  else if (dtype == DType::float16)
    return f(float16{});
  else if (dtype == DType::bfloat16)
    return f(bfloat16{});
  else
    return f(float{});
}

template <class D>
HWY_INLINE hn::Vec<D> LoadAsFloat(D d, const double* p) {
  return hn::LoadU(d, p);
}

/// float64 lanes with NaN made canonical.
template <class D>
HWY_INLINE void StoreRounded(D d, hn::Vec<D> v, double* p) {
  const hn::RebindToUnsigned<D> du;
  const auto nan = hn::BitCast(d, hn::Set(du, 0x7FF8000000000000u));
  hn::StoreU(hn::IfThenElse(hn::IsNaN(v), nan, v), d, p);
}

/// A part of C into a tile, as the unit reads it; the rest of a full tile keeps what it holds.
template <class E>
HWY_NOINLINE void ReadTile(const emu::detail::MatmulPlan& plan, const TilePlace& place, E* HWY_RESTRICT tile) {
  const emu::MatrixIn& c = *plan.extras.c;
  const emu::DotModel& model = *plan.model;
  const hn::ScalableTag<E> d;
  const hn::CappedTag<E, 1> one;
  const bool flush = model.inputs == Subnormals::flush && model.output() == model.storage();
  const auto min_normal = model.storage() == binary16 ? kMinNormalFloat16 : kMinNormalFloat32;
  VisitResult<E>(c.dtype, [&]<class T>(T) {
    const auto read = [&](auto part, const T* from, E* to) HWY_ATTR {
      auto v = LoadAsFloat(part, from);
      if constexpr (sizeof(T) < sizeof(float)) v = CanonicalNaN(part, v);  // as conversions do
      if constexpr (std::is_same_v<E, float>)
        if (flush) v = FlushBelow(min_normal, model.flush_to_plus_zero, part, v);
      hn::StoreU(v, part, to);
    };
    const T* from = static_cast<const T*>(c.data) + place.row * c.row_stride + place.col * c.col_stride;
    for (std::int64_t r = 0; r < place.rows; ++r, from += c.row_stride, tile += place.width) {
      if (c.col_stride == 1)
        ForVectors(d, 0, place.cols, [&](auto part, std::int64_t i) HWY_ATTR { read(part, from + i, tile + i); });
      else
        for (std::int64_t i = 0; i < place.cols; ++i) read(one, from + i * c.col_stride, tile + i);
    }
  });
}

/// A row of results that stands in D's dtype: + bias, rounded; x ≤ 0 to +0 for relu.
template <class T, class E>
HWY_INLINE void AddBias(const emu::detail::MatmulPlan& plan, std::int64_t col, std::int64_t cols, T* row) {
  const hn::ScalableTag<E> d;
  const bool flush = plan.model->results == Subnormals::flush;
  ForVectors(d, 0, cols, [&](auto part, std::int64_t i) HWY_ATTR {
    const auto load = [&](const T* p) HWY_ATTR {
      const auto v = LoadAsFloat(part, p);
      if constexpr (std::is_same_v<E, float>)
        return flush ? FlushSubnormals(part, v) : v;
      else
        return v;
    };
    auto v = hn::Add(load(row + i), load(static_cast<const T*>(plan.extras.bias) + col + i));
    if constexpr (std::is_same_v<E, float>)
      if (flush) v = FlushSubnormals(part, v);  // the tiny sum of two floats is exact
    if (plan.extras.relu) v = hn::IfThenZeroElse(hn::Le(v, hn::Zero(part)), v);
    StoreRounded(part, v, row + i);
  });
}

/// Whether a NaN of D is the unit's own: where D has the format of the sums.
inline bool HasOwnNan(const emu::detail::MatmulPlan& plan) {
  return plan.model->nan != emu::NanRule::canonical && plan.extras.bias == nullptr &&
         float_format(plan.d.dtype) == plan.model->output();
}

/// Sums of a row into D's dtype: rounded; the unit's own NaN or D's; bias and relu.
template <class T, class E>
HWY_INLINE void WriteRow(const emu::detail::MatmulPlan& plan, bool own_nan, const E* HWY_RESTRICT sums,
                         std::int64_t col, std::int64_t cols, T* to) {
  const hn::ScalableTag<E> d;
  const emu::NanRule rule = plan.model->nan;
  ForVectors(d, 0, cols, [&](auto part, std::int64_t i) HWY_ATTR {
    auto v = hn::LoadU(part, sums + i);
    if (plan.extras.relu && plan.extras.bias == nullptr) v = hn::IfThenZeroElse(hn::Le(v, hn::Zero(part)), v);
    StoreRounded(part, v, to + i);
    if constexpr (!std::is_same_v<T, double>) {
      if (!own_nan || hn::AllFalse(part, hn::IsNaN(v))) return;
      using Bits = typename BitsOf<T>::type;
      for (std::size_t lane = 0; lane < hn::Lanes(part); ++lane)
        if (const E x = sums[i + static_cast<std::int64_t>(lane)]; x != x) {
          const auto code = static_cast<Bits>(rule == emu::NanRule::all_ones ? static_cast<Bits>(~Bits{0}) >> 1
                                                                             : std::bit_cast<std::uint32_t>(x));
          std::memcpy(static_cast<void*>(to + i + lane), &code, sizeof code);
        }
    }
  });
  if (plan.extras.bias != nullptr) AddBias<T, E>(plan, col, cols, to);
}

/// The sums of a tile into D.
template <class E>
HWY_NOINLINE void WriteTile(const emu::detail::MatmulPlan& plan, const TilePlace& place, const E* HWY_RESTRICT tile) {
  const bool own_nan = HasOwnNan(plan);
  constexpr std::int64_t piece = 64;  // elements that go through a buffer at once, where D's are not neighbours
  VisitResult<E>(plan.d.dtype, [&]<class T>(T) {
    T* out = static_cast<T*>(plan.d.data) + place.row * plan.d.row_stride + place.col * plan.d.col_stride;
    for (std::int64_t r = 0; r < place.rows; ++r, out += plan.d.row_stride, tile += place.width) {
      if (plan.d.col_stride == 1) {
        WriteRow<T, E>(plan, own_nan, tile, place.col, place.cols, out);
        continue;
      }
      for (std::int64_t c = 0; c < place.cols; c += piece) {
        T scratch[piece];
        const std::int64_t count = std::min(piece, place.cols - c);
        WriteRow<T, E>(plan, own_nan, tile + c, place.col + c, count, scratch);
        for (std::int64_t i = 0; i < count; ++i) out[(c + i) * plan.d.col_stride] = scratch[i];
      }
    }
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_OUTPUT_INL_H_
