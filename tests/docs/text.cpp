// The programs of docs/text.md, run.
#include <halfway/formats/fmt_formatter.hpp>
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;

/// What cuda_fp16.h brings.
struct __half {
  unsigned short x;
};

template <>
struct halfway::same_layout_as<__half> {
  using type = halfway::float16;
};

namespace {

bool printing() {
  const float16 x(0.1);
  std::cout << x << '\n';                                           // 0.1: the shortest text that reads back
  std::cout << exact_decimal(x) << '\n';                            // 0.0999755859375
  std::cout << to_hex_string(x) << '\n';                            // 0x1.998p-4
  std::cout << bit_string(x) << '\n';                               // 0 01011 1001100110
  std::cout << fmt::format("{:8.3f}|{:#x}|{:b}", x, x, x) << '\n';  //    0.100|0x2e66|0 01011 1001100110
  return fmt::format("{:8.3f}|{:#x}|{:b}", x, x, x) == "   0.100|0x2e66|0 01011 1001100110";
}

bool reading() {
  static_assert((448_e4m3fn).bits() == 0x7E);
  const auto y = parse<bfloat16>("1e-40", Rounding::toward_positive);
  const std::uint64_t code = parse("0x1.8p1", parse_format("e4m3:bias=11"), {.rounding = Rounding::to_odd});
  return y.bits() == 2 && code == 0x64;
}

bool characters() {
  char buffer[32];
  const auto written = to_chars(buffer, buffer + sizeof buffer, 0.1_bf16, std::chars_format::scientific, 3);
  float8_e4m3fn z;
  const auto read = from_chars(buffer, written.ptr, z, std::chars_format::general, {.overflow = Overflow::saturate});
  return std::string(buffer, written.ptr) == "1.001e-01" && read.ec == std::errc() && z == 0.1_e4m3fn;
}

bool others() {
  std::vector<float16> x{1_f16, 2_f16};
  std::span<__half> theirs = view_as<__half>(std::span(x));  // the same memory: hand it to a kernel
  theirs[0] = to_foreign<__half>(3_f16);
  std::span<float16> ours = view_as<float16>(theirs);  // back again
  return ours[0] == 3_f16 && from_foreign(__half{0x4000}) == 2_f16;
}

}  // namespace

int main() { return printing() && reading() && characters() && others() ? 0 : 1; }
