// Printing: digits come from text_digits.cpp; here they are laid out.
#include "halfway/formats/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <ostream>

#include "formats/text_check.hpp"
#include "formats/text_digits.hpp"

namespace halfway {

namespace {

using detail::Codes;
using detail::Digits;
using detail::Kind;
using detail::Unpacked;

/// Characters into a range that may be too short.
class Sink {
 public:
  Sink(char* first, char* last) : next_(first), last_(last) {}
  void put(char c) {
    if (next_ == last_) {
      full_ = true;
    } else {
      *next_++ = c;
    }
  }
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  /// An exponent: its letter, its sign, at least `width` digits.
  void put_exponent(char letter, int exponent, int width) {
    put(letter);
    put(exponent < 0 ? '-' : '+');
    std::array<char, 12> digits{};
    const char* end = std::to_chars(digits.begin(), digits.end(), std::abs(exponent)).ptr;
    for (auto length = end - digits.begin(); length < width; ++length) put('0');
    put({digits.data(), static_cast<std::size_t>(end - digits.begin())});
  }
  std::to_chars_result result() const {
    return full_ ? std::to_chars_result{last_, std::errc::value_too_large} : std::to_chars_result{next_, std::errc()};
  }

 private:
  char* next_;
  char* last_;
  bool full_ = false;
};

/// The digit at 10^(x.exponent − i).
char digit(const Digits& x, int i) { return i < 0 || i >= x.count ? '0' : x.text[static_cast<std::size_t>(i)]; }

/// Digits after the point that show all of x.
int all_decimals(const Digits& x) { return std::max(x.count - 1 - x.exponent, 0); }

void put_scientific(Sink& out, const Digits& x, int decimals) {
  out.put(digit(x, 0));
  if (decimals > 0) out.put('.');
  for (int i = 1; i <= decimals; ++i) out.put(digit(x, i));
  out.put_exponent('e', x.exponent, 2);
}

void put_fixed(Sink& out, const Digits& x, int decimals) {
  for (int i = 0; i <= x.exponent; ++i) out.put(digit(x, i));
  if (x.exponent < 0) out.put('0');
  if (decimals > 0) out.put('.');
  for (int i = 1; i <= decimals; ++i) out.put(digit(x, x.exponent + i));
}

void put_shortest(Sink& out, const Codes& f, const Unpacked& x, std::chars_format layout) {
  const Digits exact = detail::exact_digits(x.significand, x.exponent);
  const Digits shortest = exact.count == 0 ? exact : detail::shortest_digits(f, x, exact);
  // A whole number shows all of its own digits: 65504, not 65500.
  const Digits& fixed = all_decimals(shortest) == 0 && all_decimals(exact) == 0 ? exact : shortest;
  const int decimals = all_decimals(fixed), significant = std::max(shortest.count, 1);
  const int fixed_length = std::max(fixed.exponent, 0) + 1 + (decimals > 0 ? 1 + decimals : 0);
  const int scientific_length = significant + (significant > 1 ? 1 : 0) + (std::abs(shortest.exponent) < 100 ? 4 : 5);
  if (layout == std::chars_format::fixed ||
      (layout == std::chars_format::general && fixed_length <= scientific_length)) {
    put_fixed(out, fixed, decimals);
  } else {
    put_scientific(out, shortest, significant - 1);
  }
}

void put_rounded(Sink& out, const Unpacked& x, std::chars_format layout, int precision) {
  const Digits exact = detail::exact_digits(x.significand, x.exponent);
  if (layout == std::chars_format::fixed)
    return put_fixed(out, detail::rounded_digits(exact, exact.exponent + 1 + precision), precision);
  if (layout == std::chars_format::scientific)
    return put_scientific(out, detail::rounded_digits(exact, 1 + precision), precision);
  const int significant = std::max(precision, 1);
  const Digits digits = detail::rounded_digits(exact, significant);
  if (digits.exponent < -4 || digits.exponent >= significant) {
    put_scientific(out, digits, std::max(digits.count - 1, 0));
  } else {
    put_fixed(out, digits, all_decimals(digits));
  }
}

void put_hexadecimal(Sink& out, const Unpacked& x, std::optional<int> precision) {
  const int fraction_bits = std::max(static_cast<int>(std::bit_width(x.significand)) - 1, 0);
  int places = (fraction_bits + 3) / 4;
  std::uint64_t digits = x.significand << (4 * places - fraction_bits);
  int exponent = x.significand == 0 ? 0 : x.exponent + fraction_bits;
  if (precision && *precision < places) {
    bool inexact = false;
    digits = detail::shift_and_round(digits, 4 * (*precision - places), false, {}, inexact);
    places = *precision;
    if (digits >> (4 * places) > 1) digits >>= 1, ++exponent;
  }
  if (!precision)
    for (; places > 0 && digits % 16 == 0; --places) digits /= 16;
  out.put(static_cast<char>('0' + (digits >> (4 * places))));
  const int shown = precision.value_or(places);
  if (shown > 0) out.put('.');
  for (int i = 1; i <= shown; ++i) out.put(i <= places ? "0123456789abcdef"[digits >> (4 * (places - i)) & 15] : '0');
  out.put_exponent('p', exponent, 1);
}

/// Sign and special values, then what `put_finite` puts for the magnitude.
template <class PutFinite>
std::to_chars_result write(char* first, char* last, const Codes& f, std::uint64_t code, PutFinite put_finite) {
  const Unpacked x = detail::unpack(f, code);
  Sink out(first, last);
  if (x.negative) out.put('-');
  if (x.kind == Kind::finite) {
    put_finite(out, x);
  } else {
    out.put(x.kind == Kind::nan ? "nan" : "inf");
  }
  return out.result();
}

/// The longest is exact_decimal of binary64's subnormals: "-0." and 1074 digits.
using Buffer = std::array<char, 1088>;

template <class PutFinite>
std::string text_of(const Codes& f, std::uint64_t code, PutFinite put_finite) {
  Buffer buffer;
  return {buffer.data(), write(buffer.data(), buffer.data() + buffer.size(), f, code, put_finite).ptr};
}

}  // namespace

std::to_chars_result to_chars(char* first, char* last, const FloatFormat& format, std::uint64_t code,
                              std::chars_format layout) {
  const Codes f = detail::codes_for("to_chars", format, code);
  return write(first, last, f, code, [&](Sink& out, const Unpacked& x) {
    if (layout == std::chars_format::hex) return put_hexadecimal(out, x, std::nullopt);
    put_shortest(out, f, x, layout);
  });
}

std::to_chars_result to_chars(char* first, char* last, const FloatFormat& format, std::uint64_t code,
                              std::chars_format layout, int precision) {
  const Codes f = detail::codes_for("to_chars", format, code);
  if (precision < 0) precision = 6;  // as printf and std::to_chars
  return write(first, last, f, code, [&](Sink& out, const Unpacked& x) {
    if (layout == std::chars_format::hex) return put_hexadecimal(out, x, precision);
    put_rounded(out, x, layout, precision);
  });
}

std::string to_string(const FloatFormat& format, std::uint64_t code) {
  const Codes f = detail::codes_for("to_string", format, code);
  return text_of(f, code, [&](Sink& out, const Unpacked& x) { put_shortest(out, f, x, std::chars_format::general); });
}

std::string exact_decimal(const FloatFormat& format, std::uint64_t code) {
  return text_of(detail::codes_for("exact_decimal", format, code), code, [](Sink& out, const Unpacked& x) {
    const Digits exact = detail::exact_digits(x.significand, x.exponent);
    put_fixed(out, exact, all_decimals(exact));
  });
}

std::string to_hex_string(const FloatFormat& format, std::uint64_t code) {
  return text_of(detail::codes_for("to_hex_string", format, code), code, [](Sink& out, const Unpacked& x) {
    out.put("0x");
    put_hexadecimal(out, x, std::nullopt);
  });
}

std::string bit_string(const FloatFormat& format, std::uint64_t code) {
  detail::codes_for("bit_string", format, code);
  std::string text;
  for (int i = format.bits() - 1; i >= 0; --i) {
    text += static_cast<char>('0' + (code >> i & 1));
    const bool is_sign = format.is_signed && i == format.bits() - 1, is_last_of_exponent = i == format.fraction_bits();
    if ((is_sign || is_last_of_exponent) && i > 0) text += ' ';
  }
  return text;
}

namespace detail {
std::ostream& print(std::ostream& out, const FloatFormat& format, std::uint64_t code) {
  return out << to_string(format, code);
}
}  // namespace detail

}  // namespace halfway
