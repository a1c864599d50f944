// Mathematical functions: correctly rounded in every direction for numbers of 16 bits and fewer, one by one and in
// bulk; a documented sequence with identical bits on every machine for float32. docs/functions.md has the table of
// errors.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "halfway/formats/bulk.hpp"
#include "halfway/formats/operations.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway {

/// The functions of one variable. gelu is x·Φ(x) with Φ the normal distribution's (not the approximation by tanh);
/// sigmoid 1/(1 + e^−x); silu x·sigmoid(x); softplus log(1 + e^x); rsqrt 1/√x; reciprocal 1/x.
enum class Function : std::uint8_t {
  exp,
  exp2,
  expm1,
  log,
  log2,
  log1p,
  sin,
  cos,
  tanh,
  sigmoid,
  softplus,
  erf,
  gelu,
  silu,
  rsqrt,
  reciprocal,
  cbrt
};

inline constexpr std::array<std::string_view, 17> function_names{
    "exp",     "exp2",     "expm1", "log",  "log2", "log1p", "sin",        "cos", "tanh",
    "sigmoid", "softplus", "erf",   "gelu", "silu", "rsqrt", "reciprocal", "cbrt"};
/// "exp", …
constexpr std::string_view name(Function f) { return function_names[static_cast<std::size_t>(f)]; }
/// The function of that name, or nothing.
constexpr std::optional<Function> find_function(std::string_view text) {
  for (std::size_t i = 0; i < function_names.size(); ++i)
    if (function_names[i] == text) return static_cast<Function>(i);
  return std::nullopt;
}

namespace detail {
// On codes; the context says how to round, and collects events.
std::uint64_t evaluate_code(const Codes& to, const Codes& from, Function f, std::uint64_t x, Context& context);
std::uint64_t pow_code(const Codes& format, std::uint64_t x, std::uint64_t y, Context& context);
std::uint64_t atan2_code(const Codes& format, std::uint64_t y, std::uint64_t x, Context& context);

/// compute(context) as a number, its events counted.
template <FloatFormat F, class Compute>
basic_float<F> computed(const Arithmetic& how, std::uint32_t random, EventCounts* events, Compute compute) {
  Context context{.how = how, .random = random};
  const std::uint64_t code = compute(context);
  if (events != nullptr) *events += counted(context);
  return basic_float<F>::from_bits(static_cast<Storage<F>>(code));
}
}  // namespace detail

/// f(x), rounded once as `how` says; `random` is what stochastic rounding compares with; what happened is added to
/// `events`, if given.
///
/// Correctly rounded: proved for every code of the formats of up to 16 bits that have a name, against MPFR. For others
/// (tf32, custom ones of up to 24 bits of precision) the result before rounding has a relative error below 2^−115.
/// Special values as IEEE 754-2019, section 9.2, has them: log(±0) = −∞, rsqrt(±0) = reciprocal(±0) = ±∞, a negative
/// argument of log, log2 and rsqrt, one below −1 of log1p, and sin(±∞) = cos(±∞) give NaN; functions that are odd keep
/// the sign of a zero; at ±∞ stands the limit, so that gelu(−∞) = silu(−∞) = −0. Cost: 0.1 µs to 3 µs.
template <FloatFormat F>
basic_float<F> evaluate(Function f, basic_float<F> x, const Arithmetic& how = {}, std::uint32_t random = 0,
                        EventCounts* events = nullptr) {
  return detail::computed<F>(how, random, events, [&](detail::Context& context) {
    return detail::evaluate_code(detail::codes_of<F>, detail::codes_of<F>, f, x.bits(), context);
  });
}

// evaluate(Function::exp, x, how), and so on.
#define HALFWAY_FUNCTION(f)                                                                \
  template <FloatFormat F>                                                                 \
  basic_float<F> f(basic_float<F> x, const Arithmetic& how = {}, std::uint32_t random = 0, \
                   EventCounts * events = nullptr) {                                       \
    return evaluate(Function::f, x, how, random, events);                                  \
  }
