// lanes-inl.hpp at every number of lanes, with and without FTZ and DAZ: each load widens exactly, each store rounds.
#include <doctest/doctest.h>

#include <bit>
#include <iostream>
#include <string>
#include <vector>

#include "formats/parallel.hpp"
#include "formats_convert.hpp"
#include "halfway/formats/rounding.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats_lanes.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

// Fills `out` with what `in` gives, `lanes` at a time where this target has that many, and says how many it took.
template <std::size_t lanes, class In, class Out>
std::size_t Pass(const In* in, Out* out, std::size_t size, bool flush, bool pairs) {
  const hn::CappedTag<float, lanes> d;
  const std::size_t step = hn::Lanes(d);
  for (std::size_t i = 0; i + 2 * step <= size; i += 2 * step) {
    auto first = LoadAsFloat(d, in + i), second = LoadAsFloat(d, in + i + step);
    if (flush) first = FlushSubnormals(d, first), second = FlushSubnormals(d, second);
    if (pairs) {
      StoreRounded2(d, first, second, out + i);
    } else {
      StoreRounded(d, first, out + i);
      StoreRounded(d, second, out + i + step);
    }
  }
  return step;
}

template <class In, class Out>
std::size_t PassCapped(std::size_t cap, const In* in, Out* out, std::size_t size, bool flush, bool pairs) {
  switch (cap) {
    case 1: return Pass<1>(in, out, size, flush, pairs);
    case 2: return Pass<2>(in, out, size, flush, pairs);
    case 4: return Pass<4>(in, out, size, flush, pairs);
    case 8: return Pass<8>(in, out, size, flush, pairs);
    default: return Pass<16>(in, out, size, flush, pairs);
  }
}

std::size_t FloatsToFloats(std::size_t cap, const float* in, float* out, std::size_t size, bool flush, bool pairs) {
  return PassCapped(cap, in, out, size, flush, pairs);
}
std::size_t FloatsToHalves(std::size_t cap, const float* in, float16* out, std::size_t size, bool flush, bool pairs) {
  return PassCapped(cap, in, out, size, flush, pairs);
}
std::size_t FloatsToBrains(std::size_t cap, const float* in, bfloat16* out, std::size_t size, bool flush, bool pairs) {
  return PassCapped(cap, in, out, size, flush, pairs);
}
std::size_t HalvesToFloats(std::size_t cap, const float16* in, float* out, std::size_t size, bool flush, bool pairs) {
  return PassCapped(cap, in, out, size, flush, pairs);
}
std::size_t BrainsToFloats(std::size_t cap, const bfloat16* in, float* out, std::size_t size, bool flush, bool pairs) {
  return PassCapped(cap, in, out, size, flush, pairs);
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(FloatsToFloats);
HWY_EXPORT(FloatsToHalves);
HWY_EXPORT(FloatsToBrains);
HWY_EXPORT(HalvesToFloats);
HWY_EXPORT(BrainsToFloats);

namespace {

template <class In, class Out>
using Kernel = std::size_t (*)(std::size_t, const In*, Out*, std::size_t, bool, bool);

/// `choose` gives the kernel of the target in use.
template <class In, class Out, class Choose>
void check(const std::vector<In>& in, Choose choose) {
  const ExecutionGuard guard;
  for (const bool flush : {false, true}) {
    std::vector<Out> expected(in.size()), actual(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const Arithmetic how{.inputs = flush ? Subnormals::flush : Subnormals::keep};
      // What is flushed is the float, of which no float16 is subnormal.
      const auto widened = detail::convert_code<binary32, format_of<In>>(to_code(in[i]));
      expected[i] =
          from_code<Out>(static_cast<code_type<Out>>(detail::convert_code<format_of<Out>, binary32>(widened, how)));
    }
    for (const std::string& target : execution::targets())
      for (const Subnormals environment : {Subnormals::keep, Subnormals::flush})
        for (const bool pairs : {false, true})
          for (const std::size_t cap : {1u, 2u, 4u, 8u, 16u}) {
            execution::use_target(target);
            const Kernel<In, Out> kernel = choose();
            std::fill(actual.begin(), actual.end(), Out());
            std::size_t lanes = 0;
            detail::parallel_for(1, 1, 0, environment, [&](std::int64_t, std::int64_t) {
              lanes = kernel(cap, in.data(), actual.data(), in.size(), flush, pairs);
            });
            CAPTURE(target);
            CAPTURE(lanes);
            CAPTURE(flush);
            CAPTURE(pairs);
            CHECK(same_bits(actual, expected));
          }
  }
}

std::vector<float> floats() {
  std::vector<float> in;
  for (std::uint32_t i = 0; i < 1u << 16; ++i) {
    in.push_back(std::bit_cast<float>(i * 65521u));
    // Ties and their neighbours of either format, subnormal results of float16.
    in.push_back(std::bit_cast<float>((i << 16) + 0x7FFFu + i % 3));
    in.push_back(std::bit_cast<float>((i << 13) + 0x0FFFu + i % 3));
    in.push_back(std::bit_cast<float>((i << 15 & 0x80000000u) | (0x32000000u + i * 4099u % 0x07000000u)));
  }
  return in;
}

template <class T>
std::vector<T> all_codes() {
  std::vector<T> in;
  for (std::uint32_t code = 0; code < 65536; ++code) in.push_back(T::from_bits(static_cast<std::uint16_t>(code)));
  return in;
}

}  // namespace

TEST_CASE("float lanes: stores round and canonicalise at every number of lanes, also under FTZ and DAZ") {
  check<float, float>(floats(), [] { return &HWY_DYNAMIC_DISPATCH(FloatsToFloats); });
  check<float, float16>(floats(), [] { return &HWY_DYNAMIC_DISPATCH(FloatsToHalves); });
  check<float, bfloat16>(floats(), [] { return &HWY_DYNAMIC_DISPATCH(FloatsToBrains); });
}

TEST_CASE("16-bit loads widen every code at every number of lanes, also under FTZ and DAZ") {
  check<float16, float>(all_codes<float16>(), [] { return &HWY_DYNAMIC_DISPATCH(HalvesToFloats); });
  check<bfloat16, float>(all_codes<bfloat16>(), [] { return &HWY_DYNAMIC_DISPATCH(BrainsToFloats); });
}

}  // namespace halfway
#endif  // HWY_ONCE
