// Literals, parsing, shortest printing, bit strings, neighbours and distances.
#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <sstream>
#include <string>

#include "formats_oracle.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/literals.hpp"
#include "halfway/formats/text.hpp"
#include "halfway/formats/ulp.hpp"

using namespace halfway;

static_assert((256_f16).bits() == 0x5C00 && (1e-5_f16).bits() == 0x00A8 && (1e-5_bf16).bits() == 0x3728);
static_assert((0x1p-24_f16).bits() == 1 && (0x1.8p1_bf16).bits() == 0x4040 && (0xFFp0_f16).bits() == 0x5BF8);
static_assert((65'504_f16).bits() == 0x7BFF && (65519.999_f16).bits() == 0x7BFF && (65520_f16).bits() == 0x7C00);
static_assert((0_f16).bits() == 0 && (0.0_bf16).bits() == 0 && (.5_f16).bits() == 0x3800 &&
              (1'0.5e-1_f16).bits() == 0x3C33);
// A tie, and what only a reader of the whole text sees to be none (double cannot tell them apart).
static_assert((1.00048828125_f16).bits() == 0x3C00);
static_assert((1.0004882812500000000000000000000000000000000000000001_f16).bits() == 0x3C01);
static_assert((1.0014648437499999999999999999999999999999999999999999_f16).bits() == 0x3C01);
static_assert((1.00146484375_f16).bits() == 0x3C02);

namespace {

std::string exact_text(double x) {
  std::string text(600, '\0');
  text.resize(static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%.200f", x)));
  return text.substr(0, text.find_last_not_of('0') + 1);
}

/// A decimal text a little below a positive number given exactly: 1.25 gives 1.2499…9.
std::string just_below(std::string text) {
  const auto last = text.find_last_of("123456789");
  --text[last];
  for (std::size_t i = last + 1; i < text.size(); ++i)
    if (text[i] != '.') text[i] = '9';
  if (text.find('.') == std::string::npos) text += '.';
  return text + std::string(150, '9');
}
std::string just_above(std::string text) {
  if (text.find('.') == std::string::npos) text += '.';
  return text + std::string(150, '0') + "1";
}

/// Every number and every midpoint of the format, exactly, a hair below and a hair above, in every direction.
template <class T>
void check_parsing() {
  const oracle::Format format(T::format);
  int wrong = 0;
  for (std::uint32_t i = 0; i <= format.max_finite(); i += (i % 64 == 40 ? 7 : 1)) {
    for (const bool is_midpoint : {false, true}) {
      const double t = is_midpoint ? format.midpoint(i) : format.values()[i];
      if (t == 0) continue;
      const std::string exact = exact_text(t);
      const struct {
        std::string text;
        int side;
      } cases[] = {{exact, 0}, {just_below(exact), -1}, {just_above(exact), 1}};
      for (const auto& [text, side] : cases)
        for (const bool negative : {false, true}) {
          const Rounding rounding = oracle::all_roundings[i % 6];
          // |text| − u is t − u, and where that is 0, the hair.
          const auto compare = [&, hair = side](double u) { return t < u ? -1 : t > u ? 1 : hair; };
          for (const Rounding direction : {Rounding::ties_to_even, rounding}) {
            const auto expected = format.round(negative, Arithmetic{.rounding = direction}, 0, compare).code;
            const std::string whole = (negative ? "-" : "") + text;
            const auto actual = parse<T>(whole, direction).bits();
            if (actual == expected || ++wrong > 5) continue;
            CAPTURE(whole);
            CHECK(actual == expected);
          }
        }
    }
  }
  CHECK(wrong == 0);
}

/// Prints and reads back every code, and shows that fewer digits would not do.
template <class T>
void check_printing() {
  const oracle::Format format(T::format);
  int wrong = 0;
  for (std::uint32_t code = 0; code < 1u << T::format.bits(); ++code) {
    const T x = T::from_bits(static_cast<typename T::storage_type>(code));
    const std::string text = to_string(x);
    if (format.is_nan(code)) {
      wrong += text != "nan" || parse<T>(text).bits() != format.nan();
      continue;
    }
    wrong += parse<T>(text).bits() != code;
    if (format.is_infinity(code) || format.is_zero(code)) continue;
    // Without sign, point, exponent and outer zeros, the text's digits; whole numbers may show more.
    const double value = std::fabs(format.value(code));
    std::string digits = text.substr(0, text.find('e'));
    std::erase_if(digits, [](char c) { return c == '.' || c == '-'; });
    digits.erase(0, digits.find_first_not_of('0'));
    digits.erase(digits.find_last_not_of('0') + 1);
    const bool shows_whole_number = value == std::floor(value) && text.find_first_of(".e") == std::string::npos;
    // The two decimals of n digits around the value: one of them is the nearest, which printf gives.
    for (int n = 1; n <= static_cast<int>(digits.size()); ++n) {
      char buffer[64];
      std::snprintf(buffer, sizeof buffer, "%.*e", n - 1, value);
      const double nearest = std::strtod(buffer, nullptr);
      const double step = std::pow(10.0, std::floor(std::log10(value)) - (n - 1));
      const auto reads_back = [&](double candidate) {
        if (candidate <= 0) return false;
        const oracle::Result rounded = format.round(candidate, Arithmetic{});
        return rounded.code == (code & ~format.sign()) && (rounded.events & oracle::overflow) == 0;
      };
      const bool some = reads_back(nearest) || reads_back(nearest + step) || reads_back(nearest - step);
      if (some) {
        wrong += n < static_cast<int>(digits.size()) && !shows_whole_number;
        // The closest of that length, if it is one that reads back.
        if (reads_back(nearest) && !shows_whole_number)
          wrong += std::fabs(std::strtod(text.c_str(), nullptr)) != nearest;
        break;
      }
    }
    if (wrong > 0) {
      CAPTURE(text);
      CAPTURE(code);
      REQUIRE(wrong == 0);
    }
  }
}

template <class Use>
void for_each_type(Use use) {
  use(float16());
  use(bfloat16());
  use(float8_e3m4());
  use(float8_e4m3());
  use(float8_e4m3fn());
  use(float8_e4m3fnuz());
  use(float8_e4m3b11fnuz());
  use(float8_e5m2());
  use(float8_e5m2fnuz());
  use(float8_e8m0fnu());
  use(float6_e2m3fn());
  use(float6_e3m2fn());
  use(float4_e2m1fn());
}

}  // namespace

TEST_CASE("parsing rounds once: numbers and ties, a hair below and above") {
  for_each_type([]<class T>(T) { check_parsing<T>(); });
}

TEST_CASE("parsing float agrees with std::from_chars") {
  std::mt19937_64 random(2);
  int wrong = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const auto digits = 1 + random() % 25;
    for (std::size_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random() % 10);
    if (random() % 2) text.insert(random() % text.size(), ".");
    if (random() % 2) text += "e" + std::to_string(static_cast<int>(random() % 110) - 60);
    float expected = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), expected);
    if (result.ec != std::errc()) continue;  // beyond float, which from_chars does not round
    wrong += to_code(parse<float>(text)) != to_code(expected);
  }
  CHECK(wrong == 0);
}

TEST_CASE("parsing: other ways to write a number") {
  CHECK(parse<float16>("+1").bits() == 0x3C00);
  CHECK(parse<float16>("1.").bits() == 0x3C00);
  CHECK(parse<float16>("-.5E+1").bits() == 0xC500);
  CHECK(parse<float16>("0X1P-24").bits() == 1);
  CHECK(parse<float16>("0x1p-25").bits() == 0);
  CHECK(parse<float16>("0x1.00000000000000000000001p-25").bits() == 1);
  CHECK(parse<float16>("0xFFFFFFFFFFFFFFFFFFFFp-76").bits() == 0x4C00);
  CHECK(parse<float16>("Inf").bits() == 0x7C00);
  CHECK(parse<float16>("-infinity").bits() == 0xFC00);
  CHECK(parse<bfloat16>("-NaN").bits() == 0x7FC0);
  CHECK(parse<float8_e4m3fn>("inf").bits() == 0x7F);
  CHECK(parse<bfloat16>("1e999999999999").bits() == 0x7F80);
  CHECK(parse<bfloat16>("-1e-999999999999").bits() == 0x8000);
  CHECK(parse<bfloat16>("1e-999999999999", Rounding::toward_positive).bits() == 1);
  CHECK(parse<bfloat16>("0e999999999999").bits() == 0);
  // A tie of large numbers, and one that the twelfth decimal breaks.
  CHECK(parse<bfloat16>("1185203306735838691328.000000000000").bits() == 0x6280);
  CHECK(parse<bfloat16>("1185203306735838691328.000000000001").bits() == 0x6281);
  CHECK(parse<bfloat16>("1" + std::string(3000, '0') + "e-3000").bits() == 0x3F80);
  CHECK(parse<bfloat16>("0." + std::string(3000, '0') + "1e3001").bits() == 0x3F80);
}

TEST_CASE("rubbish is a ValueError that says what was expected") {
  for (const std::string text : {"",    " 1", "1 ",  "+",     "-",     ".",  "e5",     "1e",  "1e+", "1.2.3", "0x",
                                 "0xg", "1x", "--1", "1'000", "infin", "na", "nan(0)", "0b1", "1f",  "½"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse<float16>(text), ValueError);
  }
  CHECK_THROWS_WITH(
      parse<float16>("1,5"),
      "[parse] received \"1,5\", which is not a number; write one such as 0.5, 1e-5, -0x1.8p-3, inf or nan");
}

TEST_CASE("every code prints as the shortest text that reads back") {
  for_each_type([]<class T>(T) { check_printing<T>(); });
}

TEST_CASE("the template's text for float is std::to_chars's") {
  std::mt19937 random(4);
  for (int i = 0; i < 200'000; ++i) {
    // Random codes, and numbers near 1 to 10^7, where the layout changes.
    const auto bits = static_cast<std::uint32_t>(random());
    const float x =
        i % 2 ? std::bit_cast<float>(bits) : static_cast<float>(bits >> 8) / static_cast<float>(1 << (bits % 24));
    if (std::isnan(x)) continue;
    char buffer[64];
    const std::string expected(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
    const std::string actual = to_string(basic_float<binary32>::from_bits(to_code(x)));
    if (actual != expected) CHECK(actual == expected);
  }
}

TEST_CASE("texts to look at") {
  std::ostringstream out;
  out << 0.1_f16 << ' ' << 1e-5_bf16 << ' ' << std::numeric_limits<float16>::max() << ' ' << -0_f16 << ' '
      << -std::numeric_limits<bfloat16>::infinity() << ' ' << float16(NAN) << ' '
      << std::numeric_limits<bfloat16>::max() << ' ' << std::numeric_limits<float16>::denorm_min() << ' ' << 3.14159_f16
      << ' ' << 99840_bf16;
  CHECK(out.str() == "0.1 1e-05 65504 -0 -inf nan 3.39e+38 6e-08 3.14 99840");
  out.str("");
  out.width(6);
  out << 1.5_f16;
  CHECK(out.str() == "   1.5");
  CHECK(bit_string(1_f16) == "0 01111 0000000000");
  CHECK(bit_string(-1.5_bf16) == "1 01111111 1000000");
  CHECK(bit_string(float8_e5m2(1)) == "0 01111 00");
  CHECK(bit_string(1.0f) == "0 01111111 00000000000000000000000");
}

TEST_CASE("neighbours, ulps and distances follow the number line") {
  const auto check = []<class T>(T) {
    const oracle::Format format(T::format);
    const auto make = [](std::uint32_t code) { return T::from_bits(static_cast<typename T::storage_type>(code)); };
    int wrong = 0;
    for (std::uint32_t i = 0; i <= format.max_finite(); ++i) {
      const T x = make(i);
      const bool last = i == format.max_finite();
      const std::uint32_t above = last ? (format.has_infinity() ? format.infinity() : i) : i + 1;
      wrong += next_up(x).bits() != above || next_down(-x).bits() != (above | format.sign());
      if (i > 0) wrong += next_down(x).bits() != i - 1 || next_up(-x).bits() != ((i - 1) | format.sign());
      wrong += ulp(x) != format.after(i) - format.values()[i] || ulp(-x) != ulp(x);
      wrong += ulp_distance(x, T(0)) != i || ulp_distance(-x, x) != 2 * i || ulp_distance(x, next_down(x)) != 1;
    }
    CHECK(wrong == 0);
    CHECK(next_up(-T(0)).bits() == 1);
    CHECK(next_down(T(0)).bits() == (format.sign() | 1));
    CHECK(next_up(make(format.nan())).bits() == format.nan());
    CHECK(std::isnan(ulp(make(format.nan()))));
  };
  check(float16());
  check(bfloat16());
  check(float8_e4m3fn());
  check(float8_e5m2());
  CHECK(ulp(std::numeric_limits<float16>::infinity()) == INFINITY);
  CHECK(next_up(std::numeric_limits<float16>::infinity()).bits() == 0x7C00);
  CHECK(next_down(std::numeric_limits<float16>::infinity()).bits() == 0x7BFF);
  CHECK(next_up(1.0) == std::nextafter(1.0, 2.0));
  CHECK(next_down(0.0f) == -std::numeric_limits<float>::denorm_min());
  CHECK(ulp(0.0) == std::numeric_limits<double>::denorm_min());
  const double largest = std::numeric_limits<double>::max();
  CHECK(ulp_distance(-largest, largest) == 2 * std::bit_cast<std::uint64_t>(largest));
  CHECK(ulp_distance(float16(NAN), -float16(NAN)) == 0);
  CHECK(ulp_distance(float16(NAN), 1_f16) == ~std::uint64_t{0});
}
