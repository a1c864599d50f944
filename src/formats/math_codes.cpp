// Functions of codes: to odd in binary64, then rounded once into the format.
#include <cmath>

#include "formats/math_to_odd.hpp"

namespace halfway::detail {

namespace {

std::uint64_t bits_of(double x) { return std::bit_cast<std::uint64_t>(x); }

/// The operand as a double, flushed if the context says so.
double operand(const Codes& format, std::uint64_t code, Context& context) {
  return std::bit_cast<double>(convert_code(codes_of<binary64>, format, code, context));
}

}  // namespace

std::uint64_t round_to_odd_result(const Codes& format, double result, Context& context) {
  return convert_code(format, codes_of<binary64>, bits_of(result), context);
}

std::uint64_t evaluate_code(const Codes& format, Function f, std::uint64_t x, Context& context) {
  return round_to_odd_result(format, to_odd(f, operand(format, x, context)), context);
}

std::uint64_t pow_code(const Codes& format, std::uint64_t x, std::uint64_t y, Context& context) {
  const double base = operand(format, x, context);
  return round_to_odd_result(format, to_odd_pow(base, operand(format, y, context)), context);
}

std::uint64_t atan2_code(const Codes& format, std::uint64_t y, std::uint64_t x, Context& context) {
  const double height = operand(format, y, context);
  return round_to_odd_result(format, to_odd_atan2(height, operand(format, x, context)), context);
}

}  // namespace halfway::detail
