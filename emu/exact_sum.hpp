// A sum that loses nothing: Kulisch's long accumulator.
#pragma once
#include <array>
#include <cstdint>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::emu::detail {

/// Σ ±significand·2^exponent in two's complement, of `count` limbs from 2^−lowest up.
template <int lowest, unsigned count>
class BasicExactSum {
 public:
  void add(bool negative, int exponent, std::uint64_t significand) {
    const auto place = static_cast<unsigned>(exponent + lowest);
    const unsigned limb = place / 64, shift = place % 64;
    std::uint64_t low = significand << shift, high = shift == 0 ? 0 : significand >> (64 - shift);
    if (!negative) {
      carry_in(limb, low, high);
    } else {
      borrow_in(limb, low, high);
    }
  }
  bool is_negative() const { return (limbs_.back() >> 63) != 0; }

  /// |sum| as significand·2^exponent; what 64 bits do not hold leaves its OR in the last one.
  struct Magnitude {
    int exponent;
    std::uint64_t significand;
  };
  Magnitude magnitude() const {
    std::array<std::uint64_t, count> x = limbs_;
    if (is_negative()) {
      bool carry = true;
      for (std::uint64_t& limb : x) limb = ~limb + std::uint64_t{carry}, carry = carry && limb == 0;
    }
    unsigned top = count - 1;
    while (top > 0 && x[top] == 0) --top;
    if (top == 0) return {-lowest, x[0]};
    const int zeros = halfway::detail::leading_zeros(x[top]);
    std::uint64_t significand = x[top] << zeros, rest = x[top - 1];
    if (zeros > 0) significand |= x[top - 1] >> (64 - zeros), rest = x[top - 1] << zeros;
    for (unsigned i = 0; i + 1 < top; ++i) rest |= x[i];
    return {static_cast<int>(64 * top) - zeros - lowest, significand | std::uint64_t{rest != 0}};
  }

 private:
  void carry_in(unsigned limb, std::uint64_t low, std::uint64_t high) {
    limbs_[limb] += low;
    bool carry = limbs_[limb] < low;
    for (unsigned i = limb + 1; i < count; ++i, high = 0) {
      if (high == 0 && !carry) return;
      const std::uint64_t sum = limbs_[i] + high;
      const bool over = sum < high;
      limbs_[i] = sum + std::uint64_t{carry};
      carry = over || (carry && limbs_[i] == 0);
    }
  }
  void borrow_in(unsigned limb, std::uint64_t low, std::uint64_t high) {
    bool borrow = limbs_[limb] < low;
    limbs_[limb] -= low;
    for (unsigned i = limb + 1; i < count; ++i, high = 0) {
      if (high == 0 && !borrow) return;
      const std::uint64_t before = limbs_[i], difference = before - high;
      limbs_[i] = difference - std::uint64_t{borrow};
      borrow = before < high || (borrow && difference == 0);
    }
  }

  std::array<std::uint64_t, count> limbs_{};
};

/// Products of two numbers of float32's range, and 2^60 of them.
using ExactSum = BasicExactSum<320, 11>;
/// The same for float64.
using ExactSum64 = BasicExactSum<2176, 68>;

}  // namespace halfway::emu::detail
