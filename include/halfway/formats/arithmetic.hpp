// How results are rounded: one small value that converts, rounds in place and does arithmetic.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace halfway {

/// What an operation does with subnormal numbers.
enum class Subnormals : std::uint8_t { keep, flush };

/// IEEE 754 rounding directions; rounding to odd (Boldo and Melquiond 2008: inexact results get an odd last place); and
/// four ways of stochastic rounding with r random bits, named as gfloat does.
///
/// A stochastic direction compares the discarded part δ, in units of the last place, with an r-bit random integer R and
/// rounds away from zero when
///   stochastic          RN(δ·2^r), ties to even, + R ≥ 2^r   (P3109: StochasticC)
///   stochastic_odd      RN(δ·2^r), ties to odd, + R ≥ 2^r
///   stochastic_fast     δ·2^r + R + ½ ≥ 2^r                  (P3109: StochasticB)
///   stochastic_fastest  δ·2^r + R ≥ 2^r                      (P3109: StochasticA)
/// The expected result is that of δ rounded to r bits: within ½·2^−r units in the last place of the exact one, or, for
/// stochastic_fastest, which truncates, up to 2^−r nearer to zero; exact where δ has no more than r bits.
enum class Rounding : std::uint8_t {
  ties_to_even,
  ties_to_away,
  toward_zero,
  toward_positive,
  toward_negative,
  to_odd,
  stochastic,
  stochastic_odd,
  stochastic_fast,
  stochastic_fastest
};

constexpr bool is_stochastic(Rounding r) { return r >= Rounding::stochastic; }

inline constexpr std::array<std::string_view, 10> rounding_names{
    "ties_to_even", "ties_to_away", "toward_zero",    "toward_positive", "toward_negative",
    "to_odd",       "stochastic",   "stochastic_odd", "stochastic_fast", "stochastic_fastest"};
/// "ties_to_even", …
constexpr std::string_view name(Rounding r) { return rounding_names[static_cast<std::size_t>(r)]; }
/// The direction of that name, or nothing.
constexpr std::optional<Rounding> find_rounding(std::string_view text) {
  for (std::size_t i = 0; i < rounding_names.size(); ++i)
    if (rounding_names[i] == text) return static_cast<Rounding>(i);
  return std::nullopt;
}

/// What becomes of a result beyond the largest finite number.
enum class Overflow : std::uint8_t {
  infinity,  ///< IEEE 754: infinity or the largest finite number, by direction; NaN where the format has no infinity
  saturate   ///< the largest finite number, for an infinite operand of a conversion too (OCP's saturating mode)
};

/// How an operation rounds, and what it does with subnormal numbers and with overflow.
struct Arithmetic {
  Rounding rounding = Rounding::ties_to_even;
  Subnormals inputs = Subnormals::keep;   ///< flush: a subnormal operand reads as a zero of its sign (x86 DAZ)
  Subnormals results = Subnormals::keep;  ///< flush: a result that is tiny after rounding is a zero of its sign (FTZ)
  Overflow overflow = Overflow::infinity;
  /// r, from 0 to 32, for stochastic rounding; the rest of this struct is for it too.
  int random_bits = 16;
  /// Element i of a bulk operation rounds with random_bits_of(how, i), whatever the threads and the instruction set.
  std::uint64_t seed = 0, stream = 0;

  friend constexpr bool operator==(const Arithmetic&, const Arithmetic&) = default;
};

/// How often each event happened in a bulk operation.
struct EventCounts {
  std::int64_t results = 0;  ///< elements computed
  std::int64_t invalid = 0;  ///< no meaningful result: 0/0, ∞ − ∞, √−1, an infinity into a format without one, …
  std::int64_t divided_by_zero = 0;  ///< an exact infinity from finite operands
  std::int64_t overflow = 0;         ///< beyond the largest finite number after rounding with unbounded exponents
  std::int64_t underflow = 0;        ///< tiny after rounding with unbounded exponents, and inexact
  std::int64_t inexact = 0;          ///< the result is not the exact one
  std::int64_t nan = 0;              ///< NaN from operands that are none
  std::int64_t flushed = 0;          ///< subnormal operands and tiny results that became zero

  friend constexpr bool operator==(const EventCounts&, const EventCounts&) = default;
  constexpr EventCounts& operator+=(const EventCounts& other) {
    results += other.results;
    invalid += other.invalid;
    divided_by_zero += other.divided_by_zero;
    overflow += other.overflow;
    underflow += other.underflow;
    inexact += other.inexact;
    nan += other.nan;
    flushed += other.flushed;
    return *this;
  }
};

}  // namespace halfway
