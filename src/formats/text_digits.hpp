// The decimal digits of a number: all of them, the fewest that read back, or so many.
#pragma once
#include <array>
#include <string_view>

#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// d.ddd·10^exponent without trailing zeros; zero has no digits.
struct Digits {
  /// A binary64 number has up to 767 digits; a number halfway between two, cut in four, two more.
  std::array<char, 784> text;
  int count = 0;
  int exponent = 0;

  std::string_view view() const { return {text.data(), static_cast<std::size_t>(count)}; }
  void trim() {
    while (count > 0 && text[static_cast<std::size_t>(count - 1)] == '0') --count;
  }
};

/// significand·2^exponent, exactly.
Digits exact_digits(std::uint64_t significand, int exponent);

/// Of the decimal numbers with the fewest digits that read back as the finite number `x` of the format f (ties to even,
/// signs aside), the closest. `exact` are its own digits.
Digits shortest_digits(const Codes& f, const Unpacked& x, const Digits& exact);

/// `count` digits of x, ties to even; none or one of no digits where count < 1.
Digits rounded_digits(const Digits& x, int count);

}  // namespace halfway::detail
