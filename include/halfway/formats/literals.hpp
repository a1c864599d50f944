// 256_f16, 1e-5_bf16, 0x1p-24_f16: rounded once, from the text itself, while compiling.
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
  return basic_float<F>::from_bits(static_cast<Storage<F>>(round_number<F>(*number)));
}

}  // namespace detail

inline namespace literals {

consteval float16 operator""_f16(const char* text) { return detail::literal<binary16>(text); }
consteval bfloat16 operator""_bf16(const char* text) { return detail::literal<bfloat>(text); }

}  // namespace literals

}  // namespace halfway
