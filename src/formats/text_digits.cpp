#include "formats/text_digits.hpp"

#include <algorithm>

#include "halfway/formats/detail/big_integer.hpp"

namespace halfway::detail {

namespace {

/// Which is the greater.
int compare(const Digits& x, const Digits& y) {
  if (x.count == 0 || y.count == 0) return x.count - y.count;
  if (x.exponent != y.exponent) return x.exponent - y.exponent;
  return x.view().compare(y.view());  // strings without trailing zeros compare as fractions do
}

/// The first `count` digits.
Digits cut(const Digits& x, int count) {
  Digits result = x;
  result.count = std::clamp(count, 0, x.count);
  result.trim();
  return result;
}

/// The next number above the first `count` digits, at least one.
Digits successor(const Digits& x, int count) {
  Digits result = x;
  result.count = std::min(count, x.count);
  while (result.count < count) result.text[static_cast<std::size_t>(result.count++)] = '0';
  while (result.count > 0 && result.text[static_cast<std::size_t>(result.count - 1)] == '9') --result.count;
  if (result.count == 0) {
    result.text[0] = '1';
    result.count = 1;
    ++result.exponent;
  } else {
    ++result.text[static_cast<std::size_t>(result.count - 1)];
  }
  return result;
}

/// Of x to the number of its first `count` digits (< x.count) and to its successor: which is closer, ties to even.
bool successor_is_closer(const Digits& x, int count) {
  const int to_half = x.view().substr(static_cast<std::size_t>(count)).compare("5");
  const bool odd = count > 0 && (x.text[static_cast<std::size_t>(count - 1)] - '0') % 2 != 0;
  return to_half > 0 || (to_half == 0 && odd);
}

/// The numbers that read back: between the midpoints to the neighbours, which may themselves.
class Interval {
 public:
  Interval(const Codes& f, const Unpacked& x) {
    const std::uint64_t s = x.significand;
    const bool lowest_of_binade = s == f.hidden && (x.exponent > f.emin - f.fraction_bits || !f.format.has_zero);
    const std::uint64_t code = round(f, {Kind::finite, false, x.exponent, s});
    const Unpacked low = lowest_of_binade ? Unpacked{Kind::finite, false, x.exponent - 2, 4 * s - 1}
                                          : Unpacked{Kind::finite, false, x.exponent - 1, 2 * s - 1};
    const Unpacked high{Kind::finite, false, x.exponent - 1, 2 * s + 1};
    low_ = exact_digits(low.significand, low.exponent);
    high_ = exact_digits(high.significand, high.exponent);
    low_belongs_ = round(f, low) == code;
    high_belongs_ = round(f, high) == code;
  }
  bool contains(const Digits& x) const {
    const int above_low = compare(x, low_), below_high = compare(high_, x);
    return (above_low > 0 || (above_low == 0 && low_belongs_)) &&
           (below_high > 0 || (below_high == 0 && high_belongs_));
  }

 private:
  /// The code of a number; of one beyond the format none, even if it saturates.
  static std::uint64_t round(const Codes& f, const Unpacked& x) {
    Context context;
    const std::uint64_t code = round_pack(f, false, x.exponent, u128{x.significand}, context);
    return (context.events & event_overflow) != 0 ? ~std::uint64_t{0} : code;
  }

  Digits low_, high_;
  bool low_belongs_, high_belongs_;
};

}  // namespace

Digits exact_digits(std::uint64_t significand, int exponent) {
  Digits result;
  if (significand == 0) return result;
  BigInteger big(significand);
  if (exponent >= 0) {
    big.shift_left(exponent);
  } else {
    big.multiply_by_fives(-exponent);  // significand·2^exponent = big·10^exponent
  }
  auto first = result.text.end();
  while (!big.is_zero()) {
    std::uint32_t nine = big.divide(1'000'000'000);
    for (int i = 0; i < 9 && (nine != 0 || !big.is_zero()); ++i, nine /= 10)
      *--first = static_cast<char>('0' + nine % 10);
  }
  result.count = static_cast<int>(result.text.end() - first);
  result.exponent = std::min(exponent, 0) + result.count - 1;
  std::copy(first, result.text.end(), result.text.begin());
  result.trim();
  return result;
}

Digits shortest_digits(const Codes& f, const Unpacked& x, const Digits& exact) {
  const Interval reads_back(f, x);
  for (int count = 1; count < exact.count; ++count) {
    const Digits below = cut(exact, count), above = successor(exact, count);
    const bool below_does = reads_back.contains(below), above_does = reads_back.contains(above);
    if (below_does || above_does)
      return below_does && !(above_does && successor_is_closer(exact, count)) ? below : above;
  }
  return exact;
}

Digits rounded_digits(const Digits& x, int count) {
  if (count >= x.count) return x;
  if (count < 0) return {};
  if (!successor_is_closer(x, count)) return cut(x, count);
  return successor(x, count);
}

}  // namespace halfway::detail
