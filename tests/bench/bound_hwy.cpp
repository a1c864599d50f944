// Loops that move bytes and do next to nothing else, compiled for every target: what a kernel is measured against.
#include "bench/bound.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/bound_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace halfway::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// `bytes` are whole numbers of a few vectors.
template <int reads, int writes>
void Move(const std::uint8_t* HWY_RESTRICT in, std::uint8_t* HWY_RESTRICT out, std::size_t bytes) {
  const hn::ScalableTag<std::uint32_t> d;
  const std::size_t size = bytes / 4, lanes = hn::Lanes(d);
  const auto* from = reinterpret_cast<const std::uint32_t*>(in);
  auto* to = reinterpret_cast<std::uint32_t*>(out);
  const auto bits = hn::Set(d, 1u);
  for (std::size_t i = 0; i < size; i += 2 * lanes) {
    for (std::size_t k = 0; k < 2 * lanes; k += lanes) {
      const std::size_t at = i + k;
      auto v = hn::Or(hn::LoadU(d, from + reads * at), bits);
      if constexpr (reads == 2) v = hn::Or(v, hn::LoadU(d, from + reads * at + lanes));
      hn::StoreU(v, d, to + writes * at);
      if constexpr (writes == 2) hn::StoreU(v, d, to + writes * at + lanes);
    }
  }
}

void MoveHalving(const std::uint8_t* in, std::uint8_t* out, std::size_t written) { Move<2, 1>(in, out, written); }
void MoveDoubling(const std::uint8_t* in, std::uint8_t* out, std::size_t read) { Move<1, 2>(in, out, read); }

}  // namespace halfway::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway::bench {

HWY_EXPORT(MoveHalving);
HWY_EXPORT(MoveDoubling);

void move_halving(const void* in, void* out, std::size_t written) {
  HWY_DYNAMIC_DISPATCH(MoveHalving)(static_cast<const std::uint8_t*>(in), static_cast<std::uint8_t*>(out), written);
}
void move_doubling(const void* in, void* out, std::size_t read) {
  HWY_DYNAMIC_DISPATCH(MoveDoubling)(static_cast<const std::uint8_t*>(in), static_cast<std::uint8_t*>(out), read);
}

}  // namespace halfway::bench
#endif  // HWY_ONCE
