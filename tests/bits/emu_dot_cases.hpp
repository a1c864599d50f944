// Operands for the tests of dot products, and the comparison of a model with exact rationals.
#pragma once
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "bits/emu_dot_oracle.hpp"
#include "halfway/emu/dot_product.hpp"

namespace halfway::test {

using Codes = std::vector<std::uint64_t>;

/// How codes are drawn.
enum class Draw { bits, ones, wide, cancelling, ties, edges, tiny, subnormal, specials, zeros };
inline constexpr int draws = 10;

class Source {
 public:
  Source(const FloatFormat& format, Draw draw, std::uint64_t seed) : f_(format), draw_(draw), random_(seed) {}

  std::uint64_t next() {
    const int top = (1 << f_.exponent_bits) - 1;
    const auto around = [&](int exponent, int spread) {
      const int field = f_.bias + exponent + below(2 * spread + 1) - spread;
      return code(flip(), std::clamp(field, 0, top - 1), random_());
    };
    switch (draw_) {
      case Draw::bits: return random_() >> (64 - f_.bits());
      case Draw::ones: return around(0, 2);
      case Draw::wide: return code(flip(), below(top), random_());
      case Draw::cancelling:
        last_ = last_ == 0 ? around(0, 1) : std::exchange(last_, 0) ^ code(true, 0, 0) ^ std::uint64_t(below(2));
        return last_;
      case Draw::ties:
        return code(flip(), std::clamp(f_.bias + (below(5) - 2) * f_.fraction_bits() / 2, 0, top - 1),
                    below(3) == 0 ? 1 : 0);
      case Draw::edges: return code(flip(), flip() ? top - 1 - below(2) : below(3), random_());
      case Draw::tiny: return around(-f_.bias / 2, 3);
      case Draw::subnormal: return below(4) == 0 ? around(f_.bias - 2, 1) : code(flip(), below(3) / 2, random_());
      case Draw::specials:
        switch (below(16)) {
          case 0: return code(flip(), top, 0);
          case 1: return code(flip(), top, random_());
          case 2: return code(flip(), 0, 0);
          default: return around(0, 1);
        }
      case Draw::zeros: break;
    }
    return code(one_sign_ ? negative_ : flip(), 0, below(8) == 0 ? 1 : 0);
  }
  Codes next(std::size_t count) {
    Codes codes;
    for (std::size_t i = 0; i < count; ++i) codes.push_back(next());
    return codes;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool flip() { return (random_() & 1) != 0; }
  std::uint64_t code(bool negative, int field, std::uint64_t fraction) const {
    return std::uint64_t{negative} << (f_.bits() - 1) | static_cast<std::uint64_t>(field) << f_.fraction_bits() |
           (fraction & ((std::uint64_t{1} << f_.fraction_bits()) - 1));
  }
  FloatFormat f_;
  Draw draw_;
  std::mt19937_64 random_;
  std::uint64_t last_ = 0;
  bool one_sign_ = flip(), negative_ = flip();  // zeros of one sign make sums of −0
};

inline constexpr FloatFormat any_operands[]{binary16, bfloat, binary32};

/// Compares `repeats` dot products of each draw and several lengths; returns how many different results there were.
inline std::size_t compare(const DotModel& model, int repeats) {
  const DotOracle oracle(model);
  std::set<std::uint64_t> results;
  std::uint64_t seed = 1;
  const std::span<const FloatFormat> formats = model.operands.empty() ? any_operands : model.operands;
  for (const FloatFormat& listed : formats)
    for (const FloatFormat& other : formats)
      for (int draw = 0; draw < draws * repeats; ++draw, ++seed) {
        const bool mixes = listed.bits() <= 8 && other.bits() <= 8;
        if (listed != other && !mixes) continue;
        const FloatFormat a_format = listed == tensor_float ? binary32 : listed;
        const FloatFormat b_format = other == tensor_float ? binary32 : other;
        constexpr std::size_t lengths[]{0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 40, 70};
        const std::size_t terms = model.pass > 70 && seed % 4 == 0 ? static_cast<std::size_t>(model.pass) + 6
                                                                   : lengths[seed % std::size(lengths)];
        const Draw kind = static_cast<Draw>(draw % draws);
        const Codes a = Source(a_format, kind, seed).next(terms),
                    b = Source(b_format, kind, seed + 1000000).next(terms);
        std::optional<std::uint64_t> c;
        if (seed % 3 != 0) c = Source(model.output(), seed % 2 == 0 ? kind : Draw::bits, seed + 2000000).next();
        const std::uint64_t result = dot_product(model, a_format, a, b_format, b, c, seed);
        const std::uint64_t expected = oracle(a_format, a, b_format, b, c, {}, seed);
        results.insert(result);
        const std::string what = std::string(model.name) + " " + std::string(name(a_format)) + " draw " +
                                 std::to_string(draw % draws) + " terms " + std::to_string(terms) + " seed " +
                                 std::to_string(seed);
        CAPTURE(what);
        CHECK(result == expected);
      }
  return results.size();
}

/// The code of ±2^exponent, or of the format's number nearest to it.
inline std::uint64_t power_code(const FloatFormat& format, int exponent, bool negative) {
  halfway::detail::Context context;
  const halfway::detail::Codes f(format);
  const int kept = std::clamp(exponent, f.emin - f.fraction_bits, f.emax);
  return halfway::detail::round_pack(f, negative, kept, std::uint64_t{1}, context);
}

/// Products and c that are powers of two at the distances where units cut, so that what is cut decides a tie.
inline void compare_staircase(const DotModel& model, const FloatFormat& format, int repeats) {
  constexpr int all_steps[]{0, 1, 8, 13, 14, 22, 23, 24, 25, 26, 30, 31, 32, 33, 34}, few_steps[]{0, 8, 24, 25, 32};
  const DotOracle oracle(model);
  std::mt19937_64 random(17);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const FloatFormat operands = format == tensor_float ? binary32 : format, result = model.output();
  const int smallest = std::max(2 * (format.emin() - format.fraction_bits()), result.emin() - 40);
  for (int i = 0; i < repeats; ++i) {
    const int bases[]{smallest + pick(40), result.emin(), result.emin() - result.precision,
                      std::min(2 * format.emax(), result.emax()) - pick(30)};
    const int base = bases[pick(4)];
    const std::span<const int> steps = pick(2) == 0 ? std::span<const int>(all_steps) : few_steps;
    const auto step = [&] { return steps[random() % steps.size()]; };
    Codes a, b;
    for (int k = 0, terms = 2 + pick(4); k < terms; ++k) {
      const int exponent = base - step();
      a.push_back(power_code(operands, exponent - exponent / 2, pick(2) == 0));
      b.push_back(power_code(operands, exponent / 2, false));
    }
    std::uint64_t c = power_code(result, base - (pick(2) == 0 ? 0 : step()), pick(2) == 0);
    if (pick(2) == 0) c |= 1;
    if (pick(4) == 0) c = 0;
    const std::string what = std::string(model.name) + " staircase " + std::to_string(i);
    CAPTURE(what);
    CHECK(dot_product(model, operands, a, operands, b, c) == oracle(operands, a, operands, b, c));
  }
}

}  // namespace halfway::test
