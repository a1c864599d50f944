// random_bits_of() for neighbours. Included once per target, see foreach_target.h.
#if defined(HALFWAY_FORMATS_RANDOM_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_RANDOM_INL_H_
#undef HALFWAY_FORMATS_RANDOM_INL_H_
#else
#define HALFWAY_FORMATS_RANDOM_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "halfway/formats/rounding.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

/// Philox4x32-7 for as many neighbouring blocks as a vector has pairs of lanes. One block stands in 64 bits: what the
/// lower halves are multiplied to is where the next round wants it, and what the upper halves hold is never read.
template <class D>
class PhiloxLanes {
  using V = hn::Vec<D>;

 public:
  PhiloxLanes(D du, const Arithmetic& how) : stream_(how.stream) {
    HWY_ALIGN std::uint32_t places[hn::MaxLanes(D())];  // an Iota in the loop goes through memory with g++ 12
    for (std::uint32_t i = 0; i < hn::Lanes(du); ++i) places[i] = i % 2 == 0 ? i / 2 : 0;
    places_ = hn::Load(du, places);
    auto k0 = static_cast<std::uint32_t>(how.seed), k1 = static_cast<std::uint32_t>(how.seed >> 32);
    for (int round = 0; round < 7; ++round) {
      keys_[2 * round] = hn::Set(du, k0);
      keys_[2 * round + 1] = hn::Set(du, k1);
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  }

  /// Words 0 and 1 (first), 2 and 3 (second) of `sets` vectors of blocks from `block` on, all of one upper half: in
  /// step, so that multiplications of one set fill the time that another waits for its own.
  template <int sets>
  HWY_INLINE void Blocks(D du, std::uint64_t block, V (&first)[sets], V (&second)[sets]) const {
    const hn::Repartition<std::uint64_t, D> du64;
    const auto m0 = hn::BitCast(du, hn::Set(du64, std::uint64_t{0xD2511F53}));
    const auto m1 = hn::BitCast(du, hn::Set(du64, std::uint64_t{0xCD9E8D57}));
    const auto upper = [&](V v) HWY_ATTR { return hn::BitCast(du, hn::ShiftRight<32>(hn::BitCast(du64, v))); };
    V c0[sets], c1[sets], c2[sets], c3[sets];
    for (int s = 0; s < sets; ++s) {
      const std::uint64_t at = block + static_cast<std::uint64_t>(s) * (hn::Lanes(du) / 2);
      c0[s] = hn::Add(places_, hn::BitCast(du, hn::Set(du64, at)));
      c1[s] = hn::BitCast(du, hn::Set(du64, block >> 32));
      c2[s] = hn::BitCast(du, hn::Set(du64, stream_));
      c3[s] = hn::BitCast(du, hn::Set(du64, stream_ >> 32));
    }
    for (int round = 0; round < 7; ++round) {
      for (int s = 0; s < sets; ++s) {
        const auto product0 = hn::BitCast(du, hn::MulEven(c0[s], m0)),
                   product1 = hn::BitCast(du, hn::MulEven(c2[s], m1));
        c0[s] = hn::Xor3(upper(product1), c1[s], keys_[2 * round]);
        c1[s] = product1;
        c2[s] = hn::Xor3(upper(product0), c3[s], keys_[2 * round + 1]);
        c3[s] = product0;
      }
    }
    const auto join = [&](V even, V odd) HWY_ATTR {
      return hn::OddEven(hn::BitCast(du, hn::ShiftLeft<32>(hn::BitCast(du64, odd))), even);
    };
    for (int s = 0; s < sets; ++s) {
      first[s] = join(c0[s], c1[s]);
      second[s] = join(c2[s], c3[s]);
    }
  }

 private:
  std::uint64_t stream_;
  V places_, keys_[14];
};

#endif  // HWY_TARGET != HWY_SCALAR

/// random_bits_of(how, begin + i) at out[i] for 512 elements; `begin` is a multiple of 512.
inline void RandomPanel(const Arithmetic& how, std::uint64_t begin, std::uint32_t* HWY_RESTRICT out) {
#if HWY_TARGET == HWY_SCALAR
  for (std::uint64_t i = 0; i < 512; ++i) out[i] = random_bits_of(how, begin + i);
#else
  const hn::ScalableTag<std::uint32_t> du;
  using V = hn::Vec<decltype(du)>;
  const std::size_t lanes = hn::Lanes(du);
  const PhiloxLanes<decltype(du)> philox(du, how);
  if (how.random_bits > 16) {
    const int drop = 32 - how.random_bits;
    for (std::size_t half = 0; half < 2; ++half) {
      for (std::size_t i = 0; i < 128; i += lanes) {
        V first[1], second[1];
        philox.Blocks(du, begin / 256 * 64 + 64 * half + i / 2, first, second);
        hn::StoreU(hn::ShiftRightSame(first[0], drop), du, out + 256 * half + i);
        hn::StoreU(hn::ShiftRightSame(second[0], drop), du, out + 256 * half + 128 + i);
      }
    }
    return;
  }
  const int drop = 16 - how.random_bits;  // 16 for no random bits at all
  const auto lower = hn::Set(du, 0xFFFFu);
  for (std::size_t i = 0; i < 128; i += lanes) {
    V first[1], second[1];
    philox.Blocks(du, begin / 512 * 64 + i / 2, first, second);
    hn::StoreU(hn::ShiftRightSame(hn::And(first[0], lower), drop), du, out + i);
    hn::StoreU(hn::ShiftRightSame(hn::ShiftRight<16>(first[0]), drop), du, out + 128 + i);
    hn::StoreU(hn::ShiftRightSame(hn::And(second[0], lower), drop), du, out + 256 + i);
    hn::StoreU(hn::ShiftRightSame(hn::ShiftRight<16>(second[0]), drop), du, out + 384 + i);
  }
#endif
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_RANDOM_INL_H_
