// Highway twin of sum_ref.cpp. Along a contiguous axis the 32 partial sums are the lanes; along an outer axis the lanes
// are neighbouring outputs, each with 32 partial sums of its own.
#include <algorithm>

#include "backend/cpu/blocked32.hpp"
#include "backend/cpu/kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend/cpu/sum_hwy.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace host = backend::host;
using host::sum_chunk;
using host::sum_partials;

/// The sum of one chunk of consecutive elements.
template <class T>
float ChunkSum(const T* in, std::int64_t size) {
  const hn::CappedTag<float, sum_partials> d;
  const hn::CappedTag<float, 1> d1;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  alignas(64) float partial[sum_partials];
  const std::int64_t full = size / sum_partials * sum_partials;
  if (full > 0) {
    for (std::int64_t j = 0; j < sum_partials; j += lanes) {
      auto sum = LoadAsFloat(d, in + j);
      for (std::int64_t i = sum_partials; i < full; i += sum_partials) sum = hn::Add(sum, LoadAsFloat(d, in + i + j));
      hn::StoreU(sum, d, partial + j);
    }
  }
  for (std::int64_t j = 0; j < size - full; ++j) {
    const float x = hn::GetLane(LoadAsFloat(d1, in + full + j));
    partial[j] = full > 0 ? partial[j] + x : x;
  }
  host::join_partials(partial, static_cast<int>(std::min<std::int64_t>(size, sum_partials)));
  return partial[0];
}

template <class T>
float ContiguousSum(const T* in, std::int64_t count) {
  if (count == 0) return 0;
  float sum = ChunkSum(in, std::min(count, sum_chunk));
  for (std::int64_t start = sum_chunk; start < count; start += sum_chunk)
    sum = sum + ChunkSum(in + start, std::min(count - start, sum_chunk));
  return sum;
}

/// Sums over the axis for as many neighbouring outputs as D has lanes, times `vectors`.
constexpr std::int64_t max_vectors = 4;

template <class D, class T>
void StridedSums(D d, const backend::SumCall& call, const T* in, T* out, std::int64_t vectors) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d)), width = lanes * vectors;
  HWY_ALIGN float partial[sum_partials * max_vectors * hn::MaxLanes(d)];
  HWY_ALIGN float total[max_vectors * hn::MaxLanes(d)];
  const auto divisor = hn::Set(d, static_cast<float>(call.divisor));
  std::fill(total, total + width, 0.0f);
  for (std::int64_t start = 0; start < call.axis; start += sum_chunk) {
    const std::int64_t size = std::min(sum_chunk, call.axis - start);
    const int partials = static_cast<int>(std::min<std::int64_t>(size, sum_partials));
    for (std::int64_t i = 0; i < size; ++i) {
      float* p = partial + i % sum_partials * width;
      const T* x = in + (start + i) * call.inner;
      for (std::int64_t v = 0; v < width; v += lanes) {
        const auto element = LoadAsFloat(d, x + v);
        hn::StoreU(i < sum_partials ? element : hn::Add(hn::LoadU(d, p + v), element), d, p + v);
      }
    }
    for (int step = sum_partials / 2; step > 0; step /= 2)
      for (int j = 0; j < step && j + step < partials; ++j)
        for (std::int64_t v = 0; v < width; v += lanes) {
          float* p = partial + j * width + v;
          hn::StoreU(hn::Add(hn::LoadU(d, p), hn::LoadU(d, p + step * width)), d, p);
        }
    for (std::int64_t v = 0; v < width; v += lanes) {
      const auto chunk = hn::LoadU(d, partial + v);
      hn::StoreU(start == 0 ? chunk : hn::Add(hn::LoadU(d, total + v), chunk), d, total + v);
    }
  }
  for (std::int64_t v = 0; v < width; v += lanes) StoreRounded(d, hn::Div(hn::LoadU(d, total + v), divisor), out + v);
}

template <class T>
void SumOf(const backend::SumCall& call, std::int64_t begin, std::int64_t end) {
  const T* in = static_cast<const T*>(call.in);
  T* out = static_cast<T*>(call.out);
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  if (call.inner == 1) {
    for (std::int64_t i = begin; i < end; ++i)
      StoreRounded(d1, hn::Set(d1, ContiguousSum(in + i * call.axis, call.axis) / static_cast<float>(call.divisor)),
                   out + i);
    return;
  }
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = begin; i < end;) {
    const std::int64_t col = i % call.inner, count = std::min(end - i, call.inner - col);
    const T* x = in + i / call.inner * call.axis * call.inner + col;
    const std::int64_t vectors = std::min(count / lanes, max_vectors);
    if (vectors > 0) {
      StridedSums(d, call, x, out + i, vectors);
      i += vectors * lanes;
    } else {
      StridedSums(d1, call, x, out + i, 1);
      ++i;
    }
  }
}

void SumRange(const backend::SumCall& call, std::int64_t begin, std::int64_t end) {
  switch (call.dtype) {
    case DType::float16: return SumOf<float16>(call, begin, end);
    case DType::bfloat16: return SumOf<bfloat16>(call, begin, end);
    default: return SumOf<float>(call, begin, end);
  }
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {
HWY_EXPORT(SumRange);

void backend::host::sum_hwy(const SumCall& call, std::int64_t begin, std::int64_t end) {
  HWY_DYNAMIC_DISPATCH(SumRange)(call, begin, end);
}

}  // namespace halfway
#endif
