// Conversion against the oracle: every format, every direction, with saturation, flushing and events; numbers, ties,
// their neighbours and everything between formats.
#include <bit>
#include <cmath>
#include <limits>

#include "formats_cases.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

namespace {

void check_double(cases::Tally& tally, const detail::Codes& to, const oracle::Format& exact, double x,
                  const Arithmetic& how) {
  for (const double each : {x, -x}) {
    detail::Context context{.how = how};
    const auto code = detail::convert_code(to, detail::codes_of<binary64>, std::bit_cast<std::uint64_t>(each), context);
    tally.expect(code, context, exact.round(each, how), "from", each);
  }
}

/// Every number (every `step`th), every midpoint, the doubles and the floats on either side of both.
void check_all_intervals(const FloatFormat& f, std::uint32_t step) {
  const detail::Codes to(f);
  const oracle::Format exact(f);
  cases::Tally tally("float64 to " + cases::describe(f));
  unsigned turn = 0;
  const auto check = [&](double x) {
    for (const Rounding rounding : oracle::all_roundings)
      check_double(tally, to, exact, x, cases::variant(rounding, turn++ % 3 == 0 ? 0 : turn / 3 & 6));
  };
  const auto check_around = [&](double x) {
    check(x);
    check(std::nextafter(x, 0));
    check(std::nextafter(x, HUGE_VAL));
    const auto narrow = static_cast<float>(x);
    check(std::nextafter(narrow, 0.0f));
    check(std::nextafter(narrow, HUGE_VALF));
  };
  for (std::uint64_t i = 0; i <= exact.max_finite(); i += i < 40 || i + 40 > exact.max_finite() ? 1 : step) {
    check_around(exact.magnitude(static_cast<std::uint32_t>(i)));
    check_around(exact.midpoint(static_cast<std::uint32_t>(i)));
  }
  check_around(exact.after(exact.max_finite()));
  check_around(exact.min_normal() - std::ldexp(exact.min_normal(), -f.precision - 1));  // tiny or not, after rounding
  for (const double x : {std::numeric_limits<double>::max(), HUGE_VAL, std::nan(""), 0x1p-1074, 0x1p-1022})
    for (const Rounding rounding : oracle::all_roundings)
      for (unsigned which = 0; which < 8; ++which) {
        const Arithmetic how = cases::variant(rounding, which);
        if (how.inputs == Subnormals::keep || x >= 0x1p-1022) check_double(tally, to, exact, x, how);
      }
  tally.finish(12 * 2 * 10 * 4);
}

void check_codes(const FloatFormat& to_format, const oracle::Format& to, const FloatFormat& from_format,
                 const oracle::Format& from, const std::vector<std::uint32_t>& codes, bool all_variants) {
  const detail::Codes to_codes(to_format), from_codes(from_format);
  cases::Tally tally(cases::describe(from_format) + " to " + cases::describe(to_format));
  unsigned turn = 0;
  for (const std::uint32_t code : codes)
    for (const Rounding rounding : oracle::all_roundings)
      for (unsigned which = 0; which < (all_variants ? 8 : 1); ++which) {
        const Arithmetic how = cases::variant(rounding, all_variants ? which : turn++ % 8);
        detail::Context context{.how = how};
        const auto actual = detail::convert_code(to_codes, from_codes, code, context);
        const oracle::Operand x = oracle::read(from, code, how);
        oracle::Result expected = oracle::Machine(to, how).convert(x);
        expected.flushed += x.flushed;
        tally.expect(actual, context, expected, "code", code);
      }
  tally.finish(codes.size());
}

std::vector<std::uint32_t> all_codes(const oracle::Format& f) {
  std::vector<std::uint32_t> codes;
  for (std::uint32_t code = 0; code <= f.mask(); ++code) codes.push_back(code);
  return codes;
}

}  // namespace

