// Formats as text: every supported format comes back, everything else is refused with a reason.
#include <doctest/doctest.h>

#include <string>

#include "halfway/errors.hpp"
#include "halfway/formats/format_text.hpp"

using namespace halfway;

namespace {

std::string error_of(std::string_view text) {
  try {
    parse_format(text);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("named formats") {
  for (const NamedFormat& each : named_formats) {
    CAPTURE(std::string(each.name));
    CHECK(parse_format(each.name) == each.format);
    CHECK(to_string(each.format) == each.name);
  }
}

TEST_CASE("the notation") {
  CHECK(parse_format("e5m10") == binary16);
  CHECK(parse_format("e11m52") == binary64);
  CHECK(parse_format("e4m3:bias=8:specials=nan_minus_zero") == e4m3fnuz);
  CHECK(parse_format("e8m0:specials=nan_all_ones:unsigned:no_zero") == e8m0fnu);
  CHECK(parse_format("e4m3:bias=-3") == FloatFormat{4, 4, -3});
  CHECK(parse_format("e4m3:unsigned:bias=9") == FloatFormat{4, 4, 9, Specials::ieee, false});
  CHECK(to_string(FloatFormat{4, 4, 9, Specials::p3109, false}) == "e4m3:bias=9:specials=p3109:unsigned");
  CHECK(to_string(FloatFormat{14, 8, 127}) == "e8m13");
}

TEST_CASE("every supported format reads back") {
  int count = 0;
  for (int exponent_bits = 1; exponent_bits <= 8; ++exponent_bits)
    for (int precision = 1; precision <= 24; ++precision)
      for (int specials = 0; specials < 5; ++specials)
        for (const int bias : {-127, -1, 0, 1, 7, 15, 127, 382})
          for (const bool is_signed : {true, false})
            for (const bool has_zero : {true, false}) {
              const FloatFormat format{precision, exponent_bits, bias, static_cast<Specials>(specials),
                                       is_signed, has_zero};
              if (!is_supported(format)) continue;
              ++count;
              if (parse_format(to_string(format)) != format) CHECK(to_string(format) == "something that reads back");
            }
  CHECK(count > 10'000);
}

TEST_CASE("lists") {
  CHECK(parse_formats("float16") == std::vector{binary16});
  CHECK(parse_formats("float16,e4m3:bias=8:specials=nan_minus_zero,bfloat16") ==
        std::vector{binary16, e4m3fnuz, bfloat});
  CHECK_THROWS_AS(parse_formats(""), ValueError);
  CHECK_THROWS_AS(parse_formats("float16,"), ValueError);
}

TEST_CASE("what is refused, and why") {
  CHECK(error_of("float17") ==
        "[parse_format] 'float17' is no format; there are float16, bfloat16, tf32, float32, float64, float8_e3m4, "
        "float8_e4m3, float8_e4m3fn, float8_e4m3fnuz, float8_e4m3b11fnuz, float8_e5m2, float8_e5m2fnuz, "
        "float8_e8m0fnu, float6_e2m3fn, float6_e3m2fn, float4_e2m1fn, and others by their widths: e5m10, "
        "e4m3:bias=8:specials=nan_minus_zero");
  for (const char* text : {"", "Float16", " float16", "e", "e5", "e5m", "em10", "e5m10x", "e-5m10", "e5m-1",
                           "float16:", "float16:unsigned", "e99999999999m1"}) {
    CAPTURE(std::string(text));
    CHECK(error_of(text).find("is no format; there are float16") != std::string::npos);
  }
  CHECK(error_of("e4m3:signed") ==
        "[parse_format] 'e4m3:signed' has the option 'signed'; there are bias=N, specials=NAME, unsigned and no_zero");
  CHECK(error_of("e4m3:") ==
        "[parse_format] 'e4m3:' has the option ''; there are bias=N, specials=NAME, unsigned and no_zero");
  CHECK(error_of("e4m3:bias=") == "[parse_format] 'e4m3:bias=' has the option 'bias='; write a bias such as bias=7");
  CHECK(error_of("e4m3:bias=7x") ==
        "[parse_format] 'e4m3:bias=7x' has the option 'bias=7x'; write a bias such as bias=7");
  CHECK(error_of("e4m3:specials=fn") ==
        "[parse_format] 'e4m3:specials=fn' has the option 'specials=fn'; there are specials=ieee, nan_all_ones, "
        "nan_minus_zero, p3109, none");
  for (const char* text : {"e0m3", "e9m3", "e8m24", "e99m1", "e1m99", "e4m3:bias=-128", "e4m3:bias=383", "e1m3",
                           "e4m3:no_zero", "e4m3:specials=nan_minus_zero:unsigned", "e1m0:specials=none"}) {
    CAPTURE(std::string(text));
    CHECK(error_of(text).find("is beyond the formats") != std::string::npos);
  }
}
