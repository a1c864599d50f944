// Beside foreign implementations: each differs from us on the documented inputs (docs/formats.md) and on no others.
// Every 256th float32 in the fast suite; all 2^32 when called with --no-skip.
#include <doctest/doctest.h>

#include <array>
#include <iostream>
#include <limits>
#include <random>

#include "formats/parallel.hpp"
#include "formats_foreign.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

namespace {

constexpr std::int64_t block = std::int64_t{1} << 21;

/// Our codes of `in`, by definition.
template <FloatFormat to>
void convert_ours(Rounding rounding, const std::vector<float>& in, std::vector<std::uint16_t>& out) {
  detail::parallel_for(block, 64, std::numeric_limits<std::int64_t>::max(), Subnormals::keep,
                       [&](std::int64_t begin, std::int64_t end) {
                         for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
                           out[i] = round_code<to, binary32>(std::bit_cast<std::uint32_t>(in[i]), rounding);
                       });
}

struct Found {
  std::uint64_t documented = 0, others = 0;
};

/// The differences over every `step`th float32.
std::vector<Found> compare(const std::vector<foreign::Conversion>& all, std::uint64_t step) {
  std::vector<Found> found(all.size());
  std::vector<float> in(block);
  std::vector<std::uint16_t> ours(block), theirs(block);
  for (std::uint64_t start = 0; start < std::uint64_t{1} << 32; start += step * block) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      // Not always the same place among the `step`, and each of both signs.
      const std::uint64_t code = start + step * i + i * 0x9E3779B9 % step;
      in[i] = std::bit_cast<float>(static_cast<std::uint32_t>(code));
    }
    const foreign::Conversion* last = nullptr;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (all[k].convert == nullptr) continue;
      const bool again = last != nullptr && last->to == all[k].to && last->rounding == all[k].rounding;
      if (!again) (all[k].to == binary16 ? convert_ours<binary16> : convert_ours<bfloat>)(all[k].rounding, in, ours);
      last = &all[k];
      all[k].convert(in.data(), theirs.data(), theirs.size());
      for (std::size_t i = 0; i < in.size(); ++i) {
        if (ours[i] == theirs[i]) continue;
        const bool documented = all[k].is_documented({std::bit_cast<std::uint32_t>(in[i]), ours[i], theirs[i]});
        (documented ? found[k].documented : found[k].others) += 1;
      }
    }
  }
  return found;
}

void check(std::uint64_t step) {
  const auto all = foreign::conversions();
  const auto found = compare(all, step);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k].convert == nullptr) {
      std::cout << all[k].name << ": not in this build or on this machine, unchecked\n";
      continue;
    }
    std::cout << all[k].name << ": differs on " << found[k].documented << " of " << (std::uint64_t{1} << 32) / step
              << " inputs, all of them documented\n";
    CAPTURE(std::string(all[k].name));
    CHECK(found[k].others == 0);
    if (step == 1) CHECK(found[k].documented == all[k].differences);
    const double expected = static_cast<double>(all[k].differences) / static_cast<double>(step);
    CHECK(static_cast<double>(found[k].documented) == doctest::Approx(expected).epsilon(0.02));
  }
}

