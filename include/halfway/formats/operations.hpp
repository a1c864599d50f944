// IEEE 754 operations on scalars of every format, float and double, under any Arithmetic: constexpr, the same bits
// everywhere. A result is rounded once; NaN results are the canonical NaN. Numbers are read as IEEE 754-2019 has them.
//
// `random`, below 2^how.random_bits, is read by stochastic rounding alone. What happens is added to `*events`, if there
// is one. `add<float16>(a, b)` takes operands of any formats and rounds the exact result once to a float16 (IEEE 754's
// formatOf operations); without it, the operands are of one format, which is the result's. What <cmath> has too (sqrt,
// fma, remainder) takes float and double only with a `how`: sqrt(2.0f) stays the standard library's.
//
// Cost: some nanoseconds each; remainder, one more for each bit between the exponents. For arrays see bulk.hpp.
#pragma once
#include <concepts>

#include "halfway/formats/detail/operations.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway {

namespace detail {

/// The format asked for; void: the operands' own, which is one.
template <class To, class... From>
struct ResultOf {};
template <FormattedFloat To, class... From>
struct ResultOf<To, From...> {
  using type = To;
};
template <class From, class... Same>
  requires(std::same_as<From, Same>&&...)
struct ResultOf<void, From, Same...> {
  using type = From;
};
template <class... T>
using Result = typename ResultOf<T...>::type;

/// Wide enough for all of these.
template <class... T>
using WideFor = std::conditional_t<((format_of<T>.precision <= 24) && ...), std::uint64_t, u128>;

/// `operation` on the operands taken apart, in a context made of the rest.
template <FormattedFloat To, class Operation, class... From>
constexpr To compute(const Arithmetic& how, std::uint32_t random, EventCounts* events, Operation operation, From... x) {
  Context context{.how = how, .random = random};
  const std::uint64_t code =
      operation(codes_of<format_of<To>>, context, unpack(codes_of<format_of<From>>, to_code(x), context)...);
  if (events != nullptr) *events += counted(context);
  return from_code<To>(static_cast<code_type<To>>(code));
}

template <FormattedFloat T>
constexpr T choose(Extremum which, T a, T b) {
  return from_code<T>(static_cast<code_type<T>>(choose(codes_of<format_of<T>>, which, to_code(a), to_code(b))));
}

}  // namespace detail

/// a + b
template <class To = void, FormattedFloat A, FormattedFloat B>
constexpr detail::Result<To, A, B> add(A a, B b, const Arithmetic& how = {}, std::uint32_t random = 0,
                                       EventCounts* events = nullptr) {
  using T = detail::Result<To, A, B>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto... x) { return detail::add<detail::WideFor<T, A, B>>(f, x..., context); }, a, b);
}
/// a − b
template <class To = void, FormattedFloat A, FormattedFloat B>
constexpr detail::Result<To, A, B> subtract(A a, B b, const Arithmetic& how = {}, std::uint32_t random = 0,
                                            EventCounts* events = nullptr) {
  using T = detail::Result<To, A, B>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto... x) { return detail::subtract<detail::WideFor<T, A, B>>(f, x..., context); }, a,
      b);
}
/// a·b
template <class To = void, FormattedFloat A, FormattedFloat B>
constexpr detail::Result<To, A, B> multiply(A a, B b, const Arithmetic& how = {}, std::uint32_t random = 0,
                                            EventCounts* events = nullptr) {
  using T = detail::Result<To, A, B>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto... x) { return detail::multiply<detail::WideFor<T, A, B>>(f, x..., context); }, a,
      b);
}
/// a / b
template <class To = void, FormattedFloat A, FormattedFloat B>
constexpr detail::Result<To, A, B> divide(A a, B b, const Arithmetic& how = {}, std::uint32_t random = 0,
                                          EventCounts* events = nullptr) {
  using T = detail::Result<To, A, B>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto... x) { return detail::divide<detail::WideFor<T, A, B>>(f, x..., context); }, a,
      b);
}
/// a·b + c
template <class To = void, FormattedFloat A, FormattedFloat B, FormattedFloat C>
constexpr detail::Result<To, A, B, C> fma(A a, B b, C c, const Arithmetic& how, std::uint32_t random = 0,
                                          EventCounts* events = nullptr) {
  using T = detail::Result<To, A, B, C>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto... x) { return detail::fma<detail::WideFor<T, A, B, C>>(f, x..., context); }, a,
      b, c);
}
/// √a; of −0 itself, of other negative numbers NaN.
template <class To = void, FormattedFloat A>
constexpr detail::Result<To, A> sqrt(A a, const Arithmetic& how, std::uint32_t random = 0,
                                     EventCounts* events = nullptr) {
  using T = detail::Result<To, A>;
  return detail::compute<T>(
      how, random, events,
      [](auto& f, auto& context, auto x) { return detail::square_root<detail::WideFor<T, A>>(f, x, context); }, a);
}

/// x − n·y, where n is the integer nearest to x/y, of two the even one: exact. A zero has the sign of x.
template <FormattedFloat T>
constexpr T remainder(T x, T y, const Arithmetic& how, EventCounts* events = nullptr) {
  return detail::compute<T>(
      how, 0, events, [](auto& f, auto& context, auto... z) { return detail::remainder(f, z..., context); }, x, y);
}
template <FloatFormat F>
constexpr basic_float<F> remainder(basic_float<F> x, basic_float<F> y) {
  return remainder(x, y, {});
}

/// x·2^n, rounded once.
template <FormattedFloat T>
constexpr T scalb(T x, int n, const Arithmetic& how = {}, std::uint32_t random = 0, EventCounts* events = nullptr) {
  return detail::compute<T>(
      how, random, events, [n](auto& f, auto& context, auto z) { return detail::scalb(f, z, n, context); }, x);
}

