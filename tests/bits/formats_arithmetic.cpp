// Scalar arithmetic against the exact oracle: every format, direction, treatment of subnormals and overflow, and the
// events of each.
#include "formats_checker.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

using cases::Checker, cases::setting;
using detail::Context;
using oracle::Machine;
using oracle::Operand;
using W = std::uint64_t;

TEST_CASE("formats of at most 6 bits: all pairs, every direction and setting") {
  for (const FloatFormat& f : cases::formats(6, 12)) {
    Checker check(f);
    for (std::uint32_t a = 0; a <= check.from().mask(); ++a)
      for (std::uint32_t b = 0; b <= check.from().mask(); ++b)
        for (unsigned i = 0; i < 48; ++i) check.pair(a, b, setting(i));
    check.finish(8 * 8 * 48 * 5);
  }
}

TEST_CASE("8-bit formats: all pairs, to nearest even and in one other setting each") {
  for (const FloatFormat& f : cases::formats(8, 6)) {
    if (f.bits() < 7) continue;
    Checker check(f);
    std::minstd_rand random(1);
    for (std::uint32_t a = 0; a <= check.from().mask(); ++a)
      for (std::uint32_t b = 0; b <= check.from().mask(); ++b) {
        check.pair(a, b, {});
        check.pair(a, b, setting(static_cast<unsigned>(random() >> 8)));
      }
    check.finish(128 * 128 * 10);
  }
}

TEST_CASE("wider formats: strata of pairs, every setting") {
  for (const FloatFormat& f : cases::formats(32, 12)) {
    if (f.bits() <= 8) continue;
    Checker check(f);
    unsigned turn = 0;
    const bool named = cases::describe(f) == "float16" || cases::describe(f) == "bfloat16";
    const auto codes = oracle::interesting_codes(f, named ? 150 : 20);
    for (const auto a : codes)
      for (const auto b : codes) {
        if (named) check.pair(a, b, {});
        check.pair(a, b, setting(turn++));
      }
    check.finish(5 * codes.size() * codes.size());
  }
}

TEST_CASE("square roots of all codes of at most 16 bits") {
  for (const FloatFormat& f : cases::formats(16, 20)) {
    Checker check(f);
    unsigned turn = 0;
    for (std::uint32_t a = 0; a <= check.from().mask(); ++a)
      for (unsigned i = 0; i<48; i += f.bits()> 8 ? 8 : 1)
        check.square_root(a, setting(turn++ * (f.bits() > 8 ? 7 : 1)));
    check.finish(8 * 6);
  }
}

TEST_CASE("fma of small formats: all triples") {
  for (const FloatFormat& f : cases::formats(6, 6)) {
    Checker check(f);
    unsigned turn = 0;
    for (std::uint32_t a = 0; a <= check.from().mask(); ++a)
      for (std::uint32_t b = 0; b <= check.from().mask(); ++b)
        for (std::uint32_t c = 0; c <= check.from().mask(); ++c)
          check.triple(a, b, c, setting(turn = turn * 5 + 1 + c));
    check.finish(512);
  }
}

TEST_CASE("fma: products rounded, then nearly cancelled, or tipped over a tie by a tiny third operand") {
  for (const FloatFormat& f : cases::formats(32, 12)) {
    if (f.bits() <= 6) continue;
    Checker check(f);
    std::mt19937 random(7);
    const std::uint32_t mask = check.from().mask(), sign = check.from().sign();
    const detail::Codes codes(f);
    const bool named = name(f) != "custom";
    const int rounds = named ? 20'000 : 4'000;
    for (int i = 0; i < rounds; ++i) {
      const auto draw = [&] { return static_cast<std::uint32_t>(random()) & mask; };
      const std::uint32_t a = draw(), b = draw();
      const Arithmetic how = i % 2 ? Arithmetic{} : setting(static_cast<unsigned>(random()));
      Context context;
      const auto product =
          static_cast<std::uint32_t>(detail::multiply<W>(codes, unpack(codes, a), unpack(codes, b), context));
      check.triple(a, b, draw(), how);
      check.triple(a, b, ((product ^ sign) + draw() % 3 - 1) & mask, how);
      check.triple(a, b, (product + draw() % 3 - 1) & mask, how);
      check.triple(a, b, draw() % 4 | (draw() & sign), how);
      // ±1·b + c with c far away: everything but the sticky bit decides.
      check.triple(a, b, draw() % 2 ? product : b, how);
    }
    check.finish(5u * static_cast<unsigned>(rounds));
  }
}

