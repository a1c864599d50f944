// The scalar types: one class template over a format; float16, bfloat16, … are its aliases.
//
// Arithmetic is integer code, correctly rounded and constexpr: the same bits on every machine, whatever the flags of
// the compiler and the floating-point environment. Widening to float is exact, hence implicit; narrowing is always
// written down: float16(0.1f). float16 with float computes in float; float16 with bfloat16 does not compile.
#pragma once
#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <type_traits>

#include "halfway/formats/detail/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"

namespace halfway {

template <FloatFormat F>
class basic_float;

using float16 = basic_float<binary16>;
using bfloat16 = basic_float<bfloat>;
using tf32 = basic_float<tensor_float>;
using float8_e3m4 = basic_float<e3m4>;
using float8_e4m3 = basic_float<e4m3>;
using float8_e4m3fn = basic_float<e4m3fn>;
using float8_e4m3fnuz = basic_float<e4m3fnuz>;
using float8_e4m3b11fnuz = basic_float<e4m3b11fnuz>;
using float8_e5m2 = basic_float<e5m2>;
using float8_e5m2fnuz = basic_float<e5m2fnuz>;
using float8_e8m0fnu = basic_float<e8m0fnu>;
using float6_e2m3fn = basic_float<e2m3fn>;
using float6_e3m2fn = basic_float<e3m2fn>;
using float4_e2m1fn = basic_float<e2m1fn>;

namespace detail {

/// The code of an arithmetic value, rounded once from the value itself.
template <FloatFormat F, class T>
constexpr std::uint64_t code_of_value(T x, const Arithmetic& how = {}, std::uint32_t random = 0) {
  if constexpr (std::is_same_v<T, float>) {
    return convert_code<F, binary32>(std::bit_cast<std::uint32_t>(x), how, random);
  } else if constexpr (std::is_same_v<T, double>) {
    return convert_code<F, binary64>(std::bit_cast<std::uint64_t>(x), how, random);
  } else if constexpr (std::is_floating_point_v<T>) {  // long double: through double, rounded to odd
    static_assert(F.precision <= 24);
    const auto near = static_cast<double>(x);
    auto code = std::bit_cast<std::uint64_t>(near);
    if (!codes_of<binary64>.is_nan(code) && static_cast<T>(near) != x) {
      const bool away = near < 0 || (near == 0 && x < 0) ? static_cast<T>(near) < x : static_cast<T>(near) > x;
      code = (away ? code - 1 : code) | 1;
    }
    return convert_code<F, binary64>(code, how, random);
  } else {
    return round_number<F>(unpack_integer(x), how, random);
  }
}

std::ostream& print(std::ostream& out, const FloatFormat& format, std::uint64_t code);

}  // namespace detail

/// A number of the format F, as its code. Default value: code 0, which is +0 (float8_e8m0fnu: 2^−127). Arithmetic
/// rounds once, ties to even; an operation whose result is NaN gives the format's canonical NaN. Cost: some nanoseconds
/// an operation; arrays go through bulk.hpp.
template <FloatFormat F>
class basic_float {
  static_assert(is_supported(F) && F.bits() <= 32);

 public:
  static constexpr FloatFormat format = F;
  using storage_type = detail::Storage<F>;

  constexpr basic_float() = default;

  /// `x` rounded once, ties to even; integers of any size too.
  template <class T>
    requires std::is_arithmetic_v<T>
  explicit constexpr basic_float(T x) : basic_float(from_code(detail::code_of_value<F>(x))) {}

  /// The number of another format, rounded once, ties to even.
  template <FloatFormat G>
    requires(!(F == G))
  explicit constexpr basic_float(basic_float<G> x) : basic_float(from_code(detail::convert_code<F, G>(x.bits()))) {}

  static constexpr basic_float from_bits(storage_type code) {
    basic_float x;
    x.code_ = code;
    return x;
  }
  constexpr storage_type bits() const { return code_; }

  /// Exact.
  constexpr operator float() const {  // NOLINT(google-explicit-constructor): as std::float16_t
    static_assert(F.precision <= binary32.precision && F.emax() <= binary32.emax() &&
                  F.emin() - F.fraction_bits() >= binary32.emin() - binary32.fraction_bits());
    return std::bit_cast<float>(static_cast<std::uint32_t>(detail::convert_code<binary32, F>(code_)));
  }
  /// Exact.
  explicit constexpr operator double() const { return std::bit_cast<double>(detail::convert_code<binary64, F>(code_)); }
  /// Not zero.
  explicit constexpr operator bool() const { return !detail::codes_of<F>.is_zero(code_); }

