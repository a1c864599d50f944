// Numbers as text, read exactly: what literals (while compiling) and parse() (while running) share.
#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// A natural number below 2^768: enough for 121 decimal digits, scaled by any power of ten that a binary32 can meet.
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
  constexpr void multiply_by_power(std::uint32_t base, int exponent) {
    for (; exponent > 0; --exponent) multiply_add(base);
  }
  /// ⌊this / 2^by⌋ where that is below 2^64; `lost` becomes true if anything is cut off.
  constexpr std::uint64_t shifted_right(int by, bool& lost) const {
    std::uint64_t result = 0;
    for (std::size_t i = size_; i-- > 0;) {
      const int place = static_cast<int>(32 * i) - by;
      if (place >= 0) {
        result |= std::uint64_t{limbs_[i]} << place;
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
  std::array<std::uint32_t, 24> limbs_{};
  std::size_t size_ = 0;  // without leading zeros
};

/// Reads what is left of a text, character by character.
class TextReader {
 public:
  constexpr TextReader(std::string_view text, bool separators) : rest_(text), separators_(separators) {}
  constexpr bool at_end() const { return rest_.empty(); }
  /// Takes the next character if it is `lower` or its capital.
  constexpr bool take(char lower) {
    if (rest_.empty() || to_lower(rest_[0]) != lower) return false;
    rest_.remove_prefix(1);
    return true;
  }
  constexpr bool take(std::string_view lower) {
    if (rest_.size() < lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i)
      if (to_lower(rest_[i]) != lower[i]) return false;
    rest_.remove_prefix(lower.size());
    return true;
  }
  /// The next digit below `base` (past separators, if they are allowed), or −1.
  constexpr int take_digit(int base) {
    if (separators_ && !rest_.empty() && rest_[0] == '\'') rest_.remove_prefix(1);
    if (rest_.empty()) return -1;
    const char c = to_lower(rest_[0]);
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : base;
    if (digit >= base) return -1;
    rest_.remove_prefix(1);
    return digit;
  }
  /// Digits with an optional point between them; calls use(digit, is_fraction); whether there was a digit.
  template <class Use>
  constexpr bool take_digits(int base, Use use) {
    bool any = false, fraction = false;
    for (;;) {
      if (const int digit = take_digit(base); digit >= 0) {
        use(digit, fraction);
        any = true;
      } else if (!fraction && take('.')) {
        fraction = true;
      } else {
        return any;
      }
    }
  }
  /// After an exponent's letter: sign and digits. Magnitudes beyond a million are as good as a million.
  constexpr std::optional<int> take_exponent() {
    const bool negative = take('-');
    if (!negative) take('+');
    int exponent = take_digit(10);
    if (exponent < 0) return std::nullopt;
    for (int digit; (digit = take_digit(10)) >= 0;) exponent = exponent < 1'000'000 ? 10 * exponent + digit : exponent;
    return negative ? -exponent : exponent;
  }

 private:
  static constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  std::string_view rest_;
  bool separators_;
};

/// big·10^exponent as a significand that ends in a sticky bit.
constexpr Unpacked scale_decimal(BigInteger big, int exponent10) {
  int exponent = 0;
  bool lost = false;
  if (exponent10 >= 0) {
    big.multiply_by_power(10, exponent10);
  } else {
    // Divide by 5^k one limb's worth at a time, of so wide a dividend that 65 bits and more stay; 7/3 > log2(5).
    int fives = -exponent10;
    const int need = 66 + (7 * fives + 2) / 3 - big.bit_width();
    const int up = need > 0 ? need : 0;
    big.shift_left(up);
    exponent = exponent10 - up;
    constexpr std::uint32_t five_to_13 = 1'220'703'125;
    for (; fives >= 13; fives -= 13) lost |= big.divide(five_to_13) != 0;
    for (; fives > 0; --fives) lost |= big.divide(5) != 0;
  }
  const int down = big.bit_width() > 63 ? big.bit_width() - 63 : 0;
  const std::uint64_t significand = big.shifted_right(down, lost);
  return {Kind::finite, false, exponent + down, significand | std::uint64_t{lost}};
}

/// Decimal digits, after the sign.
constexpr std::optional<Unpacked> read_decimal(TextReader& text) {
  // No tie of binary32 has more than 113 significant digits: what is beyond 120 only has to be seen to be there.
  constexpr int max_digits = 120;
  BigInteger big;
  int digits = 0, exponent10 = 0;
  bool more = false;
  const bool any = text.take_digits(10, [&](int digit, bool fraction) {
    if (fraction) --exponent10;
    if (digits == 0 && digit == 0) return;
    if (digits == max_digits) {
      more |= digit != 0;
      ++exponent10;
      return;
    }
    big.is_zero() ? void(big = BigInteger(static_cast<std::uint64_t>(digit)))
                  : big.multiply_add(10, static_cast<std::uint32_t>(digit));
    ++digits;
  });
  if (!any) return std::nullopt;
  if (text.take('e')) {
    const auto exponent = text.take_exponent();
    if (!exponent) return std::nullopt;
    exponent10 += *exponent;
  }
  if (digits == 0) return Unpacked{Kind::finite, false, 0, 0};
  const int leading = exponent10 + digits - 1;  // the value is in [10^leading, 10^(leading + 1))
  if (leading > 50) return Unpacked{Kind::finite, false, 160, 1};
  if (leading < -80) return Unpacked{Kind::finite, false, -260, 1};
  if (more) {
    big.multiply_add(10, 1);
    --exponent10;
  }
  return scale_decimal(big, exponent10);
}

/// Hexadecimal digits, after "0x".
constexpr std::optional<Unpacked> read_hexadecimal(TextReader& text) {
  std::uint64_t significand = 0;
  int exponent = 0;
  bool more = false;
  const bool any = text.take_digits(16, [&](int digit, bool fraction) {
    if (fraction) exponent -= 4;
    if (significand >> 58 == 0) {
      significand = 16 * significand + static_cast<std::uint64_t>(digit);
    } else {
      more |= digit != 0;
      exponent += 4;
    }
  });
  if (!any) return std::nullopt;
  if (text.take('p')) {
    const auto power = text.take_exponent();
    if (!power) return std::nullopt;
    exponent += *power;
  }
  return Unpacked{Kind::finite, false, exponent, significand | std::uint64_t{more}};
}

/// The number that a text stands for, in full: [sign] (decimal | 0x hexadecimal | inf | infinity | nan). A finite one's
/// significand ends in a sticky bit; what it rounds to is right in every format of up to 24 bits' precision and 8 bits'
/// exponent. With `separators`, digits may stand apart as in C++ literals: 65'504.
constexpr std::optional<Unpacked> read_number(std::string_view whole, bool separators = false) {
  TextReader text(whole, separators);
  const bool negative = text.take('-');
  if (!negative) text.take('+');
  std::optional<Unpacked> number;
  if (text.take("inf")) {
    text.take("inity");
    number = Unpacked{Kind::infinity, false, 0, 0};
  } else if (text.take("nan")) {
    number = Unpacked{Kind::nan, false, 0, 0};
  } else {
    number = text.take("0x") ? read_hexadecimal(text) : read_decimal(text);
  }
  if (!number || !text.at_end()) return std::nullopt;
  number->negative = negative;
  return number;
}

}  // namespace halfway::detail
