// Passes, instructions and blocks of a dot product; chains, lanes, trees and exact sums.
#include "emu/dot_ref.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "emu/exact_sum.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace detail {
namespace {

template <class W>
Code chain(const UnitArithmetic<W>& unit, const Terms& terms, Code acc, std::size_t first = 0, std::size_t step = 1) {
  for (std::size_t k = first; k < terms.size(); k += step)
    acc = unit.model().round_products ? unit.add(unit.product(terms.a[k], terms.b[k]), acc)
                                      : unit.fma(terms.a[k], terms.b[k], acc);
  return acc;
}

/// x[0] + x[1], x[2] + x[3], … until one is left.
template <class W>
Code join_pairs(const UnitArithmetic<W>& unit, std::vector<Code> x) {
  while (x.size() > 1) {
    std::vector<Code> sums;
    for (std::size_t i = 0; i + 1 < x.size(); i += 2) sums.push_back(unit.add(x[i], x[i + 1]));
    if (x.size() % 2 != 0) sums.push_back(x.back());
    x = std::move(sums);
  }
  return x.empty() ? Code{0} : x[0];
}

template <class W>
Code lanes(const UnitArithmetic<W>& unit, const Terms& terms) {
  std::vector<Code> sums;
  const auto count = static_cast<std::size_t>(unit.model().lanes);
  for (std::size_t lane = 0; lane < count; ++lane) sums.push_back(chain(unit, terms, Code{0}, lane, count));
  return join_pairs(unit, std::move(sums));
}

template <class W>
Code tree(const UnitArithmetic<W>& unit, const Terms& terms) {
  std::vector<Code> products;
  for (std::size_t k = 0; k < terms.size(); ++k) products.push_back(unit.product(terms.a[k], terms.b[k]));
  return join_pairs(unit, std::move(products));
}

/// c (where it is a term) + Σ a[k]·b[k], rounded once. A zero is −0 if all terms are.
template <class W>
Code exact(const UnitArithmetic<W>& unit, const Terms& terms, Code c) {
  ExactSum sum;
  bool nan = false, infinite[2] = {false, false}, all_negative = true;
  const auto add = [&](const Unpacked& x) {
    all_negative = all_negative && x.negative;
    if (x.kind == Kind::finite)
      sum.add(x.negative, x.exponent, x.significand);
    else
      (x.kind == Kind::nan ? nan : infinite[x.negative]) = true;
  };
  for (std::size_t k = 0; k < terms.size(); ++k) add(multiply(terms.a[k], terms.b[k]));
  if (unit.model().addend == Addend::first || terms.size() == 0) add(unit.unpack(c));
  if (nan || (infinite[0] && infinite[1])) return unit.nan({});
  if (infinite[0] || infinite[1]) return unit.infinity(infinite[1]);
  const auto [exponent, significand] = sum.magnitude();
  return unit.round(significand == 0 ? all_negative : sum.is_negative(), exponent, W{significand});
}

template <class W>
Code block_sum(const UnitArithmetic<W>& unit, const Terms& terms, Code c) {
  switch (unit.model().kind) {
    case Summation::chain: return chain(unit, terms, c);
    case Summation::lanes: return lanes(unit, terms);
    case Summation::tree: return tree(unit, terms);
    case Summation::exact: return exact(unit, terms, c);
    case Summation::aligned: break;
  }
  if constexpr (std::is_same_v<W, std::uint64_t>)
    return aligned(unit, terms, c);
  else
    return c;  // check_model refuses aligned sums in float64
}

/// The place of term k of an instruction in its order.
std::size_t place_of(TermOrder order, std::size_t k, std::size_t terms) {
  switch (order) {
    case TermOrder::odd_first: return k ^ 1;
    case TermOrder::pairs_apart: return k / 4 * 2 + k % 2 + (k % 4 < 2 ? 0 : terms / 2);
    case TermOrder::natural: break;
  }
  return k;
}

template <class W>
Code instruction_sum(const UnitArithmetic<W>& unit, const Terms& terms, Code c) {
  const DotModel& model = unit.model();
  const std::size_t block =
      model.block > 0 ? static_cast<std::size_t>(model.block) : std::max<std::size_t>(terms.size(), 1);
  const bool last = model.addend == Addend::last;
  Code acc = last ? Code{0} : c;
  for (std::size_t begin = 0; begin < terms.size(); begin += block)
    acc = block_sum(unit, terms.slice(begin, std::min(block, terms.size() - begin)), acc);
  return last ? unit.add(c, acc, model.addend_rounding) : acc;
}

template <class W>
Code pass_sum(const UnitArithmetic<W>& unit, const Terms& terms, Code c) {
  const DotModel& model = unit.model();
  if (model.instruction == 0) return instruction_sum(unit, terms, c);
  const auto size = static_cast<std::size_t>(model.instruction);
  constexpr Unpacked zero{Kind::finite, false, 0, 0};
  std::vector<Unpacked> a(size), b(size);
  for (std::size_t begin = 0; begin < terms.size(); begin += size) {
    std::fill(a.begin(), a.end(), zero), std::fill(b.begin(), b.end(), zero);
    for (std::size_t k = 0; k < std::min(size, terms.size() - begin); ++k) {
      const std::size_t place = place_of(model.order, k, size);
      a[place] = terms.a[begin + k], b[place] = terms.b[begin + k];
    }
    c = instruction_sum(unit, Terms{a, b, terms.fraction_bits}, c);
  }
  return c;
}

template <class W>
Code sum_of(const DotModel& model, const Terms& terms, std::optional<Code> c, std::uint64_t element) {
  const UnitArithmetic<W> unit(model, element);
  if (model.pass == 0) return pass_sum(unit, terms, unit.read_addend(c.value_or(0)));
  const auto pass = static_cast<std::size_t>(model.pass);
  std::optional<Code> sum = c;
  if (sum && model.output() == model.storage()) sum = unit.read_addend(*sum);
  for (std::size_t begin = 0; begin < terms.size(); begin += pass) {
    const Code part = unit.widen(pass_sum(unit, terms.slice(begin, std::min(pass, terms.size() - begin)), Code{0}));
    sum = sum ? unit.join(*sum, part) : part;
  }
  return sum.value_or(0);
}

}  // namespace

