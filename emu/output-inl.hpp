// The way of a tile from C and to D: its elements in float32 (float64), every rounding of the end.
#if defined(HALFWAY_EMU_OUTPUT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_OUTPUT_INL_H_
#undef HALFWAY_EMU_OUTPUT_INL_H_
#else
#define HALFWAY_EMU_OUTPUT_INL_H_
#endif

#include <cstdint>

#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "emu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

/// Where a tile stands in D and in C. `width` is the number of elements from row to row of the tile.
struct TilePlace {
  std::int64_t row, rows, col, cols, width;
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

/// float32 numbers as they are: the NaN of a unit, which stands in the sum already.
template <class D, class T>
HWY_INLINE void StoreKeepingNaN(D d, hn::Vec<D> v, T* p) {
  if constexpr (std::is_same_v<T, float>)
    hn::StoreU(v, d, p);
  else
    StoreRounded(d, v, p);
}

/// A part of C into a tile, exactly, flushed where operands are; the rest of a full tile keeps what it holds.
template <class E>
HWY_NOINLINE void ReadTile(const emu::detail::MatmulPlan& plan, const TilePlace& place, E* HWY_RESTRICT tile) {
  const hn::ScalableTag<E> d;
  const emu::MatrixIn& c = *plan.extras.c;
  const auto load = [&](auto part, const auto* p) HWY_ATTR {
    auto v = LoadAsFloat(part, p);
    if constexpr (std::is_same_v<E, float>)
      if (plan.flush_inputs) v = FlushSubnormals(part, v);
    return v;
  };
  const hn::CappedTag<E, 1> one;
  VisitResult<E>(c.dtype, [&]<class T>(T) {
    const T* from = static_cast<const T*>(c.data) + place.row * c.row_stride + place.col * c.col_stride;
    for (std::int64_t r = 0; r < place.rows; ++r, from += c.row_stride, tile += place.width) {
      if (c.col_stride == 1)
        ForVectors(d, 0, place.cols,
                   [&](auto part, std::int64_t i) HWY_ATTR { hn::StoreU(load(part, from + i), part, tile + i); });
      else
        for (std::int64_t i = 0; i < place.cols; ++i) hn::StoreU(load(one, from + i * c.col_stride), one, tile + i);
    }
  });
}

/// A row of results, in place: + bias, rounded; relu.
template <class T, class E>
HWY_INLINE void Finish(const emu::MatmulExtras& extras, std::int64_t col, std::int64_t cols, T* row) {
  const hn::ScalableTag<E> d;
  ForVectors(d, 0, cols, [&](auto part, std::int64_t i) HWY_ATTR {
    if (extras.bias != nullptr)
      StoreRounded(part,
                   hn::Add(LoadAsFloat(part, row + i), LoadAsFloat(part, static_cast<const T*>(extras.bias) + col + i)),
                   row + i);
    if (extras.relu) {
      const auto v = LoadAsFloat(part, row + i);
      StoreKeepingNaN(part, hn::IfThenZeroElse(hn::Le(v, hn::Zero(part)), v), row + i);
    }
  });
}

/// The sums of a tile into D: rounded to D's dtype, + bias, relu.
template <class E>
HWY_NOINLINE void WriteTile(const emu::detail::MatmulPlan& plan, const TilePlace& place, const E* HWY_RESTRICT tile) {
  const hn::ScalableTag<E> d;
  constexpr std::int64_t piece = 64;  // elements that go through a buffer at once, where D's are not neighbours
  VisitResult<E>(plan.d.dtype, [&]<class T>(T) {
    T* out = static_cast<T*>(plan.d.data) + place.row * plan.d.row_stride + place.col * plan.d.col_stride;
    const bool canonical = plan.model->nan == emu::NanRule::canonical;
    const auto write = [&](const E* sums, std::int64_t col, std::int64_t cols, T* to) HWY_ATTR {
      ForVectors(d, 0, cols, [&](auto part, std::int64_t i) HWY_ATTR {
        const auto sum = hn::LoadU(part, sums + i);
        canonical ? StoreRounded(part, sum, to + i) : StoreKeepingNaN(part, sum, to + i);
      });
      Finish<T, E>(plan.extras, place.col + col, cols, to);
    };
    for (std::int64_t r = 0; r < place.rows; ++r, out += plan.d.row_stride, tile += place.width) {
      if (plan.d.col_stride == 1) {
        write(tile, 0, place.cols, out);
        continue;
      }
      for (std::int64_t c = 0; c < place.cols; c += piece) {
        T scratch[piece];
        const std::int64_t count = std::min(piece, place.cols - c);
        write(tile + c, c, count, scratch);
        for (std::int64_t i = 0; i < count; ++i) out[(c + i) * plan.d.col_stride] = scratch[i];
      }
    }
  });
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_OUTPUT_INL_H_