  friend constexpr basic_float operator+(basic_float a, basic_float b) {
    return from_code(detail::add<F>(a.code_, b.code_));
  }
  friend constexpr basic_float operator-(basic_float a, basic_float b) {
    return from_code(detail::subtract<F>(a.code_, b.code_));
  }
  friend constexpr basic_float operator*(basic_float a, basic_float b) {
    return from_code(detail::multiply<F>(a.code_, b.code_));
  }
  friend constexpr basic_float operator/(basic_float a, basic_float b) {
    return from_code(detail::divide<F>(a.code_, b.code_));
  }
  constexpr basic_float& operator+=(basic_float b) { return *this = *this + b; }
  constexpr basic_float& operator-=(basic_float b) { return *this = *this - b; }
  constexpr basic_float& operator*=(basic_float b) { return *this = *this * b; }
  constexpr basic_float& operator/=(basic_float b) { return *this = *this / b; }

  constexpr basic_float operator+() const { return *this; }
  /// Turns the sign, also of a zero or a NaN. In an unsigned format NaN, but of zero zero.
  constexpr basic_float operator-() const { return from_code(detail::negate<F>(code_)); }

  friend constexpr bool operator==(basic_float a, basic_float b) {
    return std::is_eq(detail::compare<F>(a.code_, b.code_));
  }
  friend constexpr std::partial_ordering operator<=>(basic_float a, basic_float b) {
    return detail::compare<F>(a.code_, b.code_);
  }

 private:
  static constexpr basic_float from_code(std::uint64_t code) { return from_bits(static_cast<storage_type>(code)); }

  storage_type code_ = 0;
};

// Neither of two formats is the better one for a result: say which, by converting.
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
void operator+(basic_float<F>, basic_float<G>) = delete;
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
void operator-(basic_float<F>, basic_float<G>) = delete;
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
void operator*(basic_float<F>, basic_float<G>) = delete;
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
void operator/(basic_float<F>, basic_float<G>) = delete;
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
bool operator==(basic_float<F>, basic_float<G>) = delete;
template <FloatFormat F, FloatFormat G>
  requires(!(F == G))
std::partial_ordering operator<=>(basic_float<F>, basic_float<G>) = delete;

/// Prints to_string(x), see text.hpp, into the stream's width; its precision and notation have no say.
template <FloatFormat F>
std::ostream& operator<<(std::ostream& out, basic_float<F> x) {
  return detail::print(out, F, x.bits());
}

/// Square root, correctly rounded; of a negative number NaN, of −0 itself.
template <FloatFormat F>
constexpr basic_float<F> sqrt(basic_float<F> x) {
  return basic_float<F>::from_bits(static_cast<detail::Storage<F>>(detail::square_root<F>(x.bits())));
}
/// a·b + c, rounded once.
template <FloatFormat F>
constexpr basic_float<F> fma(basic_float<F> a, basic_float<F> b, basic_float<F> c) {
  return basic_float<F>::from_bits(static_cast<detail::Storage<F>>(detail::fma<F>(a.bits(), b.bits(), c.bits())));
}

template <FloatFormat F>
constexpr bool isnan(basic_float<F> x) {
  return detail::codes_of<F>.is_nan(x.bits());
}
template <FloatFormat F>
constexpr bool isinf(basic_float<F> x) {
  return detail::codes_of<F>.is_infinity(x.bits());
}
template <FloatFormat F>
constexpr bool isfinite(basic_float<F> x) {
  return detail::codes_of<F>.is_finite(x.bits());
}
template <FloatFormat F>
constexpr bool isnormal(basic_float<F> x) {
  return isfinite(x) && (x.bits() & detail::codes_of<F>.magnitude) >= detail::codes_of<F>.min_normal;
}
/// Whether the sign bit is set, also of a zero or a NaN.
template <FloatFormat F>
constexpr bool signbit(basic_float<F> x) {
  return (x.bits() & detail::codes_of<F>.sign) != 0;
}
/// The same with the sign bit clear, also of a NaN.
template <FloatFormat F>
constexpr basic_float<F> abs(basic_float<F> x) {
  return signbit(x) ? -x : x;
}
/// The magnitude of `x` with the sign bit of `sign`.
template <FloatFormat F>
constexpr basic_float<F> copysign(basic_float<F> x, basic_float<F> sign) {
  return signbit(x) == signbit(sign) ? x : -x;
}
/// FP_NAN, FP_INFINITE, FP_ZERO, FP_SUBNORMAL or FP_NORMAL of <cmath>.
template <FloatFormat F>
constexpr int fpclassify(basic_float<F> x) {
  if (isnan(x)) return FP_NAN;
  if (isinf(x)) return FP_INFINITE;
  if (isnormal(x)) return FP_NORMAL;
  return x ? FP_SUBNORMAL : FP_ZERO;
}

}  // namespace halfway

#include "halfway/formats/limits.hpp"  // IWYU pragma: export
