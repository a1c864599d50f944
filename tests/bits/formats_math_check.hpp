// Every function of every `step`th code of a format, in every direction, against MPFR.
#pragma once
#include <doctest/doctest.h>

#include <string>

#include "formats/math_to_odd.hpp"
#include "formats_math_oracle.hpp"

inline constexpr auto all_functions = [] {
  std::array<halfway::Function, halfway::function_names.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<halfway::Function>(i);
  return all;
}();

template <halfway::FloatFormat F>
void check_functions(std::uint32_t step) {
  using namespace halfway;
  using T = basic_float<F>;
  CAPTURE(std::string(name_of<F>));
  const oracle::Format format(F);
  for (const Function f : all_functions) {
    CAPTURE(std::string(name(f)));
    std::uint32_t wrong = 0, example = 0;
    for (std::uint32_t code = 0; code < (1u << F.bits()); code += step) {
      if (!format.is_finite(code)) continue;
      const T x = T::from_bits(static_cast<typename T::storage_type>(code));
      const oracle::Truncated expected = oracle::evaluate(f, format.value(code));
      bool right = oracle::says(detail::to_odd(f, format.value(code)), expected);
      for (const Rounding rounding : oracle::all_roundings)
        right = right && evaluate(f, x, {.rounding = rounding}).bits() ==
                             oracle::round(format, expected, {.rounding = rounding}).code;
      if (!right) ++wrong, example = code;
    }
    CAPTURE(example);
    CHECK(wrong == 0);
  }
}
