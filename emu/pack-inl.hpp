// Packing: elements of any dtype and any strides become float (double) panels in the order in which the tile kernel
// reads them, rounded and flushed as the dot algorithm and the model say.
#if defined(HALFWAY_EMU_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef HALFWAY_EMU_PACK_INL_H_
#undef HALFWAY_EMU_PACK_INL_H_
#else
#define HALFWAY_EMU_PACK_INL_H_
#endif

#include <algorithm>
#include <array>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "emu/matmul_plan.hpp"
#include "formats/lanes-inl.hpp"
#include "halfway/formats/dtype.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls f(d, i) for the vectors that cover [0, count) and nothing else: whole ones, then halves, quarters, …
template <class D, class F>
HWY_INLINE void ForVectors(D d, std::int64_t begin, std::int64_t end, F f) {
  constexpr std::int64_t lanes = hn::MaxLanes(D());
  std::int64_t i = begin;
  for (; i + lanes <= end; i += lanes) f(d, i);
  if constexpr (lanes > 1)
    if (i < end) ForVectors(hn::CappedTag<hn::TFromD<D>, lanes / 2>(), i, end, f);
}

/// float32 lanes rounded to bfloat16, ties to even; NaN to the canonical one.
template <class D>
HWY_INLINE hn::Vec<D> RoundToBfloat16(D d, hn::Vec<D> v) {
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::And(hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7FFF))), hn::Set(du, 0xFFFF0000u));
  return hn::IfThenElse(hn::IsNaN(v), hn::BitCast(d, hn::Set(du, 0x7FC00000u)), hn::BitCast(d, rounded));
}

/// float32 lanes rounded to float16, ties to even; NaN stays NaN.
template <class D>
HWY_INLINE hn::Vec<D> RoundToFloat16(D d, hn::Vec<D> v) {
#if HALFWAY_HAVE_F16C
  return hn::PromoteTo(d, hn::DemoteTo(hn::Rebind<hwy::float16_t, D>(), v));
#else
  HWY_ALIGN float16 narrow[hn::MaxLanes(D())];
  StoreRounded(d, v, narrow);
  return LoadAsFloat(d, narrow);
#endif
}

/// Smallest normal numbers, as codes of float32.
inline constexpr std::int32_t kMinNormalFloat32 = 0x00800000, kMinNormalFloat16 = 0x38800000;

/// Float32 lanes of magnitudes below `min_normal` become zeros of their sign, or +0.
template <class D>
HWY_INLINE hn::Vec<D> FlushBelow(std::int32_t min_normal, bool to_plus_zero, D d, hn::Vec<D> v) {
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(di, v), sign = hn::And(bits, hn::Set(di, static_cast<std::int32_t>(0x80000000u)));
  const auto magnitude = hn::AndNot(sign, bits);
  const auto zero = to_plus_zero ? hn::Zero(di) : sign;
  return hn::BitCast(d, hn::IfThenElse(hn::Lt(magnitude, hn::Set(di, min_normal)), zero, bits));
}

/// The numbers of 8-bit codes.
template <class T>
inline const std::array<float, 256>& FloatsOf() {
  static const auto table = [] {
    std::array<float, 256> floats;
    for (unsigned code = 0; code < 256; ++code)
      floats[code] = static_cast<float>(T::from_bits(static_cast<std::uint8_t>(code)));
    return floats;
  }();
  return table;
}

/// Codes of 8 bits, looked up one by one.
template <class D, class T>
  requires(sizeof(T) == 1)
HWY_INLINE hn::Vec<D> LoadAsFloat(D d, const T* p) {
  const auto& table = FloatsOf<T>();
  HWY_ALIGN float numbers[hn::MaxLanes(D())];
  for (std::size_t i = 0; i < hn::Lanes(d); ++i) numbers[i] = table[p[i].bits()];
  return hn::Load(d, numbers);
}

/// One operand: its elements, counted along the panel (a row of A, a column of B: `line`) and along k (`step`).
template <class T>
struct Operand {
  const T* data;
  std::int64_t lines, line_stride, step_stride;
  emu::detail::Narrowing narrowing;
  bool flush, flush_to_plus_zero;

