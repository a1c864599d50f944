// A dot product under any DotModel in exact rationals: shares no code with the library but the model's fields.
#pragma once
#include <boost/multiprecision/cpp_int.hpp>
#include <optional>
#include <vector>

#include "halfway/emu/dot_model.hpp"

namespace halfway::test {

using Rational = boost::multiprecision::cpp_rational;
using Integer = boost::multiprecision::cpp_int;
using emu::Addend;
using emu::DotModel;
using emu::NanRule;
using emu::Summation;
using emu::TermOrder;

inline Rational power_of_two(int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent < 0 ? Rational(1, power) : Rational(power);
}
inline Integer floor_of(const Rational& x) {
  const Integer quotient = numerator(x) / denominator(x);  // towards zero
  return x < 0 && Rational(quotient) != x ? Integer(quotient - 1) : quotient;
}
/// The e with 2^e ≤ |x| < 2^(e + 1).
inline int exponent_of(const Rational& x) {
  const Rational magnitude = abs(x);
  int e = static_cast<int>(msb(numerator(magnitude))) - static_cast<int>(msb(denominator(magnitude)));
  while (magnitude < power_of_two(e)) --e;
  while (magnitude >= power_of_two(e + 1)) ++e;
  return e;
}

/// An extended real: finite with the sign that a zero has, infinite, or a NaN with its code in float32.
struct Number {
  enum Kind { finite, infinite, nan } kind = finite;
  bool negative = false;
  Rational value = 0;  // signed
  std::uint64_t code = 0;
};
inline Number finite(const Rational& value, bool zero_is_negative) {
  return {Number::finite, value == 0 ? zero_is_negative : value < 0, value, 0};
}
inline Number infinite(bool negative) { return {Number::infinite, negative, 0, 0}; }
inline Number not_a_number() { return {Number::nan, false, 0, 0xFFC00000u}; }  // the default of x86

inline Number decode(std::uint64_t code, const FloatFormat& f) {
  const int fraction_bits = f.fraction_bits();
  const std::uint64_t fraction = code & ((std::uint64_t{1} << fraction_bits) - 1);
  const int top = (1 << f.exponent_bits) - 1, field = static_cast<int>(code >> fraction_bits) & top;
  const bool negative = (code >> (f.bits() - 1) & 1) != 0;
  const std::uint64_t ones = (std::uint64_t{1} << (f.bits() - 1)) - 1;
  bool nan = false;
  switch (f.specials) {
    case Specials::ieee: nan = field == top && fraction != 0; break;
    case Specials::nan_all_ones: nan = (code & ones) == ones; break;
    default: nan = negative && (code & ones) == 0; break;
  }
  if (nan) {
    const std::uint64_t payload = f.precision <= 24 ? fraction << (23 - fraction_bits) : 0;
    return {Number::nan, negative, 0, 0x7FC00000u | payload | std::uint64_t{negative} << 31};
  }
  if (f.specials == Specials::ieee && field == top) return infinite(negative);
  const Integer significand = Integer(fraction) + (field == 0 ? Integer(0) : Integer(1) << fraction_bits);
  const Rational magnitude = Rational(significand) * power_of_two((field == 0 ? 1 : field) - f.bias - fraction_bits);
  return finite(negative ? Rational(-magnitude) : magnitude, negative);
}

/// Rounded to f's precision and range; beyond it, infinite.
inline Number round(const Number& x, const FloatFormat& f, Rounding rounding, bool flush) {
  if (x.kind != Number::finite || x.value == 0) return x;
  const auto to_place = [&](int place) {
    const Rational scaled = abs(x.value) / power_of_two(place);
    Integer down = floor_of(scaled);
    const Rational rest = scaled - Rational(down);
    const bool odd = (down & 1) != 0;
    if (rounding == Rounding::ties_to_even && (rest > Rational(1, 2) || (rest == Rational(1, 2) && odd))) ++down;
    if (rounding == Rounding::to_odd && rest != 0 && !odd) ++down;
    return Rational(Rational(down) * power_of_two(place));  // toward_zero: as it is
  };
  const int emin = 1 - f.bias, exponent = exponent_of(x.value);
  if (flush && to_place(exponent - f.fraction_bits()) < power_of_two(emin)) return finite(0, x.negative);
  const Rational rounded = to_place(std::max(exponent, emin) - f.fraction_bits());
  if (rounded >= power_of_two((1 << (f.exponent_bits - 1)))) return infinite(x.negative);
  return finite(x.negative ? Rational(-rounded) : rounded, x.negative);
}

inline std::uint64_t encode(const Number& x, const FloatFormat& f, NanRule rule) {
  const int fraction_bits = f.fraction_bits();
  const std::uint64_t sign = std::uint64_t{x.negative} << (f.bits() - 1);
  const std::uint64_t top = ((std::uint64_t{1} << f.exponent_bits) - 1) << fraction_bits;
  if (x.kind == Number::nan) {
    if (rule == NanRule::first_nan) return x.code;
    return rule == NanRule::all_ones ? top | ((std::uint64_t{1} << fraction_bits) - 1)
                                     : top | std::uint64_t{1} << (fraction_bits - 1);
  }
  if (x.kind == Number::infinite) return sign | top;
  if (x.value == 0) return sign;
  const int emin = 1 - f.bias, exponent = std::max(exponent_of(x.value), emin);
  const Rational scaled = abs(x.value) / power_of_two(exponent - fraction_bits);
  if (denominator(scaled) != 1) throw std::logic_error("encode: not a number of the format");
  const auto significand = static_cast<std::uint64_t>(numerator(scaled));
  return sign | (significand + (static_cast<std::uint64_t>(exponent - emin) << fraction_bits));
}

inline const Number* first_nan(std::initializer_list<const Number*> numbers) {
  for (const Number* each : numbers)
    if (each->kind == Number::nan) return each;
  return nullptr;
}
inline bool is_zero(const Number& x) { return x.kind == Number::finite && x.value == 0; }

inline Number multiply(const Number& a, const Number& b) {
  if (const Number* nan = first_nan({&a, &b})) return *nan;
  const bool negative = a.negative != b.negative;
  if (a.kind == Number::infinite || b.kind == Number::infinite)
    return is_zero(a) || is_zero(b) ? not_a_number() : infinite(negative);
  return finite(a.value * b.value, negative);
}
inline Number add(const Number& a, const Number& b) {
  if (const Number* nan = first_nan({&a, &b})) return *nan;
  if (a.kind == Number::infinite && b.kind == Number::infinite && a.negative != b.negative) return not_a_number();
  if (a.kind == Number::infinite) return a;
  if (b.kind == Number::infinite) return b;
  return finite(a.value + b.value, a.negative && b.negative && a.value == 0 && b.value == 0);
}
/// a·b + c exactly. The first NaN counts, before one that arises.
inline Number multiply_add(const Number& a, const Number& b, const Number& c) {
  if (const Number* nan = first_nan({&a, &b, &c})) return *nan;
  return add(multiply(a, b), c);
}

struct Term {
  Number a, b;
  int emin_a, emin_b;  // the smallest exponents of normal numbers of their formats
};

/// The exponent of a number in a format: not below that of the smallest normal number.
inline int clamped_exponent(const Number& x, int emin) {
  return x.value == 0 ? emin : std::max(exponent_of(x.value), emin);
}

class DotOracle {
 public:
  explicit DotOracle(const DotModel& model) : m(model), flush(model.results == Subnormals::flush) {}

