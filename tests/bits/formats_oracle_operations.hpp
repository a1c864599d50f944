// The oracle's operations: special cases as IEEE 754 lists them, then one exact result, rounded by Format.
#pragma once
#include "formats_oracle.hpp"

namespace oracle {

/// An operand of any format.
struct Operand {
  bool nan, infinite, negative;
  double value;  ///< of a finite one
  int flushed = 0;

  bool is_zero() const { return !nan && !infinite && value == 0; }
  double magnitude() const { return std::fabs(value); }
};
inline Operand read(const Format& f, std::uint32_t code, const Arithmetic& how) {
  const bool finite = f.is_finite(code), negative = f.negative(code) && !f.is_nan(code);
  if (how.inputs == Subnormals::flush && f.is_subnormal(code))
    return {false, false, negative, negative ? -0.0 : 0.0, 1};
  return {f.is_nan(code), f.is_infinity(code), negative, finite ? f.value(code) : 0};
}

/// Rounds exact results to one format.
class Machine {
 public:
  Machine(const Format& to, const Arithmetic& how, std::uint32_t random = 0) : to_(to), how_(how), random_(random) {}

  Result convert(const Operand& a) const {
    if (a.nan) return nan();
    if (a.infinite) return to_.infinite(a.negative, how_);
    return rounded(Exact{a.value}, a.negative);
  }
  Result add(const Operand& a, const Operand& b) const {
    if (a.nan || b.nan) return nan();
    if (a.infinite && b.infinite && a.negative != b.negative) return no_number();
    if (a.infinite || b.infinite) return to_.infinite(a.infinite ? a.negative : b.negative, how_);
    return rounded(sum(a.value, b.value), zero_sign(a.negative, b.negative));
  }
  Result subtract(const Operand& a, Operand b) const {
    b.negative = !b.negative;
    b.value = -b.value;
    return add(a, b);
  }
  Result multiply(const Operand& a, const Operand& b) const {
    const bool negative = a.negative != b.negative;
    if (a.nan || b.nan) return nan();
    if (a.infinite || b.infinite) return a.is_zero() || b.is_zero() ? no_number() : to_.infinite(negative, how_);
    return rounded(Exact{a.value * b.value}, negative);  // 48 bits
  }
  Result fma(const Operand& a, const Operand& b, const Operand& c) const {
    const bool negative = a.negative != b.negative;
    if (a.nan || b.nan || c.nan) return nan();
    if (a.infinite || b.infinite) {
      if (a.is_zero() || b.is_zero() || (c.infinite && c.negative != negative)) return no_number();
      return to_.infinite(negative, how_);
    }
    if (c.infinite) return to_.infinite(c.negative, how_);
    return rounded(sum(a.value * b.value, c.value), zero_sign(negative, c.negative));
  }
  Result divide(const Operand& a, const Operand& b) const {
    const bool negative = a.negative != b.negative;
    if (a.nan || b.nan || (a.infinite && b.infinite) || (a.is_zero() && b.is_zero()))
      return a.nan || b.nan ? nan() : no_number();
    if (a.infinite) return to_.infinite(negative, how_);
    if (b.is_zero()) {
      Result result = to_.infinite(negative, how_);
      result.events |= divided_by_zero;
      return result;
    }
    if (b.infinite || a.is_zero()) return to_.exact_zero(negative, how_);
    return to_.round(negative, how_, random_, [x = a.magnitude(), y = b.magnitude()](double t) {
      return -product(t, y).compare(x);  // x/y against t
    });
  }
  Result square_root(const Operand& a) const {
    if (a.nan) return nan();
    if (a.is_zero()) return to_.exact_zero(a.negative, how_);
    if (a.negative) return no_number();
    if (a.infinite) return to_.infinite(false, how_);
    return to_.round(false, how_, random_, [x = a.value](double t) { return -product(t, t).compare(x); });
  }
  /// The C library's remainder of doubles is exact.
  Result remainder(const Operand& a, const Operand& b) const {
    if (a.nan || b.nan) return nan();
    if (a.infinite || b.is_zero()) return no_number();
    return rounded(Exact{b.infinite ? a.value : std::remainder(a.value, b.value)}, a.negative);
  }
  Result scalb(const Operand& a, int n) const {
    if (a.nan || a.infinite) return convert(a);
    // As a double the scaled number would leave its range: the points move instead.
    if (a.is_zero()) return to_.exact_zero(a.negative, how_);
    const int shift = std::clamp(n, -900, 900);
    return to_.round(a.negative, how_, random_, [x = a.magnitude(), shift](double t) {
      return shift < 0 ? order(x, std::ldexp(t, -shift)) : order(std::ldexp(x, shift), t);
    });
  }

 private:
  Result rounded(const Exact& x, bool zero_is_negative) const {
    if (x.is_zero()) return to_.exact_zero(zero_is_negative, how_);
    return to_.round(x.negative(), how_, random_, [m = x.magnitude()](double t) { return m.compare(t); });
  }
  Result nan() const { return {to_.nan(), to_.has_nan() ? 0 : invalid}; }
  bool zero_sign(bool a, bool b) const { return a == b ? a : how_.rounding == Rounding::toward_negative; }
  Result no_number() const { return {to_.nan(), invalid | (to_.has_nan() ? made_nan : 0)}; }

  const Format& to_;
  Arithmetic how_;
  std::uint32_t random_;
};

}  // namespace oracle