Unpacked read_operand(const DotModel& model, const FloatFormat& format, Code code) {
  const Codes f(format);
  if (model.cuts_to_tf32(format)) code &= ~Code{0x1FFF};
  Context context{.how = {.inputs = format.bits() > 8 ? model.inputs : Subnormals::keep}};
  Unpacked x = halfway::detail::unpack(f, code, context);
  if (model.inputs == Subnormals::flush && model.flush_to_plus_zero && x.is_zero()) x.negative = false;
  if (x.kind == Kind::nan && f.precision <= 24) {
    const Codes single(binary32);
    x.significand = single.nan | (code & f.fraction) << (single.fraction_bits - f.fraction_bits);
    if ((code & f.sign) != 0) x.significand |= single.sign;
  }
  return x;
}

Unpacked multiply(const Unpacked& a, const Unpacked& b) {
  const bool negative = a.negative != b.negative;
  if (a.kind == Kind::nan || b.kind == Kind::nan) return {Kind::nan, false, 0, 0};
  if (a.kind == Kind::infinity || b.kind == Kind::infinity)
    return {a.is_zero() || b.is_zero() ? Kind::nan : Kind::infinity, negative, 0, 0};
  return {Kind::finite, negative, a.exponent + b.exponent, a.significand * b.significand};
}

Code dot_ref(const DotModel& model, const Terms& terms, std::optional<Code> c, std::uint64_t element) {
  using halfway::detail::u128;
  return model.result.precision > 24 ? sum_of<u128>(model, terms, c, element)
                                     : sum_of<std::uint64_t>(model, terms, c, element);
}

}  // namespace detail

std::uint64_t dot_product(const DotModel& model, const FloatFormat& a_format, std::span<const std::uint64_t> a,
                          const FloatFormat& b_format, std::span<const std::uint64_t> b, std::optional<std::uint64_t> c,
                          std::uint64_t element) {
  check_model(model, "dot_product");
  if (a.size() != b.size())
    throw ShapeError("dot_product", "a has " + std::to_string(a.size()) + " elements, b has " +
                                        std::to_string(b.size()) + "; pass as many of both");
  std::array<std::vector<detail::Unpacked>, 2> operands;
  const std::array formats{&a_format, &b_format};
  const std::array codes{a, b};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!model.accepts(*formats[i]))
      throw DTypeError("dot_product", "an operand is " + std::string(name(*formats[i])) + ", which " +
                                          std::string(model.name) +
                                          " does not multiply; choose another unit or convert it");
    for (const std::uint64_t code : codes[i]) operands[i].push_back(detail::read_operand(model, *formats[i], code));
  }
  const detail::Terms terms{operands[0], operands[1], a_format.fraction_bits() + b_format.fraction_bits()};
  return detail::dot_ref(model, terms, c, element);
}

}  // namespace halfway::emu
