// Stochastic rounding: each variant against the oracle; and over all 2^r values of R the expected result that
// Rounding's documentation states, with its bias bound.
#include <cmath>

#include "formats_cases.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

namespace {

using detail::Context;
using oracle::Machine;
using W = std::uint64_t;

/// As many random bits as the oracle's doubles can follow.
int draw_bits(std::mt19937& random, const FloatFormat& f) {
  constexpr int choices[] = {0, 1, 2, 3, 5, 8, 11, 16, 23, 24, 31, 32};
  return std::min(choices[random() % std::size(choices)], 51 - f.precision);
}
std::uint32_t draw_random(std::mt19937& random, int bits) {
  const auto all = static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
  constexpr std::uint32_t ends[] = {0, 1, ~0u, ~0u - 1};
  return all & (random() % 4 == 0 ? ends[random() % 4] : static_cast<std::uint32_t>(random()));
}

/// ⌊δ·2^r⌋ or so: how many of the 2^r values of R round k/2^q away from zero, as documented.
std::int64_t documented_count(Rounding variant, std::int64_t k, int q, int r) {
  if (q <= r) return k << (r - q);
  const std::int64_t one = std::int64_t{1} << (q - r), kept = k / one, rest = 2 * (k % one);
  switch (variant) {
    case Rounding::stochastic: return kept + (rest > one || (rest == one && kept % 2 != 0));
    case Rounding::stochastic_odd: return kept + (rest > one || (rest == one && kept % 2 == 0));
    case Rounding::stochastic_fast: return kept + (rest >= one);
    default: return kept;
  }
}

}  // namespace

