// f(x) as a binary64 rounded to odd: exact where f(x) is a binary64 number, otherwise the truncated result with its
// last bit set. One more rounding of that, in any direction, to at most 51 bits of precision and 8 of exponent, is f(x)
// rounded correctly (Boldo and Melquiond 2008): a midpoint or a number of the format is never hit by accident.
#pragma once
#include "halfway/formats/math.hpp"

namespace halfway::detail {

/// For an x of at most 24 significant bits and |x| < 2^128. Special values as halfway::evaluate says. In integers;
/// about 0.1 µs to 2 µs.
double to_odd(Function f, double x);
double to_odd_pow(double x, double y);
double to_odd_atan2(double y, double x);

/// What evaluate_code makes of such a result of the operand x.
std::uint64_t round_to_odd_result(const Codes& to, const Codes& from, double odd, std::uint64_t x, Context& context);

}  // namespace halfway::detail
