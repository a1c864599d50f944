// Numbers as text, read exactly: what literals (while compiling) and parse() (while running) share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "halfway/formats/detail/arithmetic.hpp"
#include "halfway/formats/detail/big_integer.hpp"

namespace halfway::detail {

/// Reads what is left of a text, character by character.
class TextReader {
 public:
  constexpr TextReader(std::string_view text, bool separators) : rest_(text), separators_(separators) {}
  constexpr std::string_view rest() const { return rest_; }
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
  /// `letter`, sign and digits; takes nothing unless all is there. Magnitudes beyond a million are as good as a
  /// million.
  constexpr std::optional<int> take_exponent(char letter) {
    TextReader ahead = *this;
    if (!ahead.take(letter)) return std::nullopt;
    const bool negative = ahead.take('-');
    if (!negative) ahead.take('+');
    int exponent = ahead.take_digit(10);
    if (exponent < 0) return std::nullopt;
    for (int digit; (digit = ahead.take_digit(10)) >= 0;)
      exponent = exponent < 1'000'000 ? 10 * exponent + digit : exponent;
    *this = ahead;
    return negative ? -exponent : exponent;
  }

 private:
  static constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
  std::string_view rest_;
  bool separators_;
};

/// What a text stands for: a finite number is ±significand·2^exponent, with a sticky last bit.
struct ReadNumber {
  Kind kind;
  bool negative;
  int exponent;
  u128 significand;

  constexpr bool is_zero() const { return kind == Kind::finite && significand == 0; }
};

/// The code that it rounds to, in any supported format and direction.
constexpr std::uint64_t round_read_number(const Codes& f, const ReadNumber& x, Context& context) {
  if (x.kind != Kind::finite) return round_number(f, Unpacked{x.kind, x.negative, 0, 0}, context);
  return round_pack(f, x.negative, x.exponent, x.significand, context);
}

/// big·10^exponent10
constexpr ReadNumber scale_decimal(BigInteger big, int exponent10) {
  int exponent = exponent10;
  bool lost = false;
  if (exponent10 >= 0) {
    big.multiply_by_fives(exponent10);
  } else {
    // Divide so wide a dividend that 129 bits and more stay; 7/3 > log2(5).
    const int need = 130 + (-7 * exponent10 + 2) / 3 - big.bit_width();
    const int up = need > 0 ? need : 0;
    big.shift_left(up);
    exponent -= up;
    lost = big.divide_by_fives(-exponent10);
  }
  const int down = big.bit_width() > 127 ? big.bit_width() - 127 : 0;
  const u128 significand = big.shifted_right(down, lost);
  return {Kind::finite, false, exponent + down, significand | u128{lost}};
}

/// Whether an exponent may follow the digits, must, or must not: std::chars_format's general, scientific and fixed.
enum class ExponentPart : std::uint8_t { optional, required, none };

/// Decimal digits, after the sign.
constexpr std::optional<ReadNumber> read_decimal(TextReader& text, ExponentPart part = ExponentPart::optional) {
  // No tie of binary64 has more than 768 significant digits: what is beyond 770 only has to be seen to be there.
  constexpr int max_digits = 770;
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
  if (part != ExponentPart::none) {
    const auto exponent = text.take_exponent('e');
    if (!exponent && part == ExponentPart::required) return std::nullopt;
    exponent10 += exponent.value_or(0);
  }
  if (digits == 0) return ReadNumber{Kind::finite, false, 0, 0};
  // Far beyond every format, or far below: any such number will do.
  const int leading = exponent10 + digits - 1;  // the value is in [10^leading, 10^(leading + 1))
  if (leading > 310) return ReadNumber{Kind::finite, false, 1030, 1};
  if (leading < -345) return ReadNumber{Kind::finite, false, -1300, 1};
  if (more) {
    big.multiply_add(10, 1);
    --exponent10;
  }
  return scale_decimal(big, exponent10);
}

/// Hexadecimal digits, after "0x".
constexpr std::optional<ReadNumber> read_hexadecimal(TextReader& text) {
  u128 significand = 0;
  int exponent = 0;
  bool more = false;
  const bool any = text.take_digits(16, [&](int digit, bool fraction) {
    if (fraction) exponent -= 4;
    if (significand >> 120 == 0) {
      significand = 16 * significand + static_cast<unsigned>(digit);
    } else {
      more |= digit != 0;
      exponent += 4;
    }
  });
  if (!any) return std::nullopt;
  exponent += text.take_exponent('p').value_or(0);
  return ReadNumber{Kind::finite, false, exponent, significand | u128{more}};
}

/// inf, infinity, nan.
constexpr std::optional<ReadNumber> read_special(TextReader& text) {
  if (text.take("infinity") || text.take("inf")) return ReadNumber{Kind::infinity, false, 0, 0};
  if (text.take("nan")) return ReadNumber{Kind::nan, false, 0, 0};
  return std::nullopt;
}

/// The number that a whole text stands for: [sign] (decimal | 0x hexadecimal | inf | infinity | nan). With
/// `separators`, digits may stand apart as in C++ literals: 65'504.
constexpr std::optional<ReadNumber> read_number(std::string_view whole, bool separators = false) {
  TextReader text(whole, separators);
  const bool negative = text.take('-');
  if (!negative) text.take('+');
  auto number = read_special(text);
  if (!number) number = text.take("0x") ? read_hexadecimal(text) : read_decimal(text);
  if (!number || !text.rest().empty()) return std::nullopt;
  number->negative = negative;
  return number;
}

}  // namespace halfway::detail