TEST_CASE("every operation, variant and number of random bits, against the oracle") {
  for (const FloatFormat& f : cases::formats(32, 20)) {
    const oracle::Format exact(f);
    const detail::Codes codes(f);
    cases::Tally tally(cases::describe(f));
    std::mt19937 random(21);
    for (int i = 0; i < 15'000; ++i) {
      Arithmetic how =
          cases::variant(oracle::stochastic_roundings[i % 4], i % 5 == 0 ? static_cast<unsigned>(random()) : 0);
      how.random_bits = draw_bits(random, f);
      const std::uint32_t bits = draw_random(random, how.random_bits);
      std::uint32_t code[3];
      oracle::Operand in[3];
      int flushed[4] = {0, 0, 0, 0};
      for (int j = 0; j < 3; ++j) {
        code[j] = static_cast<std::uint32_t>(random()) & exact.mask();
        in[j] = oracle::read(exact, code[j], how);
        flushed[j + 1] = flushed[j] + in[j].flushed;
      }
      const Machine machine(exact, how, bits);
      const auto check = [&](const char* name, int operands, oracle::Result expected, auto operation) {
        Context context{.how = how, .random = bits};
        expected.flushed += flushed[operands];
        tally.expect(operation(context), context, expected, name, code[0], code[1], code[2]);
      };
      const auto read = [&](int j, Context& context) { return unpack(codes, code[j], context); };
      check("+", 2, machine.add(in[0], in[1]),
            [&](auto& c) { return detail::add<W>(codes, read(0, c), read(1, c), c); });
      check("*", 2, machine.multiply(in[0], in[1]),
            [&](auto& c) { return detail::multiply<W>(codes, read(0, c), read(1, c), c); });
      check("/", 2, machine.divide(in[0], in[1]),
            [&](auto& c) { return detail::divide<W>(codes, read(0, c), read(1, c), c); });
      check("fma", 3, machine.fma(in[0], in[1], in[2]),
            [&](auto& c) { return detail::fma<W>(codes, read(0, c), read(1, c), read(2, c), c); });
      check("sqrt", 1, machine.square_root(in[0]),
            [&](auto& c) { return detail::square_root<W>(codes, read(0, c), c); });
    }
    tally.finish(75'000);
  }
}

TEST_CASE("conversion: points where R just reaches, or just does not") {
  for (const FloatFormat& f : cases::formats(32, 20)) {
    const oracle::Format exact(f);
    const detail::Codes codes(f);
    cases::Tally tally(cases::describe(f));
    std::mt19937 random(22);
    for (int i = 0; i < 20'000; ++i) {
      Arithmetic how =
          cases::variant(oracle::stochastic_roundings[i % 4], i % 5 == 0 ? static_cast<unsigned>(random()) & 6 : 0);
      how.random_bits = std::min(draw_bits(random, f), 49 - f.precision);
      const std::uint32_t bits = draw_random(random, how.random_bits);
      const std::uint32_t low = static_cast<std::uint32_t>(random()) % exact.max_finite();
      const double gap = exact.after(low) - exact.magnitude(low);
      const double needed = std::ldexp(1.0, how.random_bits) - bits;
      const double halves = needed - 0.5 * static_cast<double>(random() % 3);
      const double x = exact.magnitude(low) + std::ldexp(gap * halves, -how.random_bits);
      for (const double near : {x, std::nextafter(x, 0), std::nextafter(x, HUGE_VAL)})
        for (const double each : {near, -near}) {
          Context context{.how = how, .random = bits};
          const auto code =
              detail::convert_code(codes, detail::codes_of<binary64>, std::bit_cast<std::uint64_t>(each), context);
          tally.expect(code, context, exact.round(each, how, bits), "from", each);
        }
    }
    tally.finish(20'000);
  }
}

TEST_CASE("over all R: the documented expected result, monotonic in R, biased no more than stated") {
  constexpr int q = 9;  // discarded bits
  // A normal number, a negative one, a subnormal one, the last below the largest: low + k/2^q of its unit.
  struct Place {
    std::uint32_t low;
    bool negative;
  };
  const oracle::Format format(e4m3fn);
  for (const Place place : {Place{0x3B, false}, Place{0x50, true}, Place{0x02, false}, Place{0x7D, true}})
    for (const Rounding variant : oracle::stochastic_roundings)
      for (int r = 0; r <= q + 2; ++r) {
        int wrong = 0;
        double worst_up = 0, worst_down = 0, bias_of_few_bits = 0;
        for (std::int64_t k = 0; k < 1 << q; ++k) {
          const double low = format.magnitude(place.low), gap = format.after(place.low) - low;
          const double x = low + std::ldexp(gap * static_cast<double>(k), -q);
          std::int64_t away = 0;
          bool last = false;
          for (std::uint32_t random = 0; random < 1u << r; ++random) {
            const Arithmetic how{.rounding = variant, .random_bits = r};
            const auto code = round_to<float8_e4m3fn>(place.negative ? -x : x, how, random).bits();
            const bool is_away = (code & 0x7Fu) == place.low + 1;
            wrong += !is_away && (code & 0x7Fu) != place.low;
            wrong += last && !is_away;
            last = is_away;
            away += is_away;
          }
          wrong += away != (k == 0 ? 0 : documented_count(variant, k, q, r));
          const double bias = std::ldexp(static_cast<double>(away), -r) - std::ldexp(static_cast<double>(k), -q);
          worst_up = std::max(worst_up, bias);
          worst_down = std::max(worst_down, -bias);
          if (k % (1 << (q - std::min(q, r))) == 0) bias_of_few_bits = std::max(bias_of_few_bits, std::fabs(bias));
        }
        CAPTURE(name(variant));
        CAPTURE(r);
        CHECK(wrong == 0);
        CHECK(bias_of_few_bits == 0);  // r bits, or fewer, were discarded
        const double step = std::ldexp(1.0, -r), unit = std::ldexp(1.0, -q);
        if (variant == Rounding::stochastic_fastest) {
          CHECK(worst_up == 0);
          CHECK(worst_down == std::max(step - unit, 0.0));
        } else {
          CHECK(std::max(worst_up, worst_down) == (r < q ? step / 2 : 0));
        }
      }
}

TEST_CASE("a sum of many roundings drifts as far as the variant's bias, no farther") {
  // 1 + 2^-6 + 2^-9 in steps of 2^-3: δ = 9/64 of a unit; three random bits see 1/8 of it, six all.
  const auto mean = [](Rounding variant, int r) {
    std::mt19937 random(5);
    double total = 0;
    for (int i = 0; i < 1 << 16; ++i)
      total += static_cast<double>(float(round_to<float8_e4m3fn>(1 + 9.0 / 512, {.rounding = variant, .random_bits = r},
                                                                 static_cast<std::uint32_t>(random()) >> (32 - r))));
    return (total / (1 << 16) - 1) * 8;
  };
  for (const Rounding variant : oracle::stochastic_roundings) {
    CHECK(mean(variant, 6) == doctest::Approx(9.0 / 64).epsilon(0.03));
    CHECK(mean(variant, 3) == doctest::Approx(8.0 / 64).epsilon(0.03));
  }
}