/// ⌊log2 |x|⌋, exact for subnormal numbers too (IEEE 754's logB with an integer result, C's ilogb). Invalid: of an
/// infinity the largest int, of zero and NaN the smallest.
template <FloatFormat F>
constexpr int logb(basic_float<F> x, EventCounts* events = nullptr) {
  detail::Context context;
  const int result = detail::logb(detail::unpack(detail::codes_of<F>, x.bits()), context);
  if (events != nullptr) *events += detail::counted(context);
  return result;
}

/// `x` rounded to an integer that stays a T (IEEE 754's roundToIntegral; inexact if that changed x). A zero has the
/// sign of x. An integer beyond a format whose largest number is small overflows as in arithmetic.
template <FormattedFloat T>
constexpr T round_to_integral(T x, const Arithmetic& how, std::uint32_t random = 0, EventCounts* events = nullptr) {
  return detail::compute<T>(
      how, random, events, [](auto& f, auto& context, auto z) { return detail::round_to_integral(f, z, context); }, x);
}
template <FormattedFloat T>
constexpr T round_to_integral(T x, Rounding rounding) {
  return round_to_integral(x, Arithmetic{.rounding = rounding});
}

/// `x` rounded to an integer type (IEEE 754's convertToInteger; inexact if that changed x). Invalid: what is outside
/// Int's range gives its nearest end, NaN 0. For integers to numbers see convert.
template <std::integral Int, FormattedFloat T>
constexpr Int to_integer(T x, const Arithmetic& how, std::uint32_t random = 0, EventCounts* events = nullptr) {
  detail::Context context{.how = how, .random = random};
  const auto unpacked = detail::unpack(detail::codes_of<format_of<T>>, to_code(x), context);
  const Int result = detail::to_integer<Int>(unpacked, context);
  if (events != nullptr) *events += detail::counted(context);
  return result;
}
template <std::integral Int, FormattedFloat T>
constexpr Int to_integer(T x, Rounding rounding) {
  return to_integer<Int>(x, Arithmetic{.rounding = rounding});
}

/// round_to, telling what happened.
template <FormattedFloat To, FormattedFloat From>
constexpr To convert(From x, const Arithmetic& how = {}, std::uint32_t random = 0, EventCounts* events = nullptr) {
  return detail::compute<To>(
      how, random, events, [](auto& f, auto& context, auto z) { return detail::round_number(f, z, context); }, x);
}
template <FormattedFloat To, std::integral Int>
constexpr To convert(Int x, const Arithmetic& how = {}, std::uint32_t random = 0, EventCounts* events = nullptr) {
  detail::Context context{.how = how, .random = random};
  const std::uint64_t code = detail::round_number(detail::codes_of<format_of<To>>, detail::unpack_integer(x), context);
  if (events != nullptr) *events += detail::counted(context);
  return from_code<To>(static_cast<code_type<To>>(code));
}

/// The order of two numbers of any formats, exactly: −0 equals +0, a NaN is unordered.
template <FormattedFloat A, FormattedFloat B>
constexpr std::partial_ordering compare(A a, B b) {
  return detail::compare(detail::codes_of<binary64>, detail::convert_code<binary64, format_of<A>>(to_code(a)),
                         detail::convert_code<binary64, format_of<B>>(to_code(b)));
}

// IEEE 754-2019 9.6: −0 is less than +0. A NaN operand gives NaN or, for the …_number ones, the other operand.

template <FormattedFloat T>
constexpr T minimum(T a, T b) {
  return detail::choose({}, a, b);
}
template <FormattedFloat T>
constexpr T maximum(T a, T b) {
  return detail::choose({.maximum = true}, a, b);
}
template <FormattedFloat T>
constexpr T minimum_number(T a, T b) {
  return detail::choose({.number = true}, a, b);
}
template <FormattedFloat T>
constexpr T maximum_number(T a, T b) {
  return detail::choose({.maximum = true, .number = true}, a, b);
}
/// The one of smaller magnitude; of equal magnitudes the minimum.
template <FormattedFloat T>
constexpr T minimum_magnitude(T a, T b) {
  return detail::choose({.magnitude = true}, a, b);
}
/// The one of larger magnitude; of equal magnitudes the maximum.
template <FormattedFloat T>
constexpr T maximum_magnitude(T a, T b) {
  return detail::choose({.maximum = true, .magnitude = true}, a, b);
}
template <FormattedFloat T>
constexpr T minimum_magnitude_number(T a, T b) {
  return detail::choose({.magnitude = true, .number = true}, a, b);
}
template <FormattedFloat T>
constexpr T maximum_magnitude_number(T a, T b) {
  return detail::choose({.maximum = true, .magnitude = true, .number = true}, a, b);
}

/// Whether a comes before b or is the same (IEEE 754-2019 5.10): −NaN, −∞, …, −0, +0, …, +∞, +NaN, NaNs by payload.
template <FormattedFloat T>
constexpr bool total_order(T a, T b) {
  constexpr const detail::Codes& f = detail::codes_of<format_of<T>>;
  return detail::total_place(f, to_code(a)) <= detail::total_place(f, to_code(b));
}
/// total_order of the magnitudes.
template <FormattedFloat T>
constexpr bool total_order_magnitude(T a, T b) {
  constexpr const detail::Codes& f = detail::codes_of<format_of<T>>;
  return detail::total_place(f, detail::magnitude(f, to_code(a))) <=
         detail::total_place(f, detail::magnitude(f, to_code(b)));
}

}  // namespace halfway