TEST_CASE("operands of one format, the result in another (formatOf)") {
  const auto all = cases::formats(32, 3);
  for (const FloatFormat& from : all)
    for (const FloatFormat& to : all) {
      Checker check(to, from);
      std::mt19937 random(7);
      const auto draw = [&] { return static_cast<std::uint32_t>(random()) & check.from().mask(); };
      for (unsigned i = 0; i < 100; ++i) {
        check.pair(draw(), draw(), setting(i));
        check.triple(draw(), draw(), draw(), setting(i));
        check.square_root(draw(), setting(i));
      }
      check.finish(700);
    }
}

TEST_CASE("fma: what goes wrong through float is right here") {
  const auto check = []<class T>(T, std::uint16_t a, std::uint16_t b, std::uint16_t c) {
    const T x = T::from_bits(a), y = T::from_bits(b), z = T::from_bits(c);
    const oracle::Format format(T::format);
    const auto operand = [&](T v) { return oracle::read(format, v.bits(), {}); };
    const auto exact = Machine(format, {}).fma(operand(x), operand(y), operand(z)).code;
    CHECK(fma(x, y, z).bits() == exact);
    CHECK(T(std::fma(float(x), float(y), float(z))).bits() != exact);
  };
  check(float16(), 0x48E0, 0x6890, 0x8A4D);
  check(bfloat16(), 0xFB90, 0x9E4C, 0x9B1A);
}

TEST_CASE("the functions of operations.hpp are these operations, with their events") {
  const oracle::Format format(e5m2);
  constexpr const detail::Codes& f = detail::codes_of<e5m2>;
  using T = float8_e5m2;
  int wrong = 0;
  std::minstd_rand draw(3);
  for (std::uint32_t i = 0; i < 30'000; ++i) {
    const auto code = [&] { return static_cast<std::uint8_t>(draw() >> 11); };
    const T a = T::from_bits(code()), b = T::from_bits(code()), c = T::from_bits(code());
    Arithmetic how = setting(i);
    if (i % 3 == 0) how.rounding = oracle::stochastic_roundings[i / 3 % 4], how.random_bits = 5;
    const std::uint32_t random = i % 32;
    const Machine machine(format, how, random);
    const Operand x = oracle::read(format, a.bits(), how), y = oracle::read(format, b.bits(), how),
                  z = oracle::read(format, c.bits(), how);
    const auto compare = [&](T actual, const EventCounts& events, oracle::Result expected, int flushed) {
      Context context{.events = expected.events, .flushed = expected.flushed + flushed};
      wrong += actual.bits() != expected.code || events != detail::counted(context);
    };
    const auto check = [&](auto operation, const oracle::Result& expected, int flushed) {
      EventCounts events;
      compare(operation(&events), events, expected, flushed);
    };
    const int both = x.flushed + y.flushed;
    check([&](auto* events) { return add(a, b, how, random, events); }, machine.add(x, y), both);
    check([&](auto* events) { return subtract(a, b, how, random, events); }, machine.subtract(x, y), both);
    check([&](auto* events) { return multiply(a, b, how, random, events); }, machine.multiply(x, y), both);
    check([&](auto* events) { return divide(a, b, how, random, events); }, machine.divide(x, y), both);
    check([&](auto* events) { return remainder(a, b, how, events); }, machine.remainder(x, y), both);
    check([&](auto* events) { return sqrt(a, how, random, events); }, machine.square_root(x), x.flushed);
    check([&](auto* events) { return fma(a, b, c, how, random, events); }, machine.fma(x, y, z), both + z.flushed);
    check([&](auto* events) { return convert<T>(a, how, random, events); }, machine.convert(x), x.flushed);
    // Operands widened exactly, the result of another format than theirs, through both widths of the core.
    if (how.inputs == Subnormals::keep) {
      wrong += add<T>(float(a), float(b), how, random).bits() != machine.add(x, y).code;
      wrong += multiply<T>(double(a), b, how, random).bits() != machine.multiply(x, y).code;
      wrong += divide<T>(a, double(b), how, random).bits() != machine.divide(x, y).code;
      wrong += sqrt<T>(double(a), how, random).bits() != machine.square_root(x).code;
      wrong += fma<T>(a, double(b), c, how, random).bits() != machine.fma(x, y, z).code;
    }
    wrong += (a + b).bits() != add(a, b).bits() || (a - b).bits() != subtract(a, b).bits();
    wrong += (a * b).bits() != multiply(a, b).bits() || (a / b).bits() != divide(a, b).bits();
    wrong += sqrt(a).bits() != sqrt(a, {}).bits() || fma(a, b, c).bits() != fma(a, b, c, {}).bits();
    wrong += f.is_nan(a.bits()) != isnan(a);
  }
  CHECK(wrong == 0);
}
