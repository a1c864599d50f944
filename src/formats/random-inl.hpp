// random_bits_of() for a panel of neighbours. Included once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_RANDOM_INL_H_
#undef HALFWAY_FORMATS_RANDOM_INL_H_
#else
#define HALFWAY_FORMATS_RANDOM_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "halfway/formats/arithmetic.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The low and the high words of x·factor. (MulEven wants neighbours; here every lane is multiplied.)
template <class D>
HWY_INLINE void MultiplyWide(D du, hn::Vec<D> x, std::uint32_t factor, hn::Vec<D>& low, hn::Vec<D>& high) {
#if HWY_TARGET == HWY_SCALAR
  const std::uint64_t product = std::uint64_t{hn::GetLane(x)} * factor;
  low = hn::Set(du, static_cast<std::uint32_t>(product));
  high = hn::Set(du, static_cast<std::uint32_t>(product >> 32));
#else
  const hn::Repartition<std::uint64_t, D> du64;
  const auto f = hn::Set(du, factor);
  const auto even = hn::MulEven(x, f);
  const auto odd = hn::MulEven(hn::BitCast(du, hn::ShiftRight<32>(hn::BitCast(du64, x))), f);
  low = hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(odd)), hn::BitCast(du, even));
  high = hn::OddEven(hn::BitCast(du, odd), hn::BitCast(du, hn::ShiftRight<32>(even)));
#endif
}

/// Words w[0..3] of the 64 blocks from `block` on, word j of block b at words[64·j + b].
inline void PhiloxPanel(std::uint64_t seed, std::uint64_t stream, std::uint64_t block,
                        std::uint32_t* HWY_RESTRICT words) {
  const hn::ScalableTag<std::uint32_t> du;
  using V = hn::Vec<decltype(du)>;
  const auto lanes = static_cast<std::uint32_t>(hn::Lanes(du));
  for (std::uint32_t b = 0; b < 64; b += lanes) {
    // Panels start at multiples of 64 blocks: no carry between the words of the counter.
    V c0 = hn::Iota(du, static_cast<std::uint32_t>(block) + b),
      c1 = hn::Set(du, static_cast<std::uint32_t>(block >> 32));
    V c2 = hn::Set(du, static_cast<std::uint32_t>(stream)), c3 = hn::Set(du, static_cast<std::uint32_t>(stream >> 32));
    auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round) {
      V low0, high0, low1, high1;
      MultiplyWide(du, c0, 0xD2511F53, low0, high0);
      MultiplyWide(du, c2, 0xCD9E8D57, low1, high1);
      c0 = hn::Xor(hn::Xor(high1, c1), hn::Set(du, k0));
      c1 = low1;
      c2 = hn::Xor(hn::Xor(high0, c3), hn::Set(du, k1));
      c3 = low0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    hn::StoreU(c0, du, words + b);
    hn::StoreU(c1, du, words + 64 + b);
    hn::StoreU(c2, du, words + 128 + b);
    hn::StoreU(c3, du, words + 192 + b);
  }
}

/// random_bits_of(how, begin + i) at out[i] for 512 elements; `begin` is a multiple of 512.
inline void RandomPanel(const Arithmetic& how, std::uint64_t begin, std::uint32_t* HWY_RESTRICT out) {
  const int r = how.random_bits;
  alignas(64) std::uint32_t words[256];
  if (r > 16) {
    for (std::uint64_t half = 0; half < 2; ++half) {
      PhiloxPanel(how.seed, how.stream, begin / 256 * 64 + 64 * half, words);
      for (std::size_t i = 0; i < 256; ++i) out[256 * half + i] = words[i] >> (32 - r);
    }
    return;
  }
  PhiloxPanel(how.seed, how.stream, begin / 512 * 64, words);
  const int drop = 16 - r;  // 16 for no random bits at all
  for (std::size_t j = 0; j < 4; ++j) {
    for (std::size_t i = 0; i < 64; ++i) {
      out[128 * j + i] = (words[64 * j + i] & 0xFFFF) >> drop;
      out[128 * j + 64 + i] = words[64 * j + i] >> 16 >> drop;
    }
  }
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_RANDOM_INL_H_
