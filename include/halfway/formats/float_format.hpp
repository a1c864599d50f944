// A number format as data: the few integers that say what a binary floating-point format can hold, and the table of
// those that have a name.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace halfway {

/// What the codes outside the finite numbers mean.
enum class Specials : std::uint8_t {
  ieee,            ///< the top exponent holds infinities and NaNs (IEEE 754, float8_e5m2)
  nan_all_ones,    ///< "fn": no infinities; NaN is the code with all bits set, of either sign (float8_e4m3fn)
  nan_minus_zero,  ///< "fnuz": no infinities, no −0; NaN is the code of −0
  p3109,           ///< IEEE P3109, extended domain: no −0, NaN is its code (unsigned: all ones); below, infinities
  none             ///< finite numbers only (float6_*, float4_*): what is beyond becomes the largest one, a NaN −0
};

/// One binary floating-point format. Structural, so that it can be a template argument; its name stands in
/// `named_formats`.
struct FloatFormat {
  int precision;      ///< significand bits, the hidden one included
  int exponent_bits;  ///< width of the exponent field
  int bias;           ///< exponent field e stands for 2^(e − bias)
  Specials specials = Specials::ieee;
  bool is_signed = true;
  bool has_zero = true;  ///< false: exponent field 0 is an exponent like any other; no zero, no subnormals (E8M0)

  /// Bits of a code: sign, exponent, fraction.
  constexpr int bits() const { return precision + exponent_bits - (is_signed ? 0 : 1); }
  /// Fraction bits that a code stores.
  constexpr int fraction_bits() const { return precision - 1; }
  /// Largest exponent of a finite number (value in [2^emax, 2^(emax+1))).
  constexpr int emax() const { return static_cast<int>(max_finite() >> fraction_bits()) - bias; }
  /// Exponent of the smallest normal number.
  constexpr int emin() const { return (has_zero ? 1 : 0) - bias; }
  constexpr bool has_infinity() const { return specials == Specials::ieee || specials == Specials::p3109; }
  constexpr bool has_nan() const { return specials != Specials::none; }
  constexpr bool has_minus_zero() const {
    return is_signed && has_zero && specials != Specials::nan_minus_zero && specials != Specials::p3109;
  }
  /// Bytes of the smallest unsigned integer that holds a code: 1, 2, 4 or 8.
  constexpr int storage_bytes() const { return bits() <= 8 ? 1 : bits() <= 16 ? 2 : bits() <= 32 ? 4 : 8; }
  /// The code of the largest finite number.
  constexpr std::uint64_t max_finite() const {
    const std::uint64_t all_ones = (std::uint64_t{1} << (bits() - (is_signed ? 1 : 0))) - 1;
    switch (specials) {
      case Specials::ieee: return all_ones - (std::uint64_t{1} << fraction_bits());
      case Specials::nan_all_ones: return all_ones - 1;
      case Specials::p3109: return all_ones - (is_signed ? 1 : 2);
      default: return all_ones;
    }
  }

  friend constexpr bool operator==(const FloatFormat&, const FloatFormat&) = default;
};

/// Whether the fields describe a format that the library computes with: at most 32 bits, 24 bits of precision and 8
/// bits of exponent, or binary64; the specials leave at least two finite numbers. Biases from −127 to 382.
constexpr bool is_supported(const FloatFormat& f) {
  if (f == FloatFormat{53, 11, 1023}) return true;
  if (f.precision < 1 || f.precision > 24 || f.exponent_bits < 1 || f.exponent_bits > 8) return false;
  if (f.bias < -127 || f.bias > 382 || f.bits() < 3 || f.bits() > 32) return false;
  if (f.specials == Specials::ieee && (f.precision < 2 || f.exponent_bits < 2)) return false;
  if (!f.is_signed && f.specials == Specials::nan_minus_zero) return false;
  return f.has_zero || (f.specials == Specials::nan_all_ones && f.precision == 1 && !f.is_signed);
}

inline constexpr FloatFormat binary16{11, 5, 15};
inline constexpr FloatFormat binary32{24, 8, 127};
inline constexpr FloatFormat binary64{53, 11, 1023};
inline constexpr FloatFormat bfloat{8, 8, 127};
inline constexpr FloatFormat tensor_float{11, 8, 127};
inline constexpr FloatFormat e3m4{5, 3, 3};
inline constexpr FloatFormat e4m3{4, 4, 7};
inline constexpr FloatFormat e4m3fn{4, 4, 7, Specials::nan_all_ones};
inline constexpr FloatFormat e4m3fnuz{4, 4, 8, Specials::nan_minus_zero};
inline constexpr FloatFormat e4m3b11fnuz{4, 4, 11, Specials::nan_minus_zero};
inline constexpr FloatFormat e5m2{3, 5, 15};
inline constexpr FloatFormat e5m2fnuz{3, 5, 16, Specials::nan_minus_zero};
inline constexpr FloatFormat e8m0fnu{1, 8, 127, Specials::nan_all_ones, false, false};
inline constexpr FloatFormat e2m3fn{4, 2, 1, Specials::none};
inline constexpr FloatFormat e3m2fn{3, 3, 3, Specials::none};
inline constexpr FloatFormat e2m1fn{2, 2, 1, Specials::none};

struct NamedFormat {
  std::string_view name;
  FloatFormat format;
};

/// The formats that have a name: IEEE 754's, NVIDIA's tf32, and the others as ml_dtypes and OCP (OFP8 1.0, MX 1.0) name
/// and define them.
inline constexpr std::array<NamedFormat, 16> named_formats{{{"float16", binary16},
                                                            {"bfloat16", bfloat},
                                                            {"tf32", tensor_float},
                                                            {"float32", binary32},
                                                            {"float64", binary64},
                                                            {"float8_e3m4", e3m4},
                                                            {"float8_e4m3", e4m3},
                                                            {"float8_e4m3fn", e4m3fn},
                                                            {"float8_e4m3fnuz", e4m3fnuz},
                                                            {"float8_e4m3b11fnuz", e4m3b11fnuz},
                                                            {"float8_e5m2", e5m2},
                                                            {"float8_e5m2fnuz", e5m2fnuz},
                                                            {"float8_e8m0fnu", e8m0fnu},
                                                            {"float6_e2m3fn", e2m3fn},
                                                            {"float6_e3m2fn", e3m2fn},
                                                            {"float4_e2m1fn", e2m1fn}}};

/// The name of a format, or "custom".
constexpr std::string_view name(const FloatFormat& f) {
  for (const NamedFormat& each : named_formats)
    if (each.format == f) return each.name;
  return "custom";
}
template <FloatFormat F>
inline constexpr std::string_view name_of = name(F);

/// The format of that name, or nothing.
constexpr std::optional<FloatFormat> find_format(std::string_view text) {
  for (const NamedFormat& each : named_formats)
    if (each.name == text) return each.format;
  return std::nullopt;
}

}  // namespace halfway
