// What there is to say about one number in one format.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/decimal.hpp"
#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"

namespace halfway::cli {

/// What a person gave: a number, or a code.
struct Subject {
  std::string text;                   ///< as given
  std::optional<std::uint64_t> code;  ///< of "0b…", "bits:0x…" and "bits:0b…"; else `text` is a number
  std::optional<Decimal> exact;       ///< of a number that is finite
};
/// ValueError for what is neither.
Subject parse_subject(const std::string& text);
/// The value of a code as a number to round to other formats.
Subject value_of_code(const Subject& code, const FloatFormat& format);

/// A number of the format, for people.
struct Shown {
  std::string code;      ///< "0x2E66"
  std::string shortest;  ///< "0.1"
};

inline constexpr std::array directions{Rounding::ties_to_even,    Rounding::ties_to_away,    Rounding::toward_zero,
                                       Rounding::toward_positive, Rounding::toward_negative, Rounding::to_odd};

struct Inspection {
  std::string format;
  Shown number;
  std::string_view kind;  ///< "normal", "subnormal", "zero", "infinity", "nan"
  std::string bits;       ///< "0 01011 1001100110"
  std::uint64_t sign, exponent_field, fraction_field;
  std::string exact, hexadecimal;
  int fraction_bits;
  std::optional<int> last_exponent{};     ///< of a finite number: its last place, its ulp, is 2^that
  std::optional<Shown> below{}, above{};  ///< of what is not NaN
  struct Error {
    std::string absolute, relative, ulps;
  };
  std::optional<Error> error{};                                   ///< of a number that was rounded to a finite one
  std::optional<std::array<Shown, directions.size()>> rounded{};  ///< of a number: in each direction
};
Inspection inspect(const Subject& subject, const FloatFormat& format);

}  // namespace halfway::cli