  std::uint64_t operator()(const FloatFormat& fa, const std::vector<std::uint64_t>& a, const FloatFormat& fb,
                           const std::vector<std::uint64_t>& b, std::optional<std::uint64_t> c) const {
    std::vector<Term> terms;
    for (std::size_t k = 0; k < a.size(); ++k)
      terms.push_back({operand(a[k], fa), operand(b[k], fb), 1 - fa.bias, 1 - fb.bias});
    std::optional<Number> sum;
    if (c) sum = flushed(decode(*c, m.output()), m.output());
    if (m.pass == 0) {
      sum = pass(terms, sum.value_or(Number{}));
    } else {
      for (std::size_t i = 0; i < terms.size(); i += static_cast<std::size_t>(m.pass)) {
        const auto end = std::min(terms.size(), i + static_cast<std::size_t>(m.pass));
        const Number part =
            pass({terms.begin() + static_cast<std::ptrdiff_t>(i), terms.begin() + static_cast<std::ptrdiff_t>(end)},
                 Number{});
        sum = sum ? round(add(*sum, part), m.pass_result, Rounding::ties_to_even, flush) : part;
      }
    }
    return encode(sum.value_or(Number{}), m.output(), m.nan);
  }

 private:
  Number flushed(const Number& x, const FloatFormat& f) const {
    const bool tiny = x.kind == Number::finite && x.value != 0 && abs(x.value) < power_of_two(1 - f.bias);
    if (m.inputs == Subnormals::keep || !tiny) return x;
    return finite(0, !m.flush_to_plus_zero && x.negative);
  }
  Number operand(std::uint64_t code, const FloatFormat& f) const {
    if (f == binary32 && m.operands.size() == 1) return flushed(decode(code >> 13, tensor_float), tensor_float);
    return flushed(decode(code, f), f);
  }
  Number rounded(const Number& x) const { return round(x, m.result, m.rounding, flush); }

