// Bulk conversion in Highway lanes; convert_ref.cpp is the definition.
#include "formats/convert_check.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/convert.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/convert_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

template <Subnormals inputs, class D>
HWY_INLINE hn::Vec<D> AsInput(D d, hn::Vec<D> v) {
  if constexpr (inputs == Subnormals::flush) return FlushSubnormals(d, v);
  return v;
}

template <Subnormals inputs, class In, class Out>
void Convert(const In* HWY_RESTRICT in, Out* HWY_RESTRICT out, std::int64_t size) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  if (size >= 2 * lanes) {
    // Loads run one step ahead; else g++ would read a vector from memory again for each of its uses.
    auto next_first = LoadAsFloat(d, in), next_second = LoadAsFloat(d, in + lanes);
    for (; i + 4 * lanes <= size; i += 2 * lanes) {
      const auto first = next_first, second = next_second;
      next_first = LoadAsFloat(d, in + i + 2 * lanes);
      next_second = LoadAsFloat(d, in + i + 3 * lanes);
      StoreRounded2(d, AsInput<inputs>(d, first), AsInput<inputs>(d, second), out + i);
    }
    StoreRounded2(d, AsInput<inputs>(d, next_first), AsInput<inputs>(d, next_second), out + i);
    i += 2 * lanes;
  }
  const hn::CappedTag<float, 1> one;
  for (; i < size; ++i) StoreRounded(one, AsInput<inputs>(one, LoadAsFloat(one, in + i)), out + i);
}

void FloatToFloat16(const float* in, float16* out, std::int64_t size) { Convert<Subnormals::keep>(in, out, size); }
void FloatToFloat16Flush(const float* in, float16* out, std::int64_t size) {
  Convert<Subnormals::flush>(in, out, size);
}
void FloatToBfloat16(const float* in, bfloat16* out, std::int64_t size) { Convert<Subnormals::keep>(in, out, size); }
void FloatToBfloat16Flush(const float* in, bfloat16* out, std::int64_t size) {
  Convert<Subnormals::flush>(in, out, size);
}
void Float16ToFloat(const float16* in, float* out, std::int64_t size) { Convert<Subnormals::keep>(in, out, size); }
void Bfloat16ToFloat(const bfloat16* in, float* out, std::int64_t size) { Convert<Subnormals::keep>(in, out, size); }

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(FloatToFloat16);
HWY_EXPORT(FloatToFloat16Flush);
HWY_EXPORT(FloatToBfloat16);
HWY_EXPORT(FloatToBfloat16Flush);
HWY_EXPORT(Float16ToFloat);
HWY_EXPORT(Bfloat16ToFloat);

namespace {

template <class In, class Out>
void run(std::span<const In> in, std::span<Out> out, void (*kernel)(const In*, Out*, std::int64_t)) {
  detail::require_equal_sizes("convert", in.size(), out.size());
  const auto size = static_cast<std::int64_t>(in.size());
  constexpr std::int64_t grain = 64;  // whole cache lines of either side
  detail::parallel_for(size, grain, size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    kernel(in.data() + begin, out.data() + begin, end - begin);
  });
}

}  // namespace

void convert(std::span<const float> in, std::span<float16> out, Subnormals inputs) {
  run(in, out,
      inputs == Subnormals::keep ? &HWY_DYNAMIC_DISPATCH(FloatToFloat16) : &HWY_DYNAMIC_DISPATCH(FloatToFloat16Flush));
}
void convert(std::span<const float> in, std::span<bfloat16> out, Subnormals inputs) {
  run(in, out,
      inputs == Subnormals::keep ? &HWY_DYNAMIC_DISPATCH(FloatToBfloat16)
                                 : &HWY_DYNAMIC_DISPATCH(FloatToBfloat16Flush));
}
void convert(std::span<const float16> in, std::span<float> out) { run(in, out, &HWY_DYNAMIC_DISPATCH(Float16ToFloat)); }
void convert(std::span<const bfloat16> in, std::span<float> out) {
  run(in, out, &HWY_DYNAMIC_DISPATCH(Bfloat16ToFloat));
}

}  // namespace halfway
#endif  // HWY_ONCE
