// 256_f16, 1e-5_bf16, 0x1p-24_f16, 448_e4m3fn: rounded once, from the text itself, while compiling.
#pragma once
#include "halfway/formats/basic_float.hpp"
#include "halfway/formats/detail/decimal.hpp"

namespace halfway {

namespace detail {

// Not constexpr: to get here is the compile error.
inline void only_decimal_and_hexadecimal_literals() {}

template <FloatFormat F>
consteval basic_float<F> literal(std::string_view text) {
  bool octal = text.size() > 1 && text[0] == '0';  // 017 is 15 to the compiler and 17 to a reader
  for (const char c : text) octal = octal && ((c >= '0' && c <= '9') || c == '\'');
  const auto number = read_number(text, true);
  if (octal || !number) only_decimal_and_hexadecimal_literals();
  Context context;
  return basic_float<F>::from_bits(static_cast<Storage<F>>(round_read_number(codes_of<F>, *number, context)));
}

}  // namespace detail

inline namespace literals {

consteval float16 operator""_f16(const char* text) { return detail::literal<binary16>(text); }
consteval bfloat16 operator""_bf16(const char* text) { return detail::literal<bfloat>(text); }
consteval tf32 operator""_tf32(const char* text) { return detail::literal<tensor_float>(text); }
// The others drop "float8_", "float6_", "float4_".
consteval float8_e3m4 operator""_e3m4(const char* text) { return detail::literal<e3m4>(text); }
consteval float8_e4m3 operator""_e4m3(const char* text) { return detail::literal<e4m3>(text); }
consteval float8_e4m3fn operator""_e4m3fn(const char* text) { return detail::literal<e4m3fn>(text); }
consteval float8_e4m3fnuz operator""_e4m3fnuz(const char* text) { return detail::literal<e4m3fnuz>(text); }
consteval float8_e4m3b11fnuz operator""_e4m3b11fnuz(const char* text) { return detail::literal<e4m3b11fnuz>(text); }
consteval float8_e5m2 operator""_e5m2(const char* text) { return detail::literal<e5m2>(text); }
consteval float8_e5m2fnuz operator""_e5m2fnuz(const char* text) { return detail::literal<e5m2fnuz>(text); }
consteval float8_e8m0fnu operator""_e8m0fnu(const char* text) { return detail::literal<e8m0fnu>(text); }
consteval float6_e2m3fn operator""_e2m3fn(const char* text) { return detail::literal<e2m3fn>(text); }
consteval float6_e3m2fn operator""_e3m2fn(const char* text) { return detail::literal<e3m2fn>(text); }
consteval float4_e2m1fn operator""_e2m1fn(const char* text) { return detail::literal<e2m1fn>(text); }

}  // namespace literals

}  // namespace halfway
