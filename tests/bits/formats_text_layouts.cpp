// Every textual form of every format: there and back, against printf, std::to_chars and exact integers.
#include <doctest/doctest.h>

#include <bitset>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "halfway/errors.hpp"
#include "halfway/formats/format_text.hpp"
#include "halfway/formats/literals.hpp"
#include "halfway/formats/text.hpp"

using namespace halfway;
using boost::multiprecision::cpp_int;

static_assert((448_e4m3fn).bits() == 0x7E && (464_e4m3fn).bits() == 0x7E && (465_e4m3fn).bits() == 0x7F);
static_assert((1_e8m0fnu).bits() == 127 && (0x1p-127_e8m0fnu).bits() == 0 && (2.99_e2m1fn).bits() == 5);
static_assert((1_tf32).bits() == 0x1FC00 && (240_e4m3fnuz).bits() == 0x7F && (240_e4m3).bits() == 0x77);
static_assert((15.5_e3m4).bits() == 0x6F && (30_e4m3b11fnuz).bits() == 0x7F && (57344_e5m2).bits() == 0x7B);
static_assert((57344_e5m2fnuz).bits() == 0x7F && (7.5_e2m3fn).bits() == 0x1F && (28_e3m2fn).bits() == 0x1F);

namespace {

/// Those with names, and some at the ends of what is supported.
std::vector<FloatFormat> formats() {
  std::vector<FloatFormat> all;
  for (const NamedFormat& named : named_formats) all.push_back(named.format);
  for (const char* text : {"e8m15", "e8m23:bias=382", "e8m13:bias=-127", "e1m1:specials=none", "e8m0:specials=p3109",
                           "e4m3:specials=p3109:bias=8", "e5m3:unsigned", "e1m23:specials=nan_all_ones"})
    all.push_back(parse_format(text));
  return all;
}

/// All codes of up to 16 bits; else the ends, and others.
std::vector<std::uint64_t> codes_of(const FloatFormat& f, std::size_t sample) {
  std::vector<std::uint64_t> codes;
  if (f.bits() <= 16) {
    for (std::uint64_t code = 0; code < std::uint64_t{1} << f.bits(); ++code) codes.push_back(code);
    return codes;
  }
  std::mt19937_64 random(1);
  const std::uint64_t last = ~std::uint64_t{0} >> (64 - f.bits());
  const std::uint64_t sign = f.is_signed ? (last >> 1) + 1 : 0, hidden = std::uint64_t{1} << f.fraction_bits();
  for (const std::uint64_t code :
       {std::uint64_t{0}, std::uint64_t{1}, hidden - 1, hidden, hidden + 1, f.max_finite() - 1, f.max_finite()})
    codes.insert(codes.end(), {code, code | sign});
  for (std::size_t i = 0; i < sample; ++i) codes.push_back(random() & last);
  return codes;
}

template <class... Arguments>
std::string chars(const FloatFormat& f, std::uint64_t code, Arguments... arguments) {
  char buffer[1200];
  const auto [end, error] = to_chars(buffer, buffer + sizeof buffer, f, code, arguments...);
  return error == std::errc() ? std::string(buffer, end) : "does not fit";
}
/// Not a code, unless all of the text is a number in the format's range.
std::uint64_t read(const std::string& text, const FloatFormat& f, std::chars_format layout) {
  std::uint64_t code = ~std::uint64_t{0};
  const auto [end, error] = from_chars(text.data(), text.data() + text.size(), f, code, layout);
  return error == std::errc() && end == text.data() + text.size() ? code : ~std::uint64_t{0};
}

double double_of(const FloatFormat& f, std::uint64_t code) {
  detail::Context context;
  return from_code<double>(detail::convert_code(detail::codes_of<binary64>, detail::Codes(f), code, context));
}

template <class... Arguments>
std::string printed(const char* format, Arguments... arguments) {
  char buffer[1500];
  return {buffer, static_cast<std::size_t>(std::snprintf(buffer, sizeof buffer, format, arguments...))};
}

/// All decimal digits of a finite number, by an integer: x = s·2^e, and 2^−n = 5^n·10^−n.
std::string digits_of(double x) {
  int exponent = 0;
  const auto significand = static_cast<std::uint64_t>(std::ldexp(std::frexp(std::fabs(x), &exponent), 53));
  exponent -= 53;
  const std::string sign = std::signbit(x) ? "-" : "";
  if (exponent >= 0) return sign + (cpp_int(significand) << exponent).str();
  std::string text =
      (cpp_int(significand) * boost::multiprecision::pow(cpp_int(5), static_cast<unsigned>(-exponent))).str();
  const auto places = static_cast<std::size_t>(-exponent);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  text.insert(text.size() - places, ".");
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return sign + text;
}

}  // namespace

