// Scalar arithmetic against the exact oracle, in every rounding direction, and against the machine for float and
// double.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <string>

#include "formats_oracle.hpp"
#include "halfway/formats/text.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

using namespace halfway;

namespace {

template <FloatFormat F>
struct Checker {
  oracle::Format exact{F};
  std::uint64_t wrong = 0, checked = 0;

  void expect(std::uint64_t actual, std::uint32_t expected, const char* operation, std::uint32_t a, std::uint32_t b,
              std::uint32_t c, Rounding rounding) {
    ++checked;
    if (actual == expected) return;
    if (++wrong > 10) return;
    const std::string what = std::string(name_of<F>) + " " + operation;
    CAPTURE(what);
    CAPTURE(a);
    CAPTURE(b);
    CAPTURE(c);
    CAPTURE(static_cast<int>(rounding));
    CHECK(actual == expected);
  }
  void pair(std::uint32_t a, std::uint32_t b, Rounding rounding) {
    const Arithmetic how{.rounding = rounding};
    const std::uint32_t minus_b = b ^ exact.sign();
    expect(detail::add<F>(a, b, how), exact.add(a, b, rounding), "+", a, b, 0, rounding);
    expect(detail::subtract<F>(a, b, how), exact.add(a, minus_b, rounding), "-", a, b, 0, rounding);
    expect(detail::multiply<F>(a, b, how), exact.multiply(a, b, rounding), "*", a, b, 0, rounding);
    expect(detail::divide<F>(a, b, how), exact.divide(a, b, rounding), "/", a, b, 0, rounding);
  }
  void triple(std::uint32_t a, std::uint32_t b, std::uint32_t c, Rounding rounding) {
    expect(detail::fma<F>(a, b, c, {.rounding = rounding}), exact.fma(a, b, c, rounding), "fma", a, b, c, rounding);
  }
};

template <FloatFormat F>
void check_pairs(std::uint32_t random_codes, std::uint32_t random_codes_per_direction) {
  Checker<F> check;
  const auto codes = oracle::interesting_codes(F, random_codes);
  for (const auto a : codes)
    for (const auto b : codes) check.pair(a, b, Rounding::ties_to_even);
  const auto fewer = oracle::interesting_codes(F, random_codes_per_direction);
  for (const Rounding rounding : oracle::all_roundings)
    for (std::size_t i = 0; i < fewer.size(); i += 2)
      for (std::size_t j = i % 4 / 2; j < fewer.size(); j += 2) check.pair(fewer[i], fewer[j], rounding);
  CHECK(check.wrong == 0);
  CHECK(check.checked > 4 * codes.size() * codes.size());
}

/// Products rounded, then nearly cancelled, or tipped over a tie by a tiny third operand; and random triples.
template <FloatFormat F>
void check_triples(int rounds) {
  Checker<F> check;
  std::mt19937 random(7);
  const std::uint32_t mask = 2 * check.exact.sign() - 1;
  for (int i = 0; i < rounds; ++i) {
    const std::uint32_t a = random() & mask, b = random() & mask, c = random() & mask;
    const Rounding rounding = oracle::all_roundings[i % 6];
    check.triple(a, b, c, rounding);
    const auto product = static_cast<std::uint32_t>(detail::multiply<F>(a, b));
    check.triple(a, b, ((product ^ check.exact.sign()) + random() % 3 - 1) & mask, rounding);
    check.triple(a, b, (product + random() % 3 - 1) & mask, rounding);
    check.triple(a, b, random() % 4 + (random() & 1 ? check.exact.sign() : 0), rounding);
    // ±1·b + c with c far away: everything but the sticky bit decides.
    check.triple(a, b, (random() % 2 ? product : b) & mask, rounding);
  }
  CHECK(check.wrong == 0);
  CHECK(check.checked == 5u * static_cast<unsigned>(rounds));
}

template <FloatFormat F>
void check_square_roots() {
  Checker<F> check;
  for (std::uint32_t a = 0; a < 2 * check.exact.sign(); ++a)
    for (const Rounding rounding : oracle::all_roundings)
      check.expect(detail::square_root<F>(a, {.rounding = rounding}), check.exact.square_root(a, rounding), "sqrt", a,
                   0, 0, rounding);
  CHECK(check.wrong == 0);
}

}  // namespace

