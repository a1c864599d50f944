// Functions of codes: to odd in binary64, then rounded once into the format.
#include "formats/math_to_odd.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::detail {

namespace {

constexpr const Codes& doubles = codes_of<binary64>;

double value_of(std::uint64_t code) { return std::bit_cast<double>(code); }

/// The code of binary64 that `odd`, computed from operands of these codes, rounds to; with its events.
std::uint64_t rounded(const Codes& to, double odd, std::uint64_t x, std::uint64_t y, Context& context) {
  const auto code = std::bit_cast<std::uint64_t>(odd);
  if (doubles.is_nan(code) && !doubles.is_nan(x) && !doubles.is_nan(y)) return invalid(to, context);
  if (doubles.is_infinity(code) && doubles.is_finite(x) && doubles.is_finite(y))
    context.events |= event_divided_by_zero;
  return convert_code(to, doubles, code, context);
}

}  // namespace

std::uint64_t evaluate_code(const Codes& to, const Codes& from, Function f, std::uint64_t x, Context& context) {
  const std::uint64_t operand = convert_code(doubles, from, x, context);
  return rounded(to, to_odd(f, value_of(operand)), operand, operand, context);
}

std::uint64_t round_to_odd_result(const Codes& to, const Codes& from, double odd, std::uint64_t x, Context& context) {
  const std::uint64_t operand = convert_code(doubles, from, x, context);
  return rounded(to, odd, operand, operand, context);
}

std::uint64_t pow_code(const Codes& format, std::uint64_t x, std::uint64_t y, Context& context) {
  const std::uint64_t base = convert_code(doubles, format, x, context);
  const std::uint64_t exponent = convert_code(doubles, format, y, context);
  return rounded(format, to_odd_pow(value_of(base), value_of(exponent)), base, exponent, context);
}

std::uint64_t atan2_code(const Codes& format, std::uint64_t y, std::uint64_t x, Context& context) {
  const std::uint64_t height = convert_code(doubles, format, y, context);
  const std::uint64_t base = convert_code(doubles, format, x, context);
  return rounded(format, to_odd_atan2(value_of(height), value_of(base)), height, base, context);
}

}  // namespace halfway::detail