TEST_CASE("every code comes back from every textual form") {
  for (const FloatFormat& f : formats()) {
    const detail::Codes codes(f);
    int wrong = 0;
    for (const std::uint64_t code : codes_of(f, 2000)) {
      const std::uint64_t expected = codes.is_nan(code) ? codes.nan : code;
      for (const std::string& text : {to_string(f, code), exact_decimal(f, code), to_hex_string(f, code)})
        wrong += parse(text, f) != expected;
      for (const auto layout : {std::chars_format::general, std::chars_format::fixed, std::chars_format::scientific,
                                std::chars_format::hex})
        wrong += read(chars(f, code, layout), f, layout) != expected;
    }
    const std::string format = to_string(f);
    CAPTURE(format);
    CHECK(wrong == 0);
  }
}

TEST_CASE("all digits are those of an integer") {
  for (const FloatFormat& f : formats()) {
    int wrong = 0;
    for (const std::uint64_t code : codes_of(f, 2000)) {
      const double x = double_of(f, code);
      if (std::isfinite(x)) wrong += exact_decimal(f, code) != digits_of(x);
    }
    const std::string format = to_string(f);
    CAPTURE(format);
    CHECK(wrong == 0);
  }
}

TEST_CASE("with a precision, what printf makes of the exact value") {
  int count = 0;
  for (const FloatFormat& f : formats()) {
    int wrong = 0;
    for (const std::uint64_t code : codes_of(f, 4000)) {
      const double x = double_of(f, code);
      if (!std::isfinite(x)) continue;
      ++count;
      for (const int precision : {count % 7, count % 23, count % 61, -1}) {
        wrong += chars(f, code, std::chars_format::scientific, precision) != printed("%.*e", precision, x);
        wrong += chars(f, code, std::chars_format::fixed, precision) != printed("%.*f", precision, x);
        wrong += chars(f, code, std::chars_format::general, precision) != printed("%.*g", precision, x);
        // The C library may put 2 before the point where rounding carries, and has zeros in subnormals: compare
        // numbers.
        if (x != 0 && !std::isnormal(x)) continue;
        const int places = std::max(precision, 0);
        const std::string hex = chars(f, code, std::chars_format::hex, places);
        const std::string whole = std::signbit(x) ? "-0x" + hex.substr(1) : "0x" + hex;
        wrong += std::strtod(whole.c_str(), nullptr) != std::strtod(printed("%.*a", places, x).c_str(), nullptr);
      }
    }
    const std::string format = to_string(f);
    CAPTURE(format);
    CHECK(wrong == 0);
  }
}

TEST_CASE("float and double without a precision: std::to_chars in every layout") {
  std::mt19937_64 random(3);
  int wrong = 0;
  const auto compare = [&]<class T>(T x) {
    if (std::isnan(x)) return;
    for (const auto layout : {std::chars_format::fixed, std::chars_format::scientific, std::chars_format::hex}) {
      if (layout == std::chars_format::hex && !std::isnormal(x) && std::isfinite(x)) continue;  // 0.0…p-1022 there
      char buffer[1200];
      const std::string expected(buffer, std::to_chars(buffer, buffer + sizeof buffer, x, layout).ptr);
      wrong += chars(format_of<T>, to_code(x), layout) != expected;
    }
    char buffer[64];
    const std::string expected(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
    wrong += to_string(format_of<T>, to_code(x)) != expected;
  };
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t bits = random();
    compare(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    compare(static_cast<float>(bits >> 40) / static_cast<float>(1 << (bits % 24)));
    compare(std::bit_cast<double>(bits));
    compare(static_cast<double>(bits >> 11) / static_cast<double>(std::uint64_t{1} << (bits % 60)));
  }
  for (const double x :
       {5e-324, 1e23, 9007199254740993.0, 2.2250738585072014e-308, 1.7976931348623157e308, 0.3, 123456789012345680.0})
    compare(x);
  CHECK(wrong == 0);
}

TEST_CASE("bits: the fields that a format has") {
  int wrong = 0;
  for (const FloatFormat& f : formats())
    for (const std::uint64_t code : codes_of(f, 100)) {
      std::string bits = std::bitset<64>(code).to_string().substr(64 - static_cast<std::size_t>(f.bits()));
      if (f.fraction_bits() > 0) bits.insert(bits.size() - static_cast<std::size_t>(f.fraction_bits()), " ");
      if (f.is_signed) bits.insert(1, " ");
      wrong += bit_string(f, code) != bits;
    }
  CHECK(wrong == 0);
  CHECK(bit_string(1_e8m0fnu) == "01111111");
  CHECK(bit_string(-6_e2m1fn) == "1 11 1");
}

TEST_CASE("a range that is too short: nothing beyond it, and all of it told") {
  for (const auto layout :
       {std::chars_format::general, std::chars_format::fixed, std::chars_format::scientific, std::chars_format::hex}) {
    const std::string whole = chars(binary16, 0x8001, layout);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      std::string buffer(whole.size() + 1, '#');
      const auto [end, error] = to_chars(buffer.data(), buffer.data() + size, -0x1p-24_f16, layout);
      const bool fits = size == whole.size();
      CHECK(error == (fits ? std::errc() : std::errc::value_too_large));
      CHECK(end == buffer.data() + size);
      CHECK(buffer.substr(size) == std::string(buffer.size() - size, '#'));
      if (fits) CHECK(buffer.substr(0, size) == whole);
    }
  }
}