  /// The numbers that the unit multiplies.
  template <class D>
  HWY_INLINE hn::Vec<D> Load(D d, const T* p) const {
    using emu::detail::Narrowing;
    if constexpr (std::is_same_v<T, double>) {
      return hn::LoadU(d, p);
    } else if constexpr (sizeof(hn::TFromD<D>) == sizeof(double)) {
      return hn::PromoteTo(d, Load(hn::Rebind<float, D>(), p));
    } else {
      constexpr auto own = std::is_same_v<T, bfloat16>  ? Narrowing::to_bfloat16
                           : std::is_same_v<T, float16> ? Narrowing::to_float16
                                                        : Narrowing::none;
      auto v = LoadAsFloat(d, p);
      if (flush) v = FlushBelow(kMinNormalFloat32, flush_to_plus_zero, d, v);
      if (narrowing == Narrowing::to_bfloat16 && own != narrowing) v = RoundToBfloat16(d, v);
      if (narrowing == Narrowing::to_float16) {
        if (own != narrowing) v = CanonicalNaN(d, RoundToFloat16(d, v));
        if (flush) v = FlushBelow(kMinNormalFloat16, flush_to_plus_zero, d, v);
      }
      return v;
    }
  }
};

/// Calls f with the operand under its element type.
template <class E, class F>
void VisitOperand(const emu::MatrixIn& x, std::int64_t lines, std::int64_t line_stride, std::int64_t step_stride,
                  emu::detail::Narrowing narrowing, bool flush, F f, bool flush_to_plus_zero = false) {
  const auto call = [&](auto element) {
    using T = decltype(element);
    f(Operand<T>{static_cast<const T*>(x.data), lines, line_stride, step_stride, narrowing, flush, flush_to_plus_zero});
  };
  if constexpr (std::is_same_v<E, double>)
    if (x.dtype == DType::float64) return call(double{});
  if (x.dtype == DType::float16)
    call(float16{});
  else if (x.dtype == DType::bfloat16)
    call(bfloat16{});
  else if (x.dtype == DType::float8_e4m3fn)
    call(float8_e4m3fn{});
  else if (x.dtype == DType::float8_e5m2)
    call(float8_e5m2{});
  else if (x.dtype == DType::float8_e4m3fnuz)
    call(float8_e4m3fnuz{});
  else if (x.dtype == DType::float8_e5m2fnuz)
    call(float8_e5m2fnuz{});
  else
    call(float{});
}

/// [line][step], lines `kStride` apart. Needs step_stride == 1. Lines beyond `lines` are zeros.
template <std::int64_t kLines, std::int64_t kStride, class T, class E>
HWY_NOINLINE void PackLines(const Operand<T>& x, std::int64_t line0, std::int64_t lines, std::int64_t step0,
                            std::int64_t steps, E* HWY_RESTRICT out) {
  const hn::ScalableTag<E> d;
  for (std::int64_t line = 0; line < lines; ++line) {
    const T* from = x.data + (line0 + line) * x.line_stride + step0;
    const T* next = line0 + line + kLines < x.lines ? from + kLines * x.line_stride : from;  // in the next panel
    E* to = out + line * kStride;
    ForVectors(d, 0, steps, [&](auto part, std::int64_t i) HWY_ATTR {
      hwy::Prefetch(next + i);
      hn::StoreU(x.Load(part, from + i), part, to + i);
    });
  }
  for (std::int64_t line = lines; line < kLines; ++line) std::fill_n(out + line * kStride, steps, E{0});
}

#if HWY_TARGET != HWY_SCALAR
/// Four vectors of four 32-bit lanes, exchanged: `to` gets their first lanes, `to` + stride their second ones, …
template <class D>
HWY_INLINE void StoreTransposed(D d, hn::Vec<D> r0, hn::Vec<D> r1, hn::Vec<D> r2, hn::Vec<D> r3,
                                hn::TFromD<D>* HWY_RESTRICT to, std::int64_t stride) {
  const hn::CappedTag<double, 2> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, to + stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, to + 2 * stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, to + 3 * stride);
}
#endif

