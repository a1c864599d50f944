// Operations on arrays of numbers of any format: each element is computed exactly and rounded once, to any format.
//
// The results are those of the scalar operations, bit for bit, on every instruction set and thread count, whatever the
// caller left in the floating-point environment. `evaluate_ref` is the definition: one scalar after the other, in
// integers; `evaluate` is its fast twin.
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string_view>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway {

/// What `evaluate` computes of its operands x, y and z.
enum class Operation : std::uint8_t {
  convert,
  square_root,
  round_to_integral,  ///< in the direction of the arithmetic; stochastic too
  logb,               ///< ⌊log2 |x|⌋ as a number; of zero −∞, of an infinity +∞
  ulp,  ///< the distance between the numbers of x's binade: 2^(⌊log2 |x|⌋ + 1 − p), or the subnormals'
  add,
  subtract,
  multiply,
  divide,
  remainder,  ///< x − n·y, n the integer nearest to x/y, of two the even one
  scalb,      ///< x·2^y; y is an integer, NaN gives NaN
  fma,        ///< x·y + z
  pow,        ///< x^y as in math.hpp; operands and result have one format, as for all that follow
  atan2,      ///< the angle whose tangent is x/y, as atan2(x, y) in math.hpp
  abs,        ///< this and the rest choose a code: nothing is rounded
  negate,
  copysign,  ///< the magnitude of x with the sign of y
  minimum,   ///< IEEE 754-2019 9.6: NaN if either is; −0 < +0
  maximum,
  minimum_number,  ///< the other one if one is NaN
  maximum_number,
  next_up,
  next_down
};

struct OperationInfo {
  std::string_view name;
  int operands;
};
inline constexpr std::array<OperationInfo, 23> operation_table{{{"convert", 1},
                                                                {"square_root", 1},
                                                                {"round_to_integral", 1},
                                                                {"logb", 1},
                                                                {"ulp", 1},
                                                                {"add", 2},
                                                                {"subtract", 2},
                                                                {"multiply", 2},
                                                                {"divide", 2},
                                                                {"remainder", 2},
                                                                {"scalb", 2},
                                                                {"fma", 3},
                                                                {"pow", 2},
                                                                {"atan2", 2},
                                                                {"abs", 1},
                                                                {"negate", 1},
                                                                {"copysign", 2},
                                                                {"minimum", 2},
                                                                {"maximum", 2},
                                                                {"minimum_number", 2},
                                                                {"maximum_number", 2},
                                                                {"next_up", 1},
                                                                {"next_down", 1}}};
/// "add", …
constexpr std::string_view name(Operation o) { return operation_table[static_cast<std::size_t>(o)].name; }
/// Whether operands and result must have one format.
constexpr bool takes_one_format(Operation o) { return o >= Operation::pow; }
/// Whether it moves codes rather than round numbers.
constexpr bool is_choice(Operation o) { return o >= Operation::abs; }
/// How many operands it takes: 1, 2 or 3.
constexpr int operands_of(Operation o) { return operation_table[static_cast<std::size_t>(o)].operands; }
/// The operation of that name, or nothing.
constexpr std::optional<Operation> find_operation(std::string_view text) {
  for (std::size_t i = 0; i < operation_table.size(); ++i)
    if (operation_table[i].name == text) return static_cast<Operation>(i);
  return std::nullopt;
}

/// Integers instead of the numbers of a format.
struct IntegerType {
  int bits = 0;  ///< 8, 16, 32 or 64; 0 for none
  bool is_signed = true;

  friend constexpr bool operator==(const IntegerType&, const IntegerType&) = default;
};

/// Numbers of `format` that somebody else owns, as codes in the smallest of 8, 16, 32 (float64: 64) bits; element i
/// stands at data[i·stride], counted in elements. If `integers` has bits, they are such integers, and `format` is of no
/// account.
struct ConstArray {
  const void* data;
  FloatFormat format;
  std::int64_t size;
  std::int64_t stride = 1;
  IntegerType integers = {};
};

/// How an array holds the numbers of its format.
enum class Held : std::uint8_t { as_codes, as_float32, as_float64 };

/// The same to write to. Held as float32, numbers of a narrower format stand as the float32 numbers of equal value (its
/// specials too): formats without a code of their own, E8M13 say, are studied so.
struct Array {
  void* data;
  FloatFormat format;
  std::int64_t size;
  std::int64_t stride = 1;
  Held held = Held::as_codes;
  IntegerType integers = {};
};

/// result[i] = operation(operands[0][i], …), computed exactly and rounded once to the result's format under `how`.
///
/// Operands may be of any formats and the result of another; float64 and integers are for `convert` alone. To integers
/// numbers are rounded in the direction of `how`; beyond their range, which is invalid, the nearest end of it is given,
/// for NaN 0. An array may be an operand
/// and the result at once, element for element; other overlap is not allowed. What happened is added to `events`, if
/// given. Throws ValueError for a wrong number of operands, a format or a number of random bits that is not supported,
/// ShapeError for sizes that differ.
///
/// Cost: conversions between float32 and the 16-bit formats run at the speed of memory, and so do their sums, products,
/// quotients and roots to nearest even; everything else takes about a nanosecond an element, but for `remainder`,
/// integers as results, rounding to integers when events are counted, and unsigned formats then: tens of them. OpenMP
/// above execution::threading_threshold().
///
/// `random` may bring the random integers of stochastic rounding, each below 2^random_bits, one for each element; else
/// element i gets random_bits_of(how, i).
void evaluate(Operation operation, std::span<const ConstArray> operands, const Array& result,
              const Arithmetic& how = {}, EventCounts* events = nullptr, std::span<const std::uint32_t> random = {});

/// The definition.
void evaluate_ref(Operation operation, std::span<const ConstArray> operands, const Array& result,
                  const Arithmetic& how = {}, EventCounts* events = nullptr,
                  std::span<const std::uint32_t> random = {});

template <class T>
concept Number = FormattedFloat<T> ||(std::integral<T> && !std::same_as<T, bool>);
/// A contiguous range of float, double, float16, …, or of integers: a vector, a span, an array.
template <class Range>
concept NumberRange = std::ranges::contiguous_range<Range> && Number<std::ranges::range_value_t<Range>>;

namespace detail {
template <Number T>
constexpr FloatFormat format_of_element() {
  if constexpr (FormattedFloat<T>) return format_of<T>;
  return binary64;
}
template <Number T>
constexpr IntegerType integers_of_element() {
  if constexpr (FormattedFloat<T>) return {};
  return {8 * static_cast<int>(sizeof(T)), std::is_signed_v<T>};
}
}  // namespace detail

template <NumberRange Range>
ConstArray array_of(const Range& range) {
  using T = std::ranges::range_value_t<Range>;
  return {std::data(range), detail::format_of_element<T>(), static_cast<std::int64_t>(std::size(range)), 1,
          detail::integers_of_element<T>()};
}
template <NumberRange Range>
Array result_array(Range&& range) {
  using T = std::ranges::range_value_t<Range>;
  return {std::data(range), detail::format_of_element<T>(),  static_cast<std::int64_t>(std::size(range)), 1,
          Held::as_codes,   detail::integers_of_element<T>()};
}

template <NumberRange X, NumberRange Y, NumberRange Out>
void add(const X& x, const Y& y, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const std::array operands{array_of(x), array_of(y)};
  evaluate(Operation::add, operands, result_array(out), how, events);
}
template <NumberRange X, NumberRange Y, NumberRange Out>
void subtract(const X& x, const Y& y, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const std::array operands{array_of(x), array_of(y)};
  evaluate(Operation::subtract, operands, result_array(out), how, events);
}
template <NumberRange X, NumberRange Y, NumberRange Out>
void multiply(const X& x, const Y& y, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const std::array operands{array_of(x), array_of(y)};
  evaluate(Operation::multiply, operands, result_array(out), how, events);
}
template <NumberRange X, NumberRange Y, NumberRange Out>
void divide(const X& x, const Y& y, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const std::array operands{array_of(x), array_of(y)};
  evaluate(Operation::divide, operands, result_array(out), how, events);
}
template <NumberRange X, NumberRange Out>
void square_root(const X& x, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const ConstArray operand = array_of(x);
  evaluate(Operation::square_root, {&operand, 1}, result_array(out), how, events);
}
template <NumberRange X, NumberRange Y, NumberRange Z, NumberRange Out>
void fma(const X& x, const Y& y, const Z& z, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const std::array operands{array_of(x), array_of(y), array_of(z)};
  evaluate(Operation::fma, operands, result_array(out), how, events);
}

/// What `compare` tells of x and y. A NaN is unordered: all but not_equal and unordered are then false.
enum class Comparison : std::uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  unordered,
  total_order  ///< x comes before y, or is y, in IEEE 754's totalOrder, which tells NaNs and zeros apart; one format
};

/// out[i] = 1 if x[i] and y[i] compare so, else 0. Formats may differ. A nanosecond an element; total_order tens of
/// them.
void compare(Comparison comparison, const ConstArray& x, const ConstArray& y, std::span<std::uint8_t> out);
/// The definition.
void compare_ref(Comparison comparison, const ConstArray& x, const ConstArray& y, std::span<std::uint8_t> out);

}  // namespace halfway