TEST_CASE("from_chars stops where std::from_chars stops") {
  std::mt19937 random(5);
  int wrong = 0, numbers = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    // Mostly digits; what else a number has; beginnings of the words.
    for (std::size_t n = random() % 8; n > 0; --n) text += "0123456789012345.e-+EpxXabF \t'"[random() % 30];
    if (random() % 8 == 0)
      text = std::string(random() % 2 ? "-" : "") + std::string("infinity").substr(0, random() % 9) + text;
    if (random() % 16 == 0) text = "nAN" + text;
    for (const auto layout : {std::chars_format::general, std::chars_format::fixed, std::chars_format::scientific,
                              std::chars_format::hex}) {
      if (layout == std::chars_format::hex && text.find("+-") != std::string::npos) continue;  // libstdc++ takes p+-1
      float expected = 7;
      auto actual = basic_float<binary32>::from_bits(to_code(7.0f));
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), expected, layout);
      const auto result = from_chars(text.data(), text.data() + text.size(), actual, layout);
      const bool same =
          result.ptr == end && result.ec == error &&
          (error == std::errc::result_out_of_range || actual.bits() == to_code(expected) || std::isnan(expected));
      numbers += error == std::errc();
      if (same || ++wrong > 3) continue;
      CAPTURE(text);
      CAPTURE(static_cast<int>(layout));
      CHECK(end - text.data() == result.ptr - text.data());
      CHECK(static_cast<int>(error) == static_cast<int>(result.ec));
      CHECK(to_code(expected) == actual.bits());
    }
  }
  CHECK(wrong == 0);
  CHECK(numbers > 100'000);
}

TEST_CASE("from_chars: out of range, and directions") {
  const auto read_as = [](std::string_view text, const Arithmetic& how = {}) {
    float16 x = 7_f16;
    const auto [end, error] = from_chars(text.data(), text.data() + text.size(), x, std::chars_format::general, how);
    return std::pair(int{x.bits()}, error);
  };
  CHECK(read_as("65520") == std::pair(0x7C00, std::errc::result_out_of_range));
  CHECK(read_as("-65520", {.rounding = Rounding::toward_zero}) == std::pair(0xFBFF, std::errc()));
  CHECK(read_as("-65536", {.rounding = Rounding::toward_zero}) == std::pair(0xFBFF, std::errc::result_out_of_range));
  CHECK(read_as("1e5", {.overflow = Overflow::saturate}) == std::pair(0x7BFF, std::errc::result_out_of_range));
  CHECK(read_as("1e-9") == std::pair(0, std::errc::result_out_of_range));
  CHECK(read_as("1e-9", {.rounding = Rounding::toward_positive}) == std::pair(1, std::errc()));
  CHECK(read_as("1e-7") == std::pair(2, std::errc()));
  CHECK(read_as("0") == std::pair(0, std::errc()));
  CHECK(read_as("inf") == std::pair(0x7C00, std::errc()));
  CHECK(read_as("x") == std::pair(0x4700, std::errc::invalid_argument));
  // A third has random bits in all places: 0x3555.55…
  const Arithmetic stochastic{.rounding = Rounding::stochastic, .random_bits = 8};
  const std::string third = "0." + std::string(60, '3');
  CHECK(parse(third, binary16, stochastic, 0) == 0x3555);
  CHECK(parse(third, binary16, stochastic, 0xAA) == 0x3555);
  CHECK(parse(third, binary16, stochastic, 0xAB) == 0x3556);
}