TEST_CASE("float16 and bfloat16: + - * / on strata of pairs are exact results rounded once") {
  check_pairs<binary16>(150, 20);
  check_pairs<bfloat>(150, 20);
}

TEST_CASE("8-bit formats: + - * / on all pairs, every rounding direction") {
  Checker<e4m3fn> fn;
  Checker<e5m2> ieee;
  for (const Rounding rounding : oracle::all_roundings)
    for (std::uint32_t a = 0; a < 256; ++a)
      for (std::uint32_t b = 0; b < 256; b += (rounding == Rounding::ties_to_even ? 1 : 3)) {
        fn.pair(a, b, rounding);
        ieee.pair(a, b, rounding);
      }
  CHECK(fn.wrong == 0);
  CHECK(ieee.wrong == 0);
}

TEST_CASE("fma rounds once, cancellation and sticky bits included") {
  check_triples<binary16>(60'000);
  check_triples<bfloat>(60'000);
  check_triples<e4m3fn>(30'000);
  check_triples<e5m2>(30'000);
}

TEST_CASE("fma: what goes wrong through float is right here") {
  const auto f16 = [](int a, int b, int c) {
    return detail::fma<binary16>(std::uint64_t(a), std::uint64_t(b), std::uint64_t(c));
  };
  const auto through_float = [](int a, int b, int c) {
    return float16(std::fma(float(float16::from_bits(std::uint16_t(a))), float(float16::from_bits(std::uint16_t(b))),
                            float(float16::from_bits(std::uint16_t(c)))))
        .bits();
  };
  CHECK(f16(0x48E0, 0x6890, 0x8A4D) != through_float(0x48E0, 0x6890, 0x8A4D));
  CHECK(f16(0x48E0, 0x6890, 0x8A4D) == oracle::Format(binary16).fma(0x48E0, 0x6890, 0x8A4D, Rounding::ties_to_even));
  CHECK(detail::fma<bfloat>(0xFB90, 0x9E4C, 0x9B1A) ==
        oracle::Format(bfloat).fma(0xFB90, 0x9E4C, 0x9B1A, Rounding::ties_to_even));
}

TEST_CASE("square roots of all 16-bit and 8-bit codes, every rounding direction") {
  check_square_roots<binary16>();
  check_square_roots<bfloat>();
  check_square_roots<e4m3fn>();
  check_square_roots<e5m2>();
}

namespace {

template <class T>
bool same(std::uint64_t code, T expected) {
  if (std::isnan(expected)) return code == detail::codes_of<format_of<T>>.nan;
  return code == to_code(expected);
}

/// Exponents near each other, special codes now and then.
template <class T>
T random_number(std::mt19937_64& random) {
  constexpr FloatFormat f = format_of<T>;
  std::uint64_t code = random() & (detail::codes_of<f>.magnitude | detail::codes_of<f>.sign);
  switch (random() % 8) {
    case 0: break;
    case 1: code &= detail::codes_of<f>.sign | detail::codes_of<f>.fraction; break;  // subnormal
    case 2: code |= detail::codes_of<f>.fraction >> (random() % f.fraction_bits()); break;
    default: {
      const std::uint64_t field = static_cast<std::uint64_t>(f.bias) - 30 + random() % 60;
      code = (code & (detail::codes_of<f>.sign | detail::codes_of<f>.fraction)) | field << f.fraction_bits();
    }
  }
  return from_code<T>(static_cast<code_type<T>>(code));
}

template <class T>
void check_against_machine(int rounds) {
  constexpr FloatFormat f = format_of<T>;
  std::mt19937_64 random(11);
  int wrong = 0;
  for (int i = 0; i < rounds; ++i) {
    const T a = random_number<T>(random), b = random_number<T>(random);
    T c = random_number<T>(random);
    if (i % 4 == 0) c = -(a * b);
    if (i % 4 == 1) c = std::nextafter(-(a * b), c);
    const auto x = to_code(a), y = to_code(b), z = to_code(c);
    wrong += !same<T>(detail::add<f>(x, y), a + b) + !same<T>(detail::subtract<f>(x, y), a - b) +
             !same<T>(detail::multiply<f>(x, y), a * b) + !same<T>(detail::divide<f>(x, y), a / b) +
             !same<T>(detail::fma<f>(x, y, z), std::fma(a, b, c)) +
             !same<T>(detail::square_root<f>(x), a >= 0 || std::isnan(a) ? std::sqrt(a) : std::nan(""));
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("binary32 and binary64 agree with the machine") {
  check_against_machine<float>(400'000);
  check_against_machine<double>(400'000);
}

#if defined(__SSE2__) && defined(__GNUC__)
namespace {
__attribute__((target("fma"), noinline)) float hardware_fma(float a, float b, float c) {
  return _mm_cvtss_f32(_mm_fmadd_ss(_mm_set_ss(a), _mm_set_ss(b), _mm_set_ss(c)));
}
__attribute__((noinline)) float hardware_add(float a, float b) {
  return _mm_cvtss_f32(_mm_add_ss(_mm_set_ss(a), _mm_set_ss(b)));
}
__attribute__((noinline)) float hardware_multiply(float a, float b) {
  return _mm_cvtss_f32(_mm_mul_ss(_mm_set_ss(a), _mm_set_ss(b)));
}
}  // namespace

TEST_CASE("flushing is what this x86 machine does under FTZ and DAZ, in its four rounding directions") {
  struct Setting {
    unsigned csr;
    Arithmetic how;
  };
  constexpr auto flush = Subnormals::flush, keep = Subnormals::keep;
  std::vector<Setting> settings;
  const Rounding directions[] = {Rounding::ties_to_even, Rounding::toward_negative, Rounding::toward_positive,
                                 Rounding::toward_zero};
  for (unsigned direction = 0; direction < 4; ++direction) {
    settings.push_back({direction << 13 | 0x9FC0, {directions[direction], flush, flush}});
    settings.push_back({direction << 13 | 0x9F80, {directions[direction], keep, flush}});
    settings.push_back({direction << 13 | 0x1FC0, {directions[direction], flush, keep}});
  }
  const bool has_fma = __builtin_cpu_supports("fma");
  const unsigned before = _mm_getcsr();
  for (const Setting& setting : settings) {
    const auto csr = setting.csr;
    const Arithmetic& how = setting.how;
    std::mt19937 random(5);
    int wrong = 0;
    for (int i = 0; i < 200'000; ++i) {
      // Operands around the smallest normal number, whose sums and products straddle it.
      const auto draw = [&](std::uint32_t field) { return (random() & 0x807FFFFFu) | field << 23; };
      std::uint32_t a = draw(random() % 4), b = draw(random() % 4), x = draw(60 + random() % 8),
                    y = draw(60 + random() % 8);
      if (i % 3 == 0) {
        // (1 + k·2^-23)(1 - k·2^-23), just below a power of two around the smallest normal number: it rounds up to that
        // power, or does not quite.
        const std::uint32_t k = 1 + random() % 4000, field = 64 - random() % 3;
        x = (field << 23) + k;
        y = (64u << 23) - 2 * k;
      }
      const std::uint32_t c = i % 2 ? a : 0;
      const float fa = std::bit_cast<float>(a), fb = std::bit_cast<float>(b), fx = std::bit_cast<float>(x),
                  fy = std::bit_cast<float>(y), fc = std::bit_cast<float>(c);
      _mm_setcsr(csr);
      const float sum = hardware_add(fa, fb), product = hardware_multiply(fx, fy);
      const float fused = has_fma ? hardware_fma(fx, fy, fc) : 0;
      _mm_setcsr(before);
      wrong += detail::add<binary32>(a, b, how) != std::bit_cast<std::uint32_t>(sum);
      wrong += detail::multiply<binary32>(x, y, how) != std::bit_cast<std::uint32_t>(product);
      wrong += has_fma && detail::fma<binary32>(x, y, c, how) != std::bit_cast<std::uint32_t>(fused);
    }
    CAPTURE(csr);
    CHECK(wrong == 0);
  }
}
#endif
