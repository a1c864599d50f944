// The model of VDPBF16PS against the instruction, where this machine has it: every bit, NaN payloads too.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <random>

#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matrix_units.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {
using namespace halfway;
using namespace halfway::emu;

constexpr std::size_t lanes = 16;
using Pairs = std::array<std::uint32_t, lanes>;  // bfloat16 codes: the even element in the lower half
using Floats = std::array<std::uint32_t, lanes>;

#if defined(__x86_64__)
bool has_instruction() { return __builtin_cpu_supports("avx512bf16") != 0; }

__attribute__((target("avx512f,avx512bf16"))) void run(const Pairs& a, const Pairs& b, const Floats& c, Floats& out) {
  __m512bh left, right;
  std::memcpy(&left, a.data(), sizeof left);
  std::memcpy(&right, b.data(), sizeof right);
  __m512 sum;
  std::memcpy(&sum, c.data(), sizeof sum);
  sum = _mm512_dpbf16_ps(sum, left, right);
  std::memcpy(out.data(), &sum, sizeof sum);
}
unsigned float_environment() { return _mm_getcsr(); }
void set_float_environment(unsigned bits) { _mm_setcsr(bits); }
#else
bool has_instruction() { return false; }
void run(const Pairs&, const Pairs&, const Floats&, Floats&) {}
unsigned float_environment() { return 0; }
void set_float_environment(unsigned) {}
#endif

/// What is drawn for a lane: a, b (both elements) and c.
enum class Draw {
  bits,
  wide,
  underflow,
  overflow,
  specials,
  subnormal,
  ties,
  cancel_products,
  cancel_c,
  near_min_normal
};
constexpr int draws = 10;

class Lane {
 public:
  explicit Lane(std::uint64_t seed) : random_(seed) {}
  std::uint32_t a0, a1, b0, b1, c;

  void draw(Draw kind) {
    switch (kind) {
      case Draw::bits: return set(bits(16), bits(16), bits(16), bits(16), bits(32));
      case Draw::wide: return set(near(127, 126), near(127, 126), near(127, 126), near(127, 126), wide(127, 126));
      case Draw::underflow: return set(near(63, 6), near(63, 6), near(63, 6), near(63, 6), wide(3, 3));
      case Draw::overflow: return set(near(190, 2), near(190, 2), near(190, 2), near(190, 2), wide(252, 2));
      case Draw::specials: return set(special(), special(), special(), special(), special() << 16 | bits(1));
      case Draw::subnormal: return set(near(2, 2), near(127, 3), near(127, 3), near(2, 2), wide(2, 2));
      case Draw::ties:
        return set(power(127, 12), power(127, 12), power(127, 12), power(127, 12) | bits(1), power(127, 12) << 16);
      case Draw::cancel_products:
        set(near(127, 2), near(127, 2), near(127, 2), near(127, 2), wide(110, 20));
        a1 = a0 ^ bits(1), b1 = b0 ^ 0x8000 ^ bits(1);
        return;
      case Draw::cancel_c: {
        set(near(127, 8), near(127, 8), near(120, 20), near(120, 20), 0);
        const float product = std::bit_cast<float>(a1 << 16) * std::bit_cast<float>(b1 << 16);  // exact
        c = (std::bit_cast<std::uint32_t>(product) ^ 0x80000000u) + bits(2) - 1;
        return;
      }
      case Draw::near_min_normal: {  // results beside 2^−126
        set(near(64, 1), near(64, 1), near(40, 24), near(40, 24), 0);
        c = 0x00800000u + bits(3) - 4 + (bits(1) << 31);
        if (bits(1) != 0) c += bits(24);
        return;
      }
    }
  }