TEST_CASE("float64 to every format: numbers, ties, their neighbours, each direction, saturating and flushing") {
  for (const FloatFormat& f : cases::formats(16, 40)) check_all_intervals(f, f.bits() > 12 ? 3 : 1);
  for (const FloatFormat& f : cases::formats(32, 0))
    if (f.bits() > 16) check_all_intervals(f, f.bits() > 24 ? 99'991 : 101);
}

TEST_CASE("between all formats of at most 9 bits: every code, every direction, every setting") {
  std::vector<oracle::Format> all;
  for (const FloatFormat& f : cases::formats(9, 6)) all.emplace_back(f);
  for (const oracle::Format& from : all) {
    const auto codes = all_codes(from);
    for (const oracle::Format& to : all) check_codes(to.format(), to, from.format(), from, codes, from.mask() < 64);
  }
}

TEST_CASE("from 16 bits to every format, and back") {
  std::vector<oracle::Format> all;
  for (const FloatFormat& f : cases::formats(32, 0)) all.emplace_back(f);
  for (const FloatFormat& f : {binary16, bfloat}) {
    const oracle::Format wide(f);
    const auto codes = all_codes(wide);
    for (const oracle::Format& each : all) {
      check_codes(each.format(), each, f, wide, codes, false);
      if (each.mask() < 65536) check_codes(f, wide, each.format(), each, all_codes(each), false);
    }
  }
}

TEST_CASE("float32 codes, subnormal ones too, to every format") {
  const oracle::Format single(binary32);
  std::vector<std::uint32_t> codes;
  std::mt19937 random(9);
  for (int i = 0; i < 6000; ++i) codes.push_back(static_cast<std::uint32_t>(random()));
  for (int i = 0; i < 2000; ++i) codes.push_back(static_cast<std::uint32_t>(random()) & 0x80FFFFFF);
  for (const FloatFormat& f : cases::formats(32, 20)) check_codes(f, oracle::Format(f), binary32, single, codes, false);
}

TEST_CASE("every format of at most 32 bits widens to float64 exactly") {
  for (const FloatFormat& f : cases::formats(32, 40)) {
    const oracle::Format exact(f);
    const detail::Codes codes(f);
    int wrong = 0;
    for (std::uint64_t code = 0; code <= exact.mask(); code += f.bits() > 16 ? 100'003 : 1) {
      const auto narrow = static_cast<std::uint32_t>(code);
      detail::Context context;
      const auto wide = std::bit_cast<double>(detail::convert_code(detail::codes_of<binary64>, codes, code, context));
      const double value = exact.any_value(narrow);
      wrong += std::isnan(value) ? !std::isnan(wide) : wide != value;
      wrong += !std::isnan(value) && std::signbit(wide) != exact.negative(narrow);
      wrong += context.events != 0;
    }
    const std::string what = cases::describe(f);
    CAPTURE(what);
    CHECK(wrong == 0);
  }
}

TEST_CASE("round_to and convert are that conversion") {
  const Arithmetic how{.rounding = Rounding::toward_negative, .overflow = Overflow::saturate};
  int wrong = 0;
  EventCounts events;
  const oracle::Format exact(e4m3fn);
  for (double x = -500; x < 500; x += 0.37) {
    const auto expected = exact.round(x, how).code;
    wrong += round_to<float8_e4m3fn>(x, how).bits() != expected;
    wrong += convert<float8_e4m3fn>(x, how, 0, &events).bits() != expected;
    wrong += round_to<float8_e4m3fn>(static_cast<float>(x), Rounding::to_odd).bits() !=
             exact.round(static_cast<double>(static_cast<float>(x)), Rounding::to_odd);
  }
  CHECK(wrong == 0);
  CHECK(events.results == 2703);
  CHECK(events.inexact > 2600);
  CHECK((events.overflow > 0 && events.invalid == 0));
}

TEST_CASE("double to float is the machine's conversion") {
  std::mt19937_64 random(3);
  int wrong = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint64_t field = 1023 - 155 + random() % 290;
    const auto x = std::bit_cast<double>((random() & 0x800FFFFFFFFFFFFF) | field << 52);
    wrong += round_to<float>(x) != static_cast<float>(x);
    const float up = round_to<float>(x, Rounding::toward_positive),
                down = round_to<float>(x, Rounding::toward_negative);
    wrong += !(up >= x && down <= x && (up == x ? down == up : std::nextafter(down, INFINITY) == up));
  }
  CHECK(wrong == 0);
}

TEST_CASE("integers in every direction") {
  const oracle::Format format(bfloat);
  int wrong = 0;
  for (int shift = 0; shift < 40; ++shift)
    for (std::int64_t i = -1030; i <= 1030; ++i)
      for (const Rounding rounding : oracle::all_roundings) {
        const std::int64_t x = i * (std::int64_t{1} << shift) + (i & 1);
        wrong += round_to<bfloat16>(x, rounding).bits() != format.round(static_cast<double>(x), rounding);
      }
  CHECK(wrong == 0);
}
