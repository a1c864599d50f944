// Number formats as text: names, and a notation for those that have none.
//
//   format    = name | custom
//   custom    = "e" digits "m" digits { ":" option }      exponent bits, fraction bits: e5m10
//   option    = "bias=" [ "-" ] digits                    default: 2^(exponent bits − 1) − 1, as in IEEE 754
//             | "specials=" ( "ieee" | "nan_all_ones" | "nan_minus_zero" | "p3109" | "none" )      default: ieee
//             | "unsigned" | "no_zero"
//
// float8_e4m3fnuz is e4m3:bias=8:specials=nan_minus_zero, float8_e8m0fnu e8m0:specials=nan_all_ones:unsigned:no_zero.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "halfway/formats/float_format.hpp"

namespace halfway {

/// "ieee", "nan_all_ones", …
std::string_view name(Specials specials);

/// The name of a format or, if it has none, its notation without what is default; parse_format reads it back.
std::string to_string(const FloatFormat& format);

/// The format that a text names or describes. ValueError lists the names there are, or says which part is wrong.
FloatFormat parse_format(std::string_view text);

/// The formats of a list with commas: "float16,bfloat16,e4m3:bias=7".
std::vector<FloatFormat> parse_formats(std::string_view list);

}  // namespace halfway