TEST_CASE("double, in every direction: a hair beside numbers and ties") {
  const auto hair = [](std::string text) {
    return text + (text.find('.') == std::string::npos ? "." : "") + std::string(900, '0') + "1";
  };
  std::mt19937_64 random(6);
  int wrong = 0;
  for (int i = 0; i < 400; ++i) {
    const double x = std::bit_cast<double>(i % 4 == 0 ? random() >> 12 : (random() & 0x7FFFFFFFFFFFFFFF));
    const double next = std::nextafter(x, INFINITY);
    if (!std::isfinite(next)) continue;
    // The digits of the tie between them: their sum's digits halved, by integers in units of 2^−1075.
    const auto units = [](double y) {
      int exponent = 0;
      const auto significand = static_cast<std::uint64_t>(std::ldexp(std::frexp(y, &exponent), 53));
      return exponent - 53 + 1075 >= 0 ? cpp_int(significand) << (exponent - 53 + 1075)
                                       : cpp_int(significand) >> -(exponent - 53 + 1075);
    };
    std::string tie = ((units(x) + units(next)) / 2 * boost::multiprecision::pow(cpp_int(5), 1075)).str();
    if (tie.size() <= 1075) tie.insert(0, 1076 - tie.size(), '0');
    tie.insert(tie.size() - 1075, ".");
    const bool x_is_even = std::bit_cast<std::uint64_t>(x) % 2 == 0;
    wrong += parse<double>(tie) != (x_is_even ? x : next);
    wrong += parse<double>(tie, Rounding::ties_to_away) != next;
    wrong += parse<double>(hair(tie)) != next;
    wrong += parse<double>(tie, Rounding::to_odd) != (x_is_even ? next : x);
    wrong += parse<double>(exact_decimal(x), Rounding::toward_positive) != x;
    wrong += parse<double>(hair(exact_decimal(x)), Rounding::toward_positive) != next;
    wrong += parse<double>(hair(exact_decimal(x))) != x;
    wrong += parse<double>(tie, Rounding::toward_negative) != x ||
             parse<double>("-" + tie, Rounding::toward_negative) != -next;
  }
  CHECK(wrong == 0);
}

TEST_CASE("texts to look at") {
  CHECK(to_string(std::numeric_limits<float6_e2m3fn>::max()) == "7.5");  // not 8, which saturates to it
  CHECK(to_string(std::numeric_limits<float4_e2m1fn>::max()) == "6");
  CHECK(to_string(0x1p-127_e8m0fnu) == "6e-39");
  CHECK(to_string(448_e4m3fn) == "448");
  CHECK(chars(e3m2fn, 0x1F, std::chars_format::scientific) == "2.8e+01");  // 30, a tie, saturates to it too
  CHECK(exact_decimal(0.1_f16) == "0.0999755859375");
  CHECK(exact_decimal(-0_f16) == "-0");
  CHECK(exact_decimal(5e-324).size() == 1076);
  CHECK(to_hex_string(0.1_f16) == "0x1.998p-4");
  CHECK(to_hex_string(0x1p-24_f16) == "0x1p-24");
  CHECK(to_hex_string(-0_f16) == "-0x0p+0");
  CHECK(to_hex_string(-std::numeric_limits<float>::infinity()) == "-inf");
  CHECK(chars(binary16, 0x3E00, std::chars_format::hex, 0) == "1p+1");
  CHECK(chars(binary16, 0xFE01, std::chars_format::fixed, 3) == "nan");
  CHECK(parse("nan", e2m1fn) == 8);  // what a conversion makes of it: −0
  CHECK(parse("inf", e2m1fn) == 7);
}

TEST_CASE("formats and codes that there are not") {
  CHECK_THROWS_WITH(to_string(e4m3fn, 0x1FF),
                    "[to_string] received the code 0x1ff, but a float8_e4m3fn has 8 bits; clear the others");
  CHECK_THROWS_AS(exact_decimal({30, 9, 255}, 0), ValueError);
  CHECK_THROWS_AS(bit_string(e2m1fn, 16), ValueError);
  CHECK_THROWS_AS(to_hex_string(binary16, 0x10000), ValueError);
  CHECK_THROWS_AS(parse("1", {2, 1, 0}), ValueError);
  char buffer[8];
  CHECK_THROWS_AS(to_chars(buffer, buffer + 8, e4m3fn, 0x100), ValueError);
}