/// Results that others compute through float32, or in the processor: numbers equal ours, NaN where ours is NaN.
template <class Mine, class Theirs>
void check_arithmetic() {
  std::mt19937 random(17);
  int wrong = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    const auto draw = static_cast<std::uint32_t>(random());
    const Mine a = Mine::from_bits(static_cast<std::uint16_t>(draw)),
               b = Mine::from_bits(static_cast<std::uint16_t>(i % 2 ? draw >> 16 : draw + (draw >> 26)));
    const auto x = std::bit_cast<Theirs>(a), y = std::bit_cast<Theirs>(b);
    const auto same = [&](Mine mine, Theirs theirs) {
      const Mine other = std::bit_cast<Mine>(theirs);
      return isnan(mine) ? isnan(other) : mine.bits() == other.bits();
    };
    wrong += !same(a + b, static_cast<Theirs>(x + y)) + !same(a - b, static_cast<Theirs>(x - y)) +
             !same(a * b, static_cast<Theirs>(x * y)) + !same(a / b, static_cast<Theirs>(x / y));
    wrong += (a < b) != (x < y) || (a == b) != (x == y) || (a >= b) != (x >= y);
    wrong += !isnan(a) && float(a) != static_cast<float>(x);
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("float32 to 16 bits: 2^24 inputs") { check(256); }

TEST_CASE("float32 to 16 bits: all inputs" * doctest::skip()) { check(1); }

#if HALFWAY_HAS_COMPILER_HALF
TEST_CASE("the compiler's _Float16: arithmetic and comparisons") { check_arithmetic<float16, foreign::CompilerHalf>(); }
#endif

#if HALFWAY_HAS_EIGEN
TEST_CASE("Eigen's half and bfloat16: arithmetic and comparisons") {
  check_arithmetic<float16, Eigen::half>();
  check_arithmetic<bfloat16, Eigen::bfloat16>();
}
#endif

#if defined(__x86_64__)
TEST_CASE("AVX512-FP16's arithmetic") {
  if (!foreign::has_avx512_fp16()) {
    std::cout << "AVX512-FP16: not on this machine, its arithmetic is unchecked\n";
    return;
  }
  std::mt19937 random(19);
  int wrong = 0;
  const auto check = [&](const std::array<std::uint16_t, 8>& a, const std::array<std::uint16_t, 8>& b, auto theirs,
                         auto ours) {
    std::array<std::uint16_t, 8> results{};
    theirs(a.data(), b.data(), results.data());
    for (std::size_t i = 0; i < 8; ++i) {
      const float16 mine = ours(float16::from_bits(a[i]), float16::from_bits(b[i]));
      wrong += isnan(mine) ? !isnan(float16::from_bits(results[i])) : mine.bits() != results[i];
    }
  };
  for (int round = 0; round < 1 << 20; ++round) {
    std::array<std::uint16_t, 8> a{}, b{};
    for (std::size_t i = 0; i < 8; ++i) {
      a[i] = static_cast<std::uint16_t>(random());
      b[i] = static_cast<std::uint16_t>(round % 2 ? random() : a[i] + random() % 2048);
    }
    check(a, b, foreign::avx512_fp16_arithmetic<'+'>, [](float16 x, float16 y) { return x + y; });
    check(a, b, foreign::avx512_fp16_arithmetic<'-'>, [](float16 x, float16 y) { return x - y; });
    check(a, b, foreign::avx512_fp16_arithmetic<'*'>, [](float16 x, float16 y) { return x * y; });
    check(a, b, foreign::avx512_fp16_arithmetic<'/'>, [](float16 x, float16 y) { return x / y; });
    check(a, b, foreign::avx512_fp16_arithmetic<'r'>, [](float16 x, float16) { return sqrt(x); });
  }
  CHECK(wrong == 0);
}
#endif

TEST_CASE("16 bits to float32: every number, by whoever is here") {
  int wrong = 0;
  for (std::uint32_t code = 0; code < 65536; ++code) {
    const auto bits = static_cast<std::uint16_t>(code);
    const float16 half = float16::from_bits(bits);
    const bfloat16 brain = bfloat16::from_bits(bits);
    const auto same = [](float ours, float theirs) {
      return std::isnan(ours) ? std::isnan(theirs)
                              : std::bit_cast<std::uint32_t>(ours) == std::bit_cast<std::uint32_t>(theirs);
    };
    wrong += !same(brain, std::bit_cast<float>(code << 16));
#if HALFWAY_HAS_COMPILER_HALF
    wrong += !same(half, static_cast<float>(std::bit_cast<foreign::CompilerHalf>(bits)));
#endif
#if HALFWAY_HAS_EIGEN
    wrong += !same(half, static_cast<float>(std::bit_cast<Eigen::half>(bits)));
    wrong += !same(brain, static_cast<float>(std::bit_cast<Eigen::bfloat16>(bits)));
#endif
#if HALFWAY_HAS_FP16
    wrong += !same(half, fp16_ieee_to_fp32_value(bits));
#endif
    (void)half;
  }
  CHECK(wrong == 0);
}