HALFWAY_FUNCTION(exp)
HALFWAY_FUNCTION(exp2)
HALFWAY_FUNCTION(expm1)
HALFWAY_FUNCTION(log)
HALFWAY_FUNCTION(log2)
HALFWAY_FUNCTION(log1p)
HALFWAY_FUNCTION(sin)
HALFWAY_FUNCTION(cos)
HALFWAY_FUNCTION(tanh)
HALFWAY_FUNCTION(sigmoid)
HALFWAY_FUNCTION(softplus)
HALFWAY_FUNCTION(erf)
HALFWAY_FUNCTION(gelu)
HALFWAY_FUNCTION(silu)
HALFWAY_FUNCTION(rsqrt)
HALFWAY_FUNCTION(reciprocal)
HALFWAY_FUNCTION(cbrt)
#undef HALFWAY_FUNCTION

/// x^y, rounded once. The result before rounding is exact where x^y has at most 53 bits, otherwise its relative error
/// is below 2^−115: a wrong last place needs a power within that of a number or midpoint of the format, and none is
/// known. Special values as IEEE 754-2019's pow: pow(x, ±0) = pow(1, y) = 1 even for NaN. Cost: about 0.5 µs.
template <FloatFormat F>
basic_float<F> pow(basic_float<F> x, basic_float<F> y, const Arithmetic& how = {}, std::uint32_t random = 0,
                   EventCounts* events = nullptr) {
  return detail::computed<F>(how, random, events, [&](detail::Context& context) {
    return detail::pow_code(detail::codes_of<F>, x.bits(), y.bits(), context);
  });
}

/// The angle of the point (x, y), in [−π, π], rounded once; the same bound and, for zeros and infinities, IEEE
/// 754-2019's atan2. Cost: about 1 µs.
template <FloatFormat F>
basic_float<F> atan2(basic_float<F> y, basic_float<F> x, const Arithmetic& how = {}, std::uint32_t random = 0,
                     EventCounts* events = nullptr) {
  return detail::computed<F>(how, random, events, [&](detail::Context& context) {
    return detail::atan2_code(detail::codes_of<F>, y.bits(), x.bits(), context);
  });
}

/// result[i] = f(x[i]), correctly rounded to the result's format under `how`, which may be another than the operand's;
/// what happened is added to `events`, if given. Stochastic rounding takes random_bits_of(how, i). The same array may
/// be operand and result, if their elements have one size. Throws ShapeError for sizes that differ, ValueError for
/// formats that is_supported() refuses, float64, and random bits that are not 0 to 32.
///
/// Cost: operands of up to 16 bits are looked up in a table over all codes, about 0.3 ns an element. It is made when
/// function, formats and arithmetic first meet (some 10 ms for 16 bits, 128 KiB; less than 0.1 ms for 8 bits) and kept:
/// 8 MiB of tables, those used last. Stochastic rounding: some 20 ns; operands of more than 16 bits 0.1 µs to 3 µs.
/// OpenMP above execution::threading_threshold(). From any thread.
void evaluate(Function f, const ConstArray& x, const Array& result, const Arithmetic& how = {},
              EventCounts* events = nullptr);

/// The same on ranges of numbers: evaluate(Function::gelu, halves, halves).
template <NumberRange X, NumberRange Out>
  requires(!std::is_same_v<std::ranges::range_value_t<X>, float>)
void evaluate(Function f, const X& x, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  evaluate(f, array_of(x), result_array(out), how, events);
}

/// result[i] = f(x[i]) on float32: a fixed sequence of IEEE 754 operations, the same bits on every instruction set and
/// thread count. Not correctly rounded: docs/functions.md has the largest error of each function over all 2^32 inputs,
/// 1.043 units in the last place for exp, 0.835 for log, 0.5001 for the others. Special values as above; NaN results
/// are 0x7FC00000. (The form on ConstArray rounds float32 correctly, a few hundred times as slowly.) `result` may be
/// `x`; ShapeError if the sizes differ. Cost: from 0.2 ns (exp) to 2 ns an element with AVX-512. OpenMP above
/// execution::threading_threshold().
void evaluate(Function f, std::span<const float> x, std::span<float> result);
/// The definition.
void evaluate_ref(Function f, std::span<const float> x, std::span<float> result);

}  // namespace halfway
