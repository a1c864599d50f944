// A dot product under any DotModel in exact rationals: shares no code with the library but the model's fields.
#pragma once
#include <optional>
#include <vector>

#include "bits/emu_dot_numbers.hpp"
#include "halfway/formats/philox.hpp"

namespace halfway::test {

using emu::Addend;
using emu::DotModel;
using emu::Summation;
using emu::TermOrder;

struct Term {
  Number a, b;
  int emin_a, emin_b;  // the smallest exponents of normal numbers of their formats
  Number scale = {Number::finite, false, 1, 0};
  int scale_exponent = 0;
};

/// The scales of the two operands, one for each scale block.
struct Scales {
  FloatFormat a_format, b_format;
  std::vector<std::uint64_t> a, b;
};

/// The exponent of a number in a format: not below that of the smallest normal number.
inline int clamped_exponent(const Number& x, int emin) {
  return x.value == 0 ? emin : std::max(exponent_of(x.value), emin);
}

class DotOracle {
 public:
  explicit DotOracle(const DotModel& model) : m(model), flush(model.results == Subnormals::flush) {}

  std::uint64_t operator()(const FloatFormat& fa, const std::vector<std::uint64_t>& a, const FloatFormat& fb,
                           const std::vector<std::uint64_t>& b, std::optional<std::uint64_t> c,
                           const std::optional<Scales>& scales = {}, std::uint64_t number_in_d = 0) const {
    element = number_in_d, roundings = 0;
    std::vector<Term> terms;
    for (std::size_t k = 0; k < a.size(); ++k) {
      terms.push_back({operand(a[k], fa), operand(b[k], fb), 1 - fa.bias, 1 - fb.bias});
      if (!scales) continue;
      const std::size_t block = k / static_cast<std::size_t>(m.scale_block);
      const auto [x, x_exponent] = scale(scales->a[block], scales->a_format);
      const auto [y, y_exponent] = scale(scales->b[block], scales->b_format);
      terms.back().scale = multiply(x, y), terms.back().scale_exponent = x_exponent + y_exponent;
    }
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
    const bool tiny = x.kind == Number::finite && abs(x.value) < power_of_two(1 - f.bias);
    if (m.inputs == Subnormals::keep || !tiny) return x;
    return finite(0, !m.flush_to_plus_zero && x.negative);
  }
  Number operand(std::uint64_t code, const FloatFormat& f) const {
    if (f == binary32 && m.operands.size() == 1) return flushed(decode(code >> 13, tensor_float), tensor_float);
    return f.bits() > 8 ? flushed(decode(code, f), f) : decode(code, f);  // exact and never subnormal in bfloat16
  }
  /// A scale without its sign, and its exponent.
  static std::pair<Number, int> scale(std::uint64_t code, const FloatFormat& f) {
    if (f == e8m0fnu) {
      if (code == 255) return {not_a_number(), 0};
      const int exponent = static_cast<int>(code) - 127;
      return {finite(power_of_two(exponent), false), exponent};
    }
    Number x = decode(code, f);
    x.value = abs(x.value), x.negative = false;
    return {x, clamped_exponent(x, 1 - f.bias)};
  }
  Random random(Rounding rounding) const {
    if (!is_stochastic(rounding)) return {};
    const std::uint64_t n = roundings++;
    return {m.random_bits,
            std::uint64_t{philox<7>(m.seed, m.stream, (element << 32) + n / 4)[n % 4]} >> (32 - m.random_bits)};
  }
  bool down() const { return m.rounding == Rounding::toward_negative; }
  Number rounded(const Number& x) const { return round(x, m.result, m.rounding, flush, random(m.rounding)); }

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
    return last ? round(add(c, acc, m.addend_rounding == Rounding::toward_negative), m.result, m.addend_rounding, flush,
                        random(m.addend_rounding))
                : acc;
  }
  Number chain(const std::vector<Term>& terms, Number acc) const {
    for (const Term& t : terms)
      acc = m.round_products ? rounded(add(rounded(multiply(t.a, t.b)), acc, down()))
                             : rounded(multiply_add(t.a, t.b, acc, down()));
    return acc;
  }
  Number tree(std::vector<Number> x) const {  // halves of a full binary tree
    if (x.empty()) return {};
    if (x.size() == 1) return x[0];
    std::size_t left = 1;
    while (2 * left < x.size()) left *= 2;
    const auto middle = x.begin() + static_cast<std::ptrdiff_t>(left);
    const Number first = tree({x.begin(), middle}), second = tree({middle, x.end()});  // in this order
    return rounded(add(first, second, down()));
  }
  Number block(const std::vector<Term>& terms, const Number& c) const;
  Number aligned(const std::vector<Term>& terms, const Number& c) const;

  void add_groups(const std::vector<Term>& terms, std::vector<Number>& values, std::vector<int>& exponents) const;

  const DotModel& m;
  bool flush;
  mutable std::uint64_t element = 0, roundings = 0;
};

/// Groups of products with one pair of scales: their exact sums, aligned by the scales' exponents unless all products
/// are zeros.
inline void DotOracle::add_groups(const std::vector<Term>& terms, std::vector<Number>& values,
                                  std::vector<int>& exponents) const {
  for (std::size_t k = 0; k < terms.size(); ++k) {
    if (k % static_cast<std::size_t>(m.group) == 0) {
      values.push_back(finite(0, false));
      exponents.push_back(-4000);
    }
    const Number product = multiply(multiply(terms[k].a, terms[k].b), terms[k].scale);
    if (!is_zero(product)) exponents.back() = terms[k].scale_exponent;
    values.back() = add(values.back(), product);
  }
}

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
  if (m.group > 0) add_groups(terms, values, exponents);
  for (const Term& t : terms) {
    if (m.group > 0) break;
    Number p = multiply(multiply(t.a, t.b), t.scale);
    if (m.products_overflow && p.kind == Number::finite && abs(p.value) >= power_of_two(128)) p = infinite(p.negative);
    values.push_back(p);
    exponents.push_back(p.kind == Number::finite && p.value != 0
                            ? clamped_exponent(t.a, t.emin_a) + clamped_exponent(t.b, t.emin_b) + t.scale_exponent
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
      if (takes(k) && (values[k].value != 0 || (m.group > 0 && k + 1 < values.size())))
        result.exponent = std::max(result.exponent, exponents[k]);
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
  Rational total = down_to(sum.sum, exponent - m.late_fraction_bits);
  if (!m.parity_groups || c_exponent >= exponent - m.fraction_bits - 1)
    total += down_to(c.value, exponent - m.fraction_bits);
  if (total == 0) return finite(0, false);
  return rounded(finite(down_to(total, std::max(exponent_of(total), emin) - m.sum_fraction_bits), false));
}

}  // namespace halfway::test