/// A block of 4 lines by 4 steps, read along the steps, written along the lines.
template <class T>
HWY_INLINE void Transpose4x4(const Operand<T>& x, const T* HWY_RESTRICT from, float* HWY_RESTRICT to,
                             std::int64_t width) {
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, 4> d;
  StoreTransposed(d, x.Load(d, from), x.Load(d, from + x.line_stride), x.Load(d, from + 2 * x.line_stride),
                  x.Load(d, from + 3 * x.line_stride), to, width);
#else
  const hn::ScalableTag<float> d;
  for (int line = 0; line < 4; ++line)
    for (int step = 0; step < 4; ++step)
      to[step * width + line] = hn::GetLane(x.Load(d, from + line * x.line_stride + step));
#endif
}

/// So many steps of k ahead, a stride too long for the machine's own prefetching is fetched.
inline constexpr std::int64_t kPrefetchSteps = 8;

/// Where PackSteps puts its panels: each takes `lines` lines, its steps are `width` ≥ lines elements apart.
struct StepPanels {
  std::int64_t lines, width, panel_stride;
};

/// Panels of [step][line], from any strides. What has no line in the operand is a zero, or the next panel's first
/// lines.
template <class T, class E>
HWY_NOINLINE void PackSteps(const Operand<T>& x, std::int64_t line0, std::int64_t lines, std::int64_t step0,
                            std::int64_t steps, const StepPanels& panels, E* HWY_RESTRICT out) {
  const hn::ScalableTag<E> d;
  constexpr std::int64_t lanes = hn::MaxLanes(d);
  const T* const origin = x.data + line0 * x.line_stride + step0 * x.step_stride;
  if (x.line_stride == 1) {  // a step after the other, so that memory is read in order
    for (std::int64_t step = 0; step < steps; ++step) {
      const T* from = origin + step * x.step_stride;
      E* to = out + step * panels.width;
      const T* ahead = step + kPrefetchSteps < steps ? from + kPrefetchSteps * x.step_stride : from;
      for (std::int64_t i = 0; i < lines; i += 64 / sizeof(T)) hwy::Prefetch(ahead + i);
      std::int64_t rest = lines;
      for (; rest >= panels.width; rest -= panels.lines, from += panels.lines, to += panels.panel_stride)
        for (std::int64_t i = 0; i < panels.width; i += lanes) hn::StoreU(x.Load(d, from + i), d, to + i);
      for (; rest > 0; rest -= panels.lines, from += panels.lines, to += panels.panel_stride) {
        for (std::int64_t i = 0; i < panels.width; i += lanes) hn::StoreU(hn::Zero(d), d, to + i);
        ForVectors(d, 0, std::min(rest, panels.lines),
                   [&](auto part, std::int64_t i) HWY_ATTR { hn::StoreU(x.Load(part, from + i), part, to + i); });
      }
    }
    return;
  }
  const hn::CappedTag<E, 1> one;
  for (std::int64_t first = 0; first < lines; first += panels.lines, out += panels.panel_stride) {
    const std::int64_t count = std::min(lines - first, panels.lines);
    const T* const from = origin + first * x.line_stride;
    std::int64_t done_lines = 0, done_steps = 0;  // of the corner that 4x4 blocks cover
    if constexpr (std::is_same_v<E, float>) {
      if (x.step_stride == 1) {
        done_lines = count & ~std::int64_t{3}, done_steps = steps & ~std::int64_t{3};
        for (std::int64_t step = 0; step < done_steps; step += 4)
          for (std::int64_t line = 0; line < done_lines; line += 4)
            Transpose4x4(x, from + line * x.line_stride + step, out + step * panels.width + line, panels.width);
      }
    }
    for (std::int64_t step = 0; step < steps; ++step) {
      E* const to = out + step * panels.width;
      for (std::int64_t line = step < done_steps ? done_lines : 0; line < count; ++line)
        to[line] = hn::GetLane(x.Load(one, from + line * x.line_stride + step * x.step_stride));
      std::fill(to + count, to + panels.width, E{0});
    }
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HALFWAY_EMU_PACK_INL_H_
