// A number format as data: the few integers that say what a binary floating-point format can hold.
#pragma once
#include <cstdint>
#include <string_view>

namespace halfway {

/// What the codes outside the finite numbers mean (names as in ml_dtypes).
enum class Specials : std::uint8_t {
  ieee,           ///< top exponent holds infinities and NaNs (IEEE 754, float8_e5m2)
  nan_all_ones,   ///< "fn": no infinities, NaN is the code with all bits set (float8_e4m3fn)
  nan_minus_zero  ///< "fnuz": no infinities, no −0; NaN is the code of −0
};

/// What an operation does with subnormal numbers.
enum class Subnormals : std::uint8_t { keep, flush };

/// IEEE 754 rounding directions, and rounding to odd (Boldo and Melquiond 2008).
enum class Rounding : std::uint8_t {
  ties_to_even,
  ties_to_away,
  toward_zero,
  toward_positive,
  toward_negative,
  to_odd
};

/// One binary floating-point format. Structural, so that it can be a template argument; its name stands in `name_of`.
struct FloatFormat {
  int precision;      ///< significand bits, the hidden one included
  int exponent_bits;  ///< width of the exponent field
  int bias;           ///< exponent field e stands for 2^(e − bias)
  Specials specials = Specials::ieee;

  /// Bits of a code: sign, exponent, fraction.
  constexpr int bits() const { return precision + exponent_bits; }
  /// Fraction bits that a code stores.
  constexpr int fraction_bits() const { return precision - 1; }
  /// Largest exponent of a finite number (value in [2^emax, 2^(emax+1))).
  constexpr int emax() const { return (1 << exponent_bits) - 1 - bias - (specials == Specials::ieee ? 1 : 0); }
  /// Exponent of the smallest normal number.
  constexpr int emin() const { return 1 - bias; }
  constexpr bool has_infinity() const { return specials == Specials::ieee; }

  friend constexpr bool operator==(const FloatFormat&, const FloatFormat&) = default;
};

inline constexpr FloatFormat binary16{11, 5, 15};
inline constexpr FloatFormat binary32{24, 8, 127};
inline constexpr FloatFormat binary64{53, 11, 1023};
inline constexpr FloatFormat bfloat{8, 8, 127};
inline constexpr FloatFormat e4m3fn{4, 4, 7, Specials::nan_all_ones};
inline constexpr FloatFormat e5m2{3, 5, 15};

template <FloatFormat F>
inline constexpr std::string_view name_of = "custom";
template <>
inline constexpr std::string_view name_of<binary16> = "float16";
template <>
inline constexpr std::string_view name_of<binary32> = "float32";
template <>
inline constexpr std::string_view name_of<binary64> = "float64";
template <>
inline constexpr std::string_view name_of<bfloat> = "bfloat16";
template <>
inline constexpr std::string_view name_of<e4m3fn> = "float8_e4m3fn";
template <>
inline constexpr std::string_view name_of<e5m2> = "float8_e5m2";

}  // namespace halfway