 private:
  void set(std::uint32_t a0_, std::uint32_t b0_, std::uint32_t a1_, std::uint32_t b1_, std::uint32_t c_) {
    a0 = a0_, b0 = b0_, a1 = a1_, b1 = b1_, c = c_;
  }
  std::uint32_t bits(int count) {
    return static_cast<std::uint32_t>(random_() >> 20) & static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
  }
  std::uint32_t field(int middle, int spread) {
    return static_cast<std::uint32_t>(
        std::clamp(middle - spread + static_cast<int>(bits(16)) % (2 * spread + 1), 0, 254));
  }
  std::uint32_t near(int middle, int spread) { return bits(1) << 15 | field(middle, spread) << 7 | bits(7); }
  std::uint32_t power(int middle, int spread) { return bits(1) << 15 | field(middle, spread) << 7; }
  std::uint32_t wide(int middle, int spread) { return bits(1) << 31 | field(middle, spread) << 23 | bits(23); }
  std::uint32_t special() {
    switch (bits(3)) {
      case 0: return bits(1) << 15 | 0x7F80;            // infinity
      case 1: return bits(1) << 15 | 0x7F80 | bits(7);  // NaN, quiet or signalling
      case 2: return bits(1) << 15;                     // zero
      default: return near(127, 1);
    }
  }
  std::mt19937_64 random_;
};

/// Compares `results` results; returns how many differ or left another environment, and prints the first.
std::int64_t count_wrong(const DotModel& model, std::int64_t results, unsigned environment) {
  std::int64_t wrong = 0;
  Lane lane(environment);
  Pairs a, b;
  Floats c, out;
  const unsigned before = float_environment();
  for (std::int64_t done = 0, kind = 0; done < results; done += lanes, ++kind) {
    for (std::size_t i = 0; i < lanes; ++i) {
      lane.draw(static_cast<Draw>(kind % draws));
      a[i] = lane.a1 << 16 | lane.a0, b[i] = lane.b1 << 16 | lane.b0, c[i] = lane.c;
    }
    set_float_environment(environment);
    run(a, b, c, out);
    const bool untouched = float_environment() == environment;
    set_float_environment(before);
    for (std::size_t i = 0; i < lanes; ++i) {
      const std::array<std::uint64_t, 2> left{a[i] & 0xFFFF, a[i] >> 16}, right{b[i] & 0xFFFF, b[i] >> 16};
      const std::uint64_t expected = dot_product(model, bfloat, left, bfloat, right, c[i]);
      if (out[i] == expected && untouched) continue;
      if (wrong++ == 0)
        std::printf("%s: a %08x b %08x c %08x MXCSR %04x: the instruction gives %08x, the model %08llx\n",
                    std::string(model.name).c_str(), a[i], b[i], c[i], environment, out[i],
                    static_cast<unsigned long long>(expected));
    }
  }
  return wrong;
}

constexpr unsigned usual = 0x1F80, toward_zero_flushing = 0xFFC0;

void check(std::int64_t results) {
  if (!has_instruction()) {
    MESSAGE("this machine has no AVX512-BF16: unchecked that the model is the instruction");
    return;
  }
  CHECK(count_wrong(vdpbf16ps, results, usual) == 0);
  CHECK(count_wrong(vdpbf16ps, results / 4, toward_zero_flushing) == 0);
}

}  // namespace

TEST_CASE("vdpbf16ps is the instruction: 10^7 results") { check(10'000'000); }

TEST_CASE("vdpbf16ps: the numbers drawn tell wrong models apart") {
  if (!has_instruction()) return;
  DotModel wrong[]{vdpbf16ps, vdpbf16ps, vdpbf16ps, vdpbf16ps, vdpbf16ps, vdpbf16ps};
  wrong[0].name = "even first", wrong[0].order = TermOrder::natural;
  wrong[1].name = "subnormal operands kept", wrong[1].inputs = Subnormals::keep;
  wrong[2].name = "subnormal results kept", wrong[2].results = Subnormals::keep;
  wrong[3].name = "canonical NaN", wrong[3].nan = NanRule::canonical;
  wrong[4].name = "exact sum of three", wrong[4].kind = Summation::exact, wrong[4].nan = NanRule::canonical;
  wrong[5].name = "products rounded", wrong[5].round_products = true;
  for (const DotModel& model : wrong) CHECK(count_wrong(model, 200'000, usual) > 100);
}

TEST_CASE("vdpbf16ps is the instruction: 10^8 results" * doctest::skip()) { check(100'000'000); }
