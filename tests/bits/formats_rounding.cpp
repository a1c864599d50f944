// round_to in every direction against the oracle: numbers, ties and their neighbours, overflow, specials.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "formats_oracle.hpp"
#include "halfway/formats/rounding.hpp"

using namespace halfway;

namespace {

template <class To, class From>
int wrong_roundings(const oracle::Format& format, From x) {
  int wrong = 0;
  for (const Rounding rounding : oracle::all_roundings)
    for (const From signed_x : {x, -x}) {
      const auto expected = format.round(static_cast<double>(signed_x), rounding);
      if (round_to<To>(signed_x, rounding).bits() == expected) continue;
      if (++wrong > 3) continue;
      CAPTURE(static_cast<double>(signed_x));
      CAPTURE(static_cast<int>(rounding));
      CHECK(round_to<To>(signed_x, rounding).bits() == expected);
    }
  return wrong;
}

/// Every number of To, every midpoint, and the next number of From on either side of both.
template <class To, class From>
void check_all_intervals() {
  const oracle::Format format(To::format);
  const auto largest = std::numeric_limits<From>::max();
  int wrong = 0;
  for (std::uint32_t i = 0; i <= format.max_finite(); ++i)
    for (const double t : {format.values()[i], format.midpoint(i)}) {
      const auto x = static_cast<From>(t);
      wrong += wrong_roundings<To>(format, x) + wrong_roundings<To>(format, std::nextafter(x, From{0})) +
               wrong_roundings<To>(format, std::nextafter(x, largest));
    }
  wrong += wrong_roundings<To>(format, static_cast<From>(format.after(format.max_finite())));
  for (const From x : {largest, std::numeric_limits<From>::infinity(), std::numeric_limits<From>::quiet_NaN(),
                       std::numeric_limits<From>::denorm_min(), std::numeric_limits<From>::min()})
    wrong += wrong_roundings<To>(format, x);
  CHECK(wrong == 0);
}

template <class To, class From>
void check_all_codes() {
  const oracle::Format to(To::format), from(From::format);
  int wrong = 0;
  for (std::uint32_t code = 0; code < (1u << From::format.bits()); ++code) {
    const auto x = From::from_bits(static_cast<typename From::storage_type>(code));
    const double value = from.is_nan(code)        ? std::nan("")
                         : from.is_infinity(code) ? (from.negative(code) ? -INFINITY : INFINITY)
                                                  : from.value(code);
    for (const Rounding rounding : oracle::all_roundings)
      wrong += round_to<To>(x, rounding).bits() != to.round(value, rounding);
    wrong += To(x).bits() != to.round(value, Rounding::ties_to_even);
  }
  const std::string what = std::string(name_of<From::format>) + " to " + std::string(name_of<To::format>);
  CAPTURE(what);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("float to 16 and 8 bits: every number, every tie, their neighbours, every direction") {
  check_all_intervals<float16, float>();
  check_all_intervals<bfloat16, float>();
  check_all_intervals<float8_e4m3fn, float>();
  check_all_intervals<float8_e5m2, float>();
}

TEST_CASE("double to 16 and 8 bits rounds once") {
  check_all_intervals<float16, double>();
  check_all_intervals<bfloat16, double>();
  check_all_intervals<float8_e4m3fn, double>();
  check_all_intervals<float8_e5m2, double>();
}

TEST_CASE("between the formats, every code") {
  check_all_codes<bfloat16, float16>();
  check_all_codes<float16, bfloat16>();
  check_all_codes<float8_e4m3fn, float16>();
  check_all_codes<float8_e5m2, float16>();
  check_all_codes<float8_e4m3fn, bfloat16>();
  check_all_codes<float8_e5m2, bfloat16>();
  check_all_codes<float8_e5m2, float8_e4m3fn>();
  check_all_codes<float8_e4m3fn, float8_e5m2>();
  check_all_codes<float16, float8_e4m3fn>();
  check_all_codes<bfloat16, float8_e5m2>();
}

TEST_CASE("a format without infinities and without -0: fnuz") {
  constexpr FloatFormat e4m3fnuz{4, 4, 8, Specials::nan_minus_zero};
  using T = basic_float<e4m3fnuz>;
  CHECK(T(240).bits() == 0x7F);
  CHECK(T(247).bits() == 0x7F);
  CHECK(T(248).bits() == 0x80);  // beyond: NaN
  CHECK(T(-0.0).bits() == 0);
  CHECK(T(-1e-9).bits() == 0);
  CHECK(T(NAN).bits() == 0x80);
  CHECK((-T(0)).bits() == 0);
  CHECK(std::isnan(float(T::from_bits(0x80))));
  CHECK(float(T::from_bits(0x01)) == 0x1p-10f);
  CHECK((T(-1) * T(0)).bits() == 0);
  CHECK(round_to<T>(1000, Rounding::toward_zero).bits() == 0x7F);
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
