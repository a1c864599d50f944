// A natural number of up to 2816 bits, constexpr: what exact decimal text needs, both ways.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// A natural number below 2^2816: enough for 771 decimal digits, scaled by any power of ten that a binary64 can meet.
class BigInteger {
 public:
  constexpr BigInteger() = default;
  explicit constexpr BigInteger(std::uint64_t x) {
    for (; x != 0; x >>= 32) limbs_[size_++] = static_cast<std::uint32_t>(x);
  }
  constexpr bool is_zero() const { return size_ == 0; }
  constexpr int bit_width() const {
    return size_ == 0 ? 0 : static_cast<int>(32 * size_) - std::countl_zero(limbs_[size_ - 1]);
  }

  constexpr void multiply_add(std::uint32_t factor, std::uint32_t addend = 0) {
    std::uint64_t carry = addend;
    for (std::size_t i = 0; i < size_; ++i) {
      carry += std::uint64_t{limbs_[i]} * factor;
      limbs_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) limbs_[size_++] = static_cast<std::uint32_t>(carry);
  }
  /// Leaves the quotient, returns the remainder.
  constexpr std::uint32_t divide(std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (std::size_t i = size_; i-- > 0;) {
      rest = rest << 32 | limbs_[i];
      limbs_[i] = static_cast<std::uint32_t>(rest / divisor);
      rest %= divisor;
    }
    while (size_ > 0 && limbs_[size_ - 1] == 0) --size_;
    return static_cast<std::uint32_t>(rest);
  }
  constexpr void shift_left(int by) {
    for (; by >= 31; by -= 31) multiply_add(std::uint32_t{1} << 31);
    multiply_add(std::uint32_t{1} << by);
  }
  /// this · 5^exponent; one limb's worth at a time.
  constexpr void multiply_by_fives(int exponent) {
    for (; exponent >= 13; exponent -= 13) multiply_add(five_to_13);
    for (; exponent > 0; --exponent) multiply_add(5);
  }
  /// ⌊this / 5^exponent⌋; whether there was a remainder.
  constexpr bool divide_by_fives(int exponent) {
    bool rest = false;
    for (; exponent >= 13; exponent -= 13) rest |= divide(five_to_13) != 0;
    for (; exponent > 0; --exponent) rest |= divide(5) != 0;
    return rest;
  }
  /// ⌊this / 2^by⌋ where that is below 2^128; `lost` becomes true if anything is cut off.
  constexpr u128 shifted_right(int by, bool& lost) const {
    u128 result = 0;
    for (std::size_t i = size_; i-- > 0;) {
      const int place = static_cast<int>(32 * i) - by;
      if (place >= 0) {
        result |= u128{limbs_[i]} << place;
      } else if (place > -32) {
        result |= limbs_[i] >> -place;
        lost |= (limbs_[i] << (32 + place)) != 0;
      } else {
        lost |= limbs_[i] != 0;
      }
    }
    return result;
  }

 private:
  static constexpr std::uint32_t five_to_13 = 1'220'703'125;
  std::array<std::uint32_t, 88> limbs_{};
  std::size_t size_ = 0;  // without leading zeros
};

}  // namespace halfway::detail
