// The formats and settings that the scalar core is proved with, and the comparison of one result with the oracle's.
#pragma once
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "formats_oracle_operations.hpp"
#include "halfway/formats/detail/operations.hpp"

namespace cases {

using namespace halfway;

static_assert(oracle::invalid == detail::event_invalid && oracle::divided_by_zero == detail::event_divided_by_zero &&
              oracle::overflow == detail::event_overflow && oracle::underflow == detail::event_underflow &&
              oracle::inexact == detail::event_inexact && oracle::made_nan == detail::event_nan);

/// Every kind of specials, signed and not; the smallest and the largest precisions and exponents.
inline constexpr FloatFormat custom_formats[] = {{4, 4, 8, Specials::p3109},
                                                 {3, 5, 16, Specials::p3109},
                                                 {7, 1, 1, Specials::p3109},
                                                 {1, 7, 63, Specials::p3109},
                                                 {4, 5, 16, Specials::p3109, false},
                                                 {4, 4, 7, Specials::ieee, false},
                                                 {4, 5, 15, Specials::nan_all_ones, false},
                                                 {3, 3, 3, Specials::none, false},
                                                 {1, 4, 7, Specials::nan_all_ones, false, false},
                                                 {1, 2, 1, Specials::none},
                                                 {6, 2, 1, Specials::none},
                                                 {2, 6, 31, Specials::nan_minus_zero},
                                                 {4, 4, -127},
                                                 {4, 4, 382},
                                                 {10, 6, 31, Specials::nan_minus_zero},
                                                 {13, 3, 3, Specials::nan_all_ones},
                                                 {14, 8, 127},
                                                 {15, 8, 127},
                                                 {24, 8, 382, Specials::p3109}};

/// Valid ones of 3 to `max_bits` bits, the same in every run.
inline std::vector<FloatFormat> random_formats(int count, int max_bits) {
  std::mt19937 random(2026);
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  std::vector<FloatFormat> formats;
  while (static_cast<int>(formats.size()) < count) {
    const FloatFormat f{1 + below(8), 1 + below(8), below(510) - 127, static_cast<Specials>(below(5)), below(4) != 0};
    if (is_supported(f) && f.bits() <= max_bits) formats.push_back(f);
  }
  return formats;
}

/// Named, custom and random ones of at most `max_bits` bits.
inline std::vector<FloatFormat> formats(int max_bits, int random_ones) {
  std::vector<FloatFormat> all = random_formats(random_ones, max_bits);
  for (const FloatFormat& f : custom_formats) all.push_back(f);
  for (const NamedFormat& f : named_formats) all.push_back(f.format);
  std::erase_if(all, [&](const FloatFormat& f) { return f.bits() > max_bits; });
  return all;
}

/// `rounding` with one of the eight ways to treat subnormals and overflow.
inline Arithmetic variant(Rounding rounding, unsigned which) {
  return {.rounding = rounding,
          .inputs = which & 1 ? Subnormals::flush : Subnormals::keep,
          .results = which & 2 ? Subnormals::flush : Subnormals::keep,
          .overflow = which & 4 ? Overflow::saturate : Overflow::infinity};
}

inline std::string describe(const FloatFormat& f) {
  if (name(f) != "custom") return std::string(name(f));
  return "p" + std::to_string(f.precision) + " e" + std::to_string(f.exponent_bits) + " bias " +
         std::to_string(f.bias) + " specials " + std::to_string(static_cast<int>(f.specials)) +
         (f.is_signed ? "" : " unsigned");
}
inline std::string describe(const Arithmetic& how) {
  return std::string(name(how.rounding)) + (how.inputs == Subnormals::flush ? ", inputs flushed" : "") +
         (how.results == Subnormals::flush ? ", results flushed" : "") +
         (how.overflow == Overflow::saturate ? ", saturating" : "") + ", r = " + std::to_string(how.random_bits);
}

/// Counts comparisons, reports the first few that fail.
class Tally {
 public:
  explicit Tally(std::string what) : what_(std::move(what)) {}

  template <class... Operands>
  void expect(std::uint64_t code, const detail::Context& context, const oracle::Result& expected, const char* operation,
              Operands... operands) {
    ++checked_;
    const oracle::Result actual{static_cast<std::uint32_t>(code), context.events, context.flushed};
    if (actual == expected && code == actual.code) return;
    if (++wrong_ > 5) return;
    std::string text = what_ + ": " + operation;
    ((text += " " + std::to_string(operands)), ...);
    text += ", " + describe(context.how) + ", R = " + std::to_string(context.random);
    CAPTURE(text);
    CHECK(code == expected.code);
    CHECK(context.events == expected.events);
    CHECK(context.flushed == expected.flushed);
  }
  /// At the end: at least `least` comparisons, all equal.
  void finish(std::uint64_t least = 1) const {
    CAPTURE(what_);
    CHECK(wrong_ == 0);
    CHECK(checked_ >= least);
  }

 private:
  std::string what_;
  std::uint64_t wrong_ = 0, checked_ = 0;
};

}  // namespace cases
