// Shortest printing and parsing. Exact decimal expansions and exact reading keep both short to write and easy to trust;
// a number costs a few microseconds.
#include "halfway/formats/text.hpp"

#include <algorithm>
#include <ostream>

#include "halfway/errors.hpp"
#include "halfway/formats/detail/decimal.hpp"

namespace halfway::detail {

namespace {

/// d.ddd·10^exponent: no trailing zeros.
struct Decimal {
  std::string digits;
  int exponent;
};

void trim(std::string& digits) { digits.erase(digits.find_last_not_of('0') + 1); }

std::string with_exponent(const Decimal& x) {
  std::string text = x.digits.substr(0, 1);
  if (x.digits.size() > 1) text.append(".").append(x.digits, 1);
  const std::string power = std::to_string(std::abs(x.exponent));
  return text + (x.exponent < 0 ? "e-" : "e+") + (power.size() < 2 ? "0" : "") + power;
}

/// All digits of a finite number's magnitude, which is not zero.
Decimal exact_decimal(const Unpacked& x) {
  BigInteger big(x.significand);
  int power = 0;  // the value is big·10^power
  if (x.exponent >= 0) {
    big.shift_left(x.exponent);
  } else {
    big.multiply_by_power(5, -x.exponent);
    power = x.exponent;
  }
  std::string digits;
  while (!big.is_zero()) digits += static_cast<char>('0' + big.divide(10));
  std::reverse(digits.begin(), digits.end());
  const int exponent = power + static_cast<int>(digits.size()) - 1;
  trim(digits);
  return {digits, exponent};
}

/// The next decimal number of as many digits.
Decimal successor(Decimal x) {
  std::size_t i = x.digits.size();
  while (i > 0 && x.digits[i - 1] == '9') --i;
  if (i == 0) return {"1", x.exponent + 1};
  ++x.digits[i - 1];
  x.digits.resize(i);
  return x;
}

/// Of the decimal numbers with the fewest digits that read back, the closest to the exact one.
Decimal shortest_decimal(const Decimal& exact, const Unpacked& x, RoundNumber round) {
  Unpacked magnitude = x;
  magnitude.negative = false;
  const std::uint64_t code = round(magnitude);
  const auto reads_back = [&](const Decimal& candidate) {
    return round(*read_number(with_exponent(candidate))) == code;
  };
  for (std::size_t count = 1; count < exact.digits.size(); ++count) {
    Decimal below{exact.digits.substr(0, count), exact.exponent};
    const Decimal above = successor(below);
    trim(below.digits);
    const bool below_reads_back = reads_back(below), above_reads_back = reads_back(above);
    if (!below_reads_back && !above_reads_back) continue;
    // Strings without trailing zeros compare as fractions do.
    const int to_half = exact.digits.compare(count, std::string::npos, "5");
    const bool above_is_closer = to_half > 0 || (to_half == 0 && (exact.digits[count - 1] - '0') % 2 != 0);
    return below_reads_back && (!above_reads_back || !above_is_closer) ? below : above;
  }
  return exact;
}

std::string positional(const Decimal& x, const Decimal& exact) {
  const auto count = static_cast<int>(x.digits.size());
  if (x.exponent < 0) return std::string("0.").append(static_cast<std::size_t>(-x.exponent - 1), '0') + x.digits;
  const auto whole = static_cast<std::size_t>(x.exponent + 1);
  if (count > x.exponent + 1) return x.digits.substr(0, whole) + "." + x.digits.substr(whole);
  // A whole number shows all of its own digits: 65504, not 65500.
  const bool is_integer = static_cast<int>(exact.digits.size()) <= exact.exponent + 1;
  const Decimal& shown = is_integer ? exact : x;
  return shown.digits + std::string(static_cast<std::size_t>(shown.exponent + 1) - shown.digits.size(), '0');
}

}  // namespace

std::string shortest_text(const Unpacked& x, RoundNumber round) {
  if (x.kind == Kind::nan) return "nan";
  const std::string sign = x.negative ? "-" : "";
  if (x.kind == Kind::infinity) return sign + "inf";
  if (x.significand == 0) return sign + "0";
  const Decimal exact = exact_decimal(x);
  const Decimal shortest = shortest_decimal(exact, x, round);
  const std::string scientific = with_exponent(shortest), fixed = positional(shortest, exact);
  return sign + (fixed.size() <= scientific.size() ? fixed : scientific);
}

std::ostream& print(std::ostream& out, const Unpacked& x, RoundNumber round) { return out << shortest_text(x, round); }

std::string bit_text(const FloatFormat& format, std::uint64_t code) {
  std::string text;
  for (int i = format.bits() - 1; i >= 0; --i) {
    text += static_cast<char>('0' + (code >> i & 1));
    if (i == format.bits() - 1 || (i == format.fraction_bits() && i > 0)) text += ' ';
  }
  return text;
}

Unpacked parse_number(std::string_view text, std::string_view format) {
  if (const auto number = read_number(text)) return *number;
  throw ValueError(std::string("parse<").append(format).append(">"),
                   std::string("\"").append(text).append("\" is not a number; write one such as 0.5, 1e-5, -0x1.8p-3, "
                                                         "inf or nan"));
}

}  // namespace halfway::detail
