// The aligned kind: how tensor cores and CDNA3 add.
#include <algorithm>
#include <bit>
#include <vector>

#include "emu/dot_ref.hpp"

namespace halfway::emu::detail {
namespace {

/// value·2^place
struct FixedPoint {
  std::int64_t value = 0;
  int place = 0;
};

/// One term: a number, the exponent by which it is aligned (that of its significand's leading place, which may be zero)
/// and whether that counts (zeros take no part).
struct AlignedTerm {
  Unpacked number;
  int exponent;
  bool takes_part;
};

/// ±significand·2^exponent as a multiple of 2^place, cut towards zero.
std::int64_t cut(const Unpacked& x, int place) {
  const int up = x.exponent - place;
  const std::uint64_t magnitude = up >= 0 ? x.significand << up : up > -64 ? x.significand >> -up : 0;
  return x.negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
}

/// x in multiples of 2^place, rounded down.
FixedPoint floor_to(const FixedPoint& x, int place) {
  const int down = place - x.place;
  return {down <= 0 ? x.value * (std::int64_t{1} << -down) : x.value >> std::min(down, 63), place};
}

/// The finite terms, cut at fraction_bits below the largest exponent, which counts as `floor` at least. Nothing but
/// zeros: exponent `floor`.
struct AlignedSum {
  FixedPoint sum;
  int exponent;
};
AlignedSum align_and_add(std::span<const AlignedTerm> terms, std::size_t first, std::size_t step, int fraction_bits,
                         int floor) {
  int exponent = floor;
  for (std::size_t k = first; k < terms.size(); k += step)
    if (terms[k].takes_part) exponent = std::max(exponent, terms[k].exponent);
  AlignedSum result{{0, exponent - fraction_bits}, exponent};
  for (std::size_t k = first; k < terms.size(); k += step)
    if (terms[k].takes_part) result.sum.value += cut(terms[k].number, result.sum.place);
  return result;
}

/// |value| and its sign, rounded to the unit's result.
Code round(const UnitArithmetic<std::uint64_t>& unit, const FixedPoint& x) {
  const auto bits = static_cast<std::uint64_t>(x.value);
  return unit.round(x.value < 0, x.place, x.value < 0 ? std::uint64_t{0} - bits : bits);
}

/// A finished sum of products and c, both rounded down at their places, added, rounded down again, then to nearest.
Code add_late(const UnitArithmetic<std::uint64_t>& unit, const AlignedSum& products, const AlignedTerm& c) {
  const DotModel& model = unit.model();
  const int kept = model.sum_fraction_bits, emin = binary32.emin();
  const int exponent = std::max(products.exponent, c.exponent);  // c has one, also if it is zero
  FixedPoint sum = floor_to(products.sum, exponent - model.late_fraction_bits);
  const bool too_small = model.parity_groups && c.exponent < exponent - model.fraction_bits - 1;
  if (!too_small) {
    const std::int64_t significand = c.number.negative ? -static_cast<std::int64_t>(c.number.significand)
                                                       : static_cast<std::int64_t>(c.number.significand);
    const FixedPoint addend = floor_to({significand, c.number.exponent}, exponent - model.fraction_bits);
    sum.value += floor_to(addend, sum.place).value;
  }
  const auto bits = static_cast<std::uint64_t>(sum.value < 0 ? -sum.value : sum.value);
  const int top = sum.place + static_cast<int>(std::bit_width(bits)) - 1;
  const int last_place = std::max(top, emin) - kept;
  return round(unit, last_place > sum.place ? floor_to(sum, last_place) : sum);
}

AlignedTerm term(const Unpacked& x, int fraction_bits) { return {x, x.exponent + fraction_bits, x.significand != 0}; }

/// A product, with the scales of its factors.
AlignedTerm product_term(const DotModel& model, const Terms& terms, std::size_t k) {
  Unpacked x = multiply(terms.a[k], terms.b[k]);
  if (x.kind == Kind::finite && model.products_overflow &&
      x.exponent + static_cast<int>(std::bit_width(x.significand)) > binary32.emax() + 1)
    x.kind = Kind::infinity;
  if (!terms.scaled()) return term(x, terms.fraction_bits);
  const std::size_t scale = k / terms.scale_block;
  x = multiply(x, multiply(terms.a_scales[scale], terms.b_scales[scale]));
  return term(x, terms.fraction_bits + terms.scale_fraction_bits);
}

/// The products first to first + count, which have the same scales and no infinities or NaN among them, added exactly;
/// aligned by the exponent of the scales. A sum of zero takes part, a sum of nothing but zeros does not.
AlignedTerm group_term(const Terms& terms, std::size_t first, std::size_t count, int lowest) {
  FixedPoint sum{0, lowest};
  bool zeros = true;
  for (std::size_t k = first; k < first + count; ++k) {
    const Unpacked product = multiply(terms.a[k], terms.b[k]);
    sum.value += cut(product, lowest), zeros = zeros && product.significand == 0;
  }
  Unpacked x{Kind::finite, sum.value < 0, lowest, static_cast<std::uint64_t>(sum.value < 0 ? -sum.value : sum.value)};
  if (!terms.scaled()) return {x, 0, !zeros};
  const std::size_t scale = first / terms.scale_block;
  const Unpacked scales = multiply(terms.a_scales[scale], terms.b_scales[scale]);
  return {multiply(x, scales), scales.exponent + terms.scale_fraction_bits, !zeros && scales.significand != 0};
}

std::vector<AlignedTerm> terms_of(const DotModel& model, const Terms& terms) {
  std::vector<AlignedTerm> all;
  const std::size_t size = terms.size(), group = static_cast<std::size_t>(model.group);
  if (group == 0)
    for (std::size_t k = 0; k < size; ++k) all.push_back(product_term(model, terms, k));
  else
    for (std::size_t k = 0; k < size; k += group)
      all.push_back(group_term(terms, k, std::min(group, size - k), model.lowest_product()));
  return all;
}

}  // namespace

Code aligned(const UnitArithmetic<std::uint64_t>& unit, const Terms& terms, Code c) {
  const DotModel& model = unit.model();
  const Unpacked addend = unit.unpack(c);
  const AlignedTerm last = term(addend, model.storage().fraction_bits());
  std::vector<AlignedTerm> all = terms_of(model, terms);

  bool nan = addend.kind == Kind::nan, infinite[2] = {false, false};
  if (addend.kind == Kind::infinity) infinite[addend.negative] = true;
  for (const auto& [x, exponent, takes_part] : all) {
    nan |= x.kind == Kind::nan;
    if (x.kind == Kind::infinity) infinite[x.negative] = true;
  }
  if (nan || (infinite[0] && infinite[1])) return unit.nan({});
  if (infinite[0] || infinite[1]) return unit.infinity(infinite[1]);

  constexpr int nothing = -1000;  // below every exponent
  const int bits = model.fraction_bits, floor = std::max(model.alignment_floor, nothing);
  if (model.addend != Addend::late) {
    all.push_back(last);
    return round(unit, align_and_add(all, 0, 1, bits, floor).sum);
  }
  if (!model.parity_groups) return add_late(unit, align_and_add(all, 0, 1, bits, floor), last);
  const AlignedSum even = align_and_add(all, 0, 2, bits, floor), odd = align_and_add(all, 1, 2, bits, floor);
  const int exponent = std::max(even.exponent, odd.exponent);
  const FixedPoint e = floor_to(even.sum, exponent - bits), o = floor_to(odd.sum, exponent - bits);
  return add_late(unit, {{e.value + o.value, e.place}, exponent}, last);
}

}  // namespace halfway::emu::detail
