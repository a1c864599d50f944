// One dot product, exactly, rounded once: in integers.
#pragma once
#include <optional>

#include "emu/exact_sum.hpp"
#include "emu/unit_arithmetic.hpp"

namespace halfway::emu::detail {

/// The code in the format `to` of c + Σ a(k)·b(k), k from 0 to terms − 1; a and b give what numbers of at most
/// float64's range and precision stand for.
template <class A, class B>
Code exact_dot(const Codes& to, std::int64_t terms, A a, B b, const std::optional<Unpacked>& c) {
  using halfway::detail::u128;
  ExactSum64 sum;
  bool nan = false, infinite[2] = {false, false}, all_negative = c.has_value();
  const auto add = [&](bool negative, const Unpacked& x, const Unpacked& y) {
    all_negative = all_negative && negative;
    if (x.kind == Kind::nan || y.kind == Kind::nan) {
      nan = true;
    } else if (x.kind == Kind::infinity || y.kind == Kind::infinity) {
      (x.is_zero() || y.is_zero() ? nan : infinite[negative]) = true;
    } else {
      const u128 product = u128{x.significand} * y.significand;
      const auto low = static_cast<std::uint64_t>(product), high = static_cast<std::uint64_t>(product >> 64);
      if (low != 0) sum.add(negative, x.exponent + y.exponent, low);
      if (high != 0) sum.add(negative, x.exponent + y.exponent + 64, high);
    }
  };
  constexpr Unpacked one{Kind::finite, false, 0, 1};
  if (c) add(c->negative, *c, one);
  for (std::int64_t k = 0; k < terms; ++k) {
    const Unpacked x = a(k), y = b(k);
    add(x.negative != y.negative, x, y);
  }
  Context context;
  if (nan || (infinite[0] && infinite[1])) return to.nan;
  if (infinite[0] || infinite[1]) return halfway::detail::infinity(to, infinite[1], context);
  const auto [exponent, significand] = sum.magnitude();
  const bool negative = significand == 0 ? all_negative : sum.is_negative();
  return halfway::detail::round_pack(to, negative, exponent, u128{significand}, context);
}

}  // namespace halfway::emu::detail