  Number pass(const std::vector<Term>& terms, Number c) const {
    if (m.instruction == 0) return instruction(terms, c);
    for (std::size_t i = 0; i < terms.size(); i += static_cast<std::size_t>(m.instruction)) {
      std::vector<Term> all, ordered, later;
      for (std::size_t k = i; k < i + static_cast<std::size_t>(m.instruction); ++k)
        all.push_back(k < terms.size() ? terms[k] : Term{Number{}, Number{}, -126, -126});
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (m.order == TermOrder::pairs_apart) (k % 4 < 2 ? ordered : later).push_back(all[k]);
        if (m.order == TermOrder::natural) ordered.push_back(all[k]);
        if (m.order == TermOrder::odd_first && k % 2 == 1) ordered.push_back(all[k]), ordered.push_back(all[k - 1]);
      }
      ordered.insert(ordered.end(), later.begin(), later.end());
      c = instruction(ordered, c);
    }
    return c;
  }
  Number instruction(const std::vector<Term>& terms, const Number& c) const {
    const bool last = m.addend == Addend::last;
    Number acc = last ? Number{} : c;
    const std::size_t size = m.block > 0 ? static_cast<std::size_t>(m.block) : terms.size();
    for (std::size_t i = 0; i < terms.size(); i += size)
      acc = block({terms.begin() + static_cast<std::ptrdiff_t>(i),
                   terms.begin() + static_cast<std::ptrdiff_t>(std::min(terms.size(), i + size))},
                  acc);
    return last ? round(add(c, acc), m.result, m.addend_rounding, flush) : acc;
  }
  Number chain(const std::vector<Term>& terms, Number acc) const {
    for (const Term& t : terms)
      acc = m.round_products ? rounded(add(rounded(multiply(t.a, t.b)), acc)) : rounded(multiply_add(t.a, t.b, acc));
    return acc;
  }
  Number tree(std::vector<Number> x) const {  // halves of a full binary tree
    if (x.empty()) return {};
    if (x.size() == 1) return x[0];
    std::size_t left = 1;
    while (2 * left < x.size()) left *= 2;
    const auto middle = x.begin() + static_cast<std::ptrdiff_t>(left);
    return rounded(add(tree({x.begin(), middle}), tree({middle, x.end()})));
  }
  Number block(const std::vector<Term>& terms, const Number& c) const;
  Number aligned(const std::vector<Term>& terms, const Number& c) const;

  const DotModel& m;
  bool flush;
};

/// Σ of terms cut towards zero at `bits` below the largest exponent.
struct Cut {
  Rational sum = 0;
  int exponent;
};

