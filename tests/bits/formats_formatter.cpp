// Formatters: {fmt}'s and, where there is <format>, the standard library's, with one set of specifications.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "halfway/formats/fmt_formatter.hpp"
#include "halfway/formats/text.hpp"

using namespace halfway;

namespace {

struct Fmt {
  template <class T>
  static std::string format(std::string_view text, T x) {
    return fmt::format(fmt::runtime(text), x);
  }
  using Error = fmt::format_error;
};

#ifdef __cpp_lib_format
struct Std {
  template <class T>
  static std::string format(std::string_view text, T x) {
    return std::vformat(text, std::make_format_args(x));
  }
  using Error = std::format_error;
};
#endif

template <class Formatter>
void check() {
  const auto format = [](std::string_view text, auto x) { return Formatter::format(text, x); };
  CHECK(format("{}", float16(0.1)) == "0.1");
  CHECK(format("[{:8}]", float16(1.5)) == "[     1.5]");
  CHECK(format("{:<8}|", float16(1.5)) == "1.5     |");
  CHECK(format("{:*^8}", float16(1.5)) == "**1.5***");
  CHECK(format("{:½>5}", float16(1.5)) == "½½1.5");
  CHECK(format("{:→>5}", float16(1.5)) == "→→1.5");
  CHECK(format("{:<>5}", float16(1.5)) == "<<1.5");
  CHECK(format("{:+}", bfloat16(1.5)) == "+1.5");
  CHECK(format("{: }", bfloat16(1.5)) == " 1.5");
  CHECK(format("{:+}", bfloat16(-1.5)) == "-1.5");
  CHECK(format("{:08}", bfloat16(-1.5)) == "-00001.5");
  CHECK(format("{:<08}", bfloat16(-1.5)) == "-1.5    ");
  CHECK(format("{:06}", std::numeric_limits<bfloat16>::infinity()) == "   inf");
  CHECK(format("{:.3f}", float16(0.1)) == "0.100");
  CHECK(format("{:.0f}", float16(2.5)) == "2");
  CHECK(format("{:f}", float8_e4m3fn(1)) == "1.000000");
  CHECK(format("{:.3e}", float16(0x1p-24)) == "5.960e-08");
  CHECK(format("{:.2E}", float16(65504)) == "6.55E+04");
  CHECK(format("{:.3}", float16(65504)) == "6.55e+04");
  CHECK(format("{:g}", float16(65504)) == "65504");
  CHECK(format("{:.3G}", float16(65504)) == "6.55E+04");
  CHECK(format("{:a}", float16(0.1)) == "1.998p-4");
  CHECK(format("{:#a}", float16(-0.1)) == "-0x1.998p-4");
  CHECK(format("{:#.1A}", float16(0.1)) == "0X1.AP-4");
  CHECK(format("{:#010a}", float16(1)) == "0x00001p+0");
  CHECK(format("{:x}", float16(1)) == "3c00");
  CHECK(format("{:#X}", float16(1)) == "0X3C00");
  CHECK(format("{:#06x}", float8_e4m3fn(1)) == "0x0038");
  CHECK(format("{:x}", tf32(1)) == "1fc00");
  CHECK(format("{:x}", float4_e2m1fn(1)) == "2");
  CHECK(format("{:b}", bfloat16(-1.5)) == "1 01111111 1000000");
  CHECK(format("{:12b}|", float8_e8m0fnu(1)) == "    01111111|");
  CHECK(format("{:F}", std::numeric_limits<float16>::quiet_NaN()) == "NAN");
  CHECK(format("{:.200f}", float16(1)).size() == 202);
  for (const char* wrong :
       {"{:d}", "{:#f}", "{:#}", "{:+x}", "{:.2b}", "{:.}", "{:.f}", "{:8 }", "{:1234567}", "{:ff}", "{:L}"}) {
    CAPTURE(std::string(wrong));
    CHECK_THROWS_AS(format(wrong, float16(1)), typename Formatter::Error);
  }
  // Every code, without a specification.
  int wrong = 0;
  for (std::uint32_t code = 0; code < 0x10000; code += 7) {
    const auto x = float16::from_bits(static_cast<std::uint16_t>(code));
    wrong += format("{}", x) != to_string(x);
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("fmt") { check<Fmt>(); }

#ifdef __cpp_lib_format
TEST_CASE("std::format") { check<Std>(); }
#endif
