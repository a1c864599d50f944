// binary32 and binary64 against the machine's own arithmetic, in its environment as we set it.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "halfway/formats/operations.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

using namespace halfway;

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
             !same<T>(detail::square_root<f>(x), a >= 0 || std::isnan(a) ? std::sqrt(a) : std::nan("")) +
             !same<T>(to_code(remainder(a, b, {})), std::remainder(a, b));
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