inline Number DotOracle::block(const std::vector<Term>& terms, const Number& c) const {
  std::vector<Number> parts;
  switch (m.kind) {
    case Summation::chain: return chain(terms, c);
    case Summation::lanes:
      for (int lane = 0; lane < m.lanes; ++lane) {
        std::vector<Term> own;
        for (std::size_t k = 0; k < terms.size(); ++k)
          if (static_cast<int>(k) % m.lanes == lane) own.push_back(terms[k]);
        parts.push_back(chain(own, Number{}));
      }
      return tree(parts);
    case Summation::tree:
      for (const Term& t : terms) parts.push_back(rounded(multiply(t.a, t.b)));
      return tree(parts);
    case Summation::exact: {
      if (m.addend == Addend::first) parts.push_back(c);
      for (const Term& t : terms) parts.push_back(multiply(t.a, t.b));
      if (parts.empty()) return c;
      Number sum = parts[0];
      bool all_negative = sum.negative;
      for (std::size_t i = 1; i < parts.size(); ++i) sum = add(sum, parts[i]), all_negative &= parts[i].negative;
      if (is_zero(sum)) sum.negative = all_negative;
      return rounded(sum);
    }
    case Summation::aligned: break;
  }
  return aligned(terms, c);
}

inline Number DotOracle::aligned(const std::vector<Term>& terms, const Number& c) const {
  std::vector<Number> values;
  std::vector<int> exponents;
  for (const Term& t : terms) {
    Number p = multiply(t.a, t.b);
    if (m.products_overflow && p.kind == Number::finite && abs(p.value) >= power_of_two(128)) p = infinite(p.negative);
    values.push_back(p);
    exponents.push_back(p.kind == Number::finite && p.value != 0
                            ? clamped_exponent(t.a, t.emin_a) + clamped_exponent(t.b, t.emin_b)
                            : 0);
  }
  Number special;
  for (const Number& x : values)
    if (x.kind != Number::finite) special = add(special, x);
  if (c.kind != Number::finite) special = add(special, c);
  if (special.kind != Number::finite) return special;

  const int emin = 1 - m.storage().bias, c_exponent = clamped_exponent(c, emin);
  if (m.addend != Addend::late) values.push_back(c), exponents.push_back(c_exponent);
  const auto cut = [&](auto takes) {
    Cut result{0, std::max(m.alignment_floor, -4000)};
    for (std::size_t k = 0; k < values.size(); ++k)
      if (takes(k) && values[k].value != 0) result.exponent = std::max(result.exponent, exponents[k]);
    const Rational place = power_of_two(result.exponent - m.fraction_bits);
    for (std::size_t k = 0; k < values.size(); ++k)
      if (takes(k)) {
        const Integer kept = floor_of(abs(values[k].value) / place);
        result.sum += Rational(values[k].negative ? Integer(-kept) : kept) * place;
      }
    return result;
  };
  const auto down_to = [](const Rational& x, int place) {
    return Rational(Rational(floor_of(x / power_of_two(place))) * power_of_two(place));
  };
  Cut sum = cut([&](std::size_t k) { return !m.parity_groups || k % 2 == 0; });
  if (m.parity_groups) {
    const Cut odd = cut([](std::size_t k) { return k % 2 == 1; });
    const int exponent = std::max(sum.exponent, odd.exponent), place = exponent - m.fraction_bits;
    sum = {Rational(down_to(sum.sum, place) + down_to(odd.sum, place)), exponent};
  }
  if (m.addend != Addend::late) return rounded(finite(sum.sum, false));
  const int exponent = std::max(sum.exponent, c_exponent);
  Rational total = down_to(sum.sum, exponent - m.sum_fraction_bits - 1);
  if (!m.parity_groups || c_exponent >= exponent - m.fraction_bits - 1)
    total += down_to(c.value, exponent - m.fraction_bits);
  if (total == 0) return finite(0, false);
  return rounded(finite(down_to(total, std::max(exponent_of(total), emin) - m.sum_fraction_bits), false));
}

}  // namespace halfway::test
