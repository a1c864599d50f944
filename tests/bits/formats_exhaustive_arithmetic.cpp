// All pairs and all triples of the 8-bit formats against the oracle.
#include "formats_checker.hpp"

using namespace halfway;
using cases::Checker, cases::setting;

TEST_CASE("8-bit formats: all pairs, every direction and setting") {
  for (const FloatFormat& f : cases::formats(8, 6)) {
    Checker check(f);
    for (std::uint32_t a = 0; a <= check.from().mask(); ++a)
      for (std::uint32_t b = 0; b <= check.from().mask(); ++b)
        for (unsigned i = 0; i < 48; ++i) check.pair(a, b, setting(i));
    check.finish(8 * 8 * 48 * 5);
  }
}

TEST_CASE("8-bit formats: fma of all triples, each in one setting") {
  for (const FloatFormat& f : cases::formats(8, 0)) {
    Checker check(f);
    std::minstd_rand random(1);
    const std::uint32_t mask = check.from().mask();
    for (std::uint32_t a = 0; a <= mask; ++a)
      for (std::uint32_t b = 0; b <= mask; ++b)
        for (std::uint32_t c = 0; c <= mask; ++c) check.triple(a, b, c, setting(static_cast<unsigned>(random() >> 8)));
    check.finish(512);
  }
}

TEST_CASE("float16 and bfloat16: square roots and fma in every setting, 2^26 triples") {
  for (const FloatFormat& f : {binary16, bfloat}) {
    Checker check(f);
    for (std::uint32_t a = 0; a < 65536; ++a)
      for (unsigned i = 0; i < 48; ++i) check.square_root(a, setting(i));
    std::mt19937_64 random(3);
    for (int i = 0; i < 1 << 26; ++i) {
      const std::uint64_t draw = random();
      const auto a = static_cast<std::uint32_t>(draw & 0xFFFF), b = static_cast<std::uint32_t>(draw >> 16 & 0xFFFF),
                 c = static_cast<std::uint32_t>(draw >> 32 & 0xFFFF);
      check.triple(a, b, c, setting(static_cast<unsigned>(draw >> 48)));
    }
    check.finish(1 << 26);
  }
}
