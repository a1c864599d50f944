// Block formats: the definition against rationals and gfloat, the fast carrier against the definition, every axis.
#include <doctest/doctest.h>

#include <bit>
#include <cstring>
#include <random>
#include <string>

#include "formats_block_oracle.hpp"
#include "halfway/errors.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/block_format.hpp"
#include "halfway/formats/rounding.hpp"

using namespace halfway;
using block_oracle::Numbers;

namespace {

constexpr ScaleRule all_rules[] = {ScaleRule::floor, ScaleRule::ceil, ScaleRule::even, ScaleRule::rceil,
                                   ScaleRule::nearest};

/// Blocks of every kind: a common size, ties, powers of two and their neighbours, far smaller numbers, subnormals,
/// zeros, now and then infinities and NaNs.
std::vector<float> numbers(std::size_t size, unsigned seed, bool specials = true) {
  std::mt19937 random(seed);
  std::vector<float> x(size);
  int exponent = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 16 == 0)
      exponent = random() % 4 == 0 ? -140 - static_cast<int>(random() % 20) : static_cast<int>(random() % 250) - 125;
    const auto bits = static_cast<std::uint32_t>(random());
    const float fraction = std::bit_cast<float>(0x3F800000u | bits >> 9);
    float value = fraction;
    switch (random() % 8) {
      case 0: value = 0; break;
      case 1: value = 1; break;
      case 2: value = std::bit_cast<float>(0x3F7FFFFFu); break;
      case 3: value = static_cast<float>(bits % 64) / 16; break;
      case 4: value = fraction / 64; break;
      case 5: value = fraction / 65536; break;
      default: break;
    }
    x[i] = std::ldexp(bits % 2 != 0 ? -value : value, exponent);
    if (specials && random() % 150 == 0) x[i] = bits % 3 == 0 ? NAN : bits % 3 == 1 ? INFINITY : -INFINITY;
  }
  return x;
}

float amax_of(const std::vector<float>& x, const std::vector<std::size_t>& block) {
  float amax = 0;
  for (const std::size_t i : block) {
    if (std::isnan(x[i])) return NAN;
    amax = std::max(amax, std::fabs(x[i]));
  }
  return amax;
}

/// The elements of each block, by index, in the order of the scales.
std::vector<std::vector<std::size_t>> blocks_of(const std::vector<std::int64_t>& shape, std::size_t axis, int size) {
  std::size_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < shape.size(); ++i)
    (i < axis ? outer : inner) *= i == axis ? 1 : static_cast<std::size_t>(shape[i]);
  const auto length = static_cast<std::size_t>(shape[axis]), step = static_cast<std::size_t>(size);
  const std::size_t count = (length + step - 1) / step;
  std::vector<std::vector<std::size_t>> blocks(outer * count * inner);
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t a = 0; a < length; ++a)
      for (std::size_t i = 0; i < inner; ++i)
        blocks[(o * count + a / step) * inner + i].push_back((o * length + a) * inner + i);
  return blocks;
}

void check_definition(const BlockFormat& f, const std::vector<float>& x, const std::vector<std::int64_t>& shape,
                      int axis, const Arithmetic& how) {
  const BlockArray actual = quantize_ref(x, shape, axis, f, how);
  const Numbers element(f.element), scale(f.scale);
  const float tensor = actual.tensor_scale;
  std::vector<float> values(x.size());
  dequantize_ref(actual, values);
  int wrong = 0;
  const auto blocks = blocks_of(shape, static_cast<std::size_t>(axis), f.size);
  REQUIRE(actual.scales.size() == blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const int code = scale_code(f, element, scale, amax_of(x, blocks[b]), tensor);
    wrong += actual.scales[b] != code;
    const double s = value_of(scale, code);
    for (const std::size_t i : blocks[b]) {
      int expected = element.nan();
      if (!std::isnan(s)) {
        expected = 0;
        if (x[i] != 0 && s != 0)
          expected = element.round(
              block_oracle::exact(std::fabs(x[i])) / (block_oracle::exact(s) * block_oracle::exact(tensor)),
              how.rounding, x[i] < 0, how.random_bits, random_bits_of(how, i));
        if (std::signbit(x[i]) && (expected != 0 || element.has_minus_zero())) expected |= 1 << (f.element.bits() - 1);
      }
      const auto value = static_cast<float>(value_of(element, actual.codes[i]) * s * static_cast<double>(tensor));
      const bool same_value = std::isnan(value) ? std::isnan(values[i]) : to_code(value) == to_code(values[i]);
      if (actual.codes[i] == expected && same_value) continue;
      if (++wrong > 3) continue;
      CAPTURE(x[i]);
      CAPTURE(s);
      CHECK(int{actual.codes[i]} == expected);
      CHECK(same_value);
    }
  }
  const std::string what =
      std::string(name(f)) + " " + std::string(name(f.rule)) + " " + std::string(name(how.rounding));
  CAPTURE(what);
  CHECK(wrong == 0);
}

bool same(const BlockArray& a, const BlockArray& b) {
  return a.codes == b.codes && a.scales == b.scales && to_code(a.tensor_scale) == to_code(b.tensor_scale) &&
         a.axis == b.axis && a.shape == b.shape;
}

struct GoldenBlock {
  const char* format;
  Rounding rounding;
  std::uint32_t numbers[32];
  int codes[33];
};
const GoldenBlock golden_blocks[] = {
#include "../golden/block_formats.inc"
};

const BlockFormat e5m3_blocks{e4m3fnuz, {4, 5, 15, Specials::nan_all_ones, false}, 7, ScaleRule::nearest, true};

}  // namespace

TEST_CASE("scales and elements by every rule and rounding are those of rational arithmetic") {
  unsigned seed = 0;
  for (const NamedBlockFormat& named : named_block_formats)
    for (const ScaleRule rule : all_rules)
      for (std::size_t rounding = 0; rounding < rounding_names.size(); ++rounding) {
        BlockFormat f = named.format;
        f.rule = rule;
        if (!is_supported(f)) continue;
        Arithmetic how = saturating;
        how.rounding = static_cast<Rounding>(rounding);
        how.random_bits = 1 + static_cast<int>(seed % 16);
        how.seed = ++seed;
        check_definition(f, numbers(451, seed), {451}, 0, how);
      }
  check_definition(e5m3_blocks, numbers(451, 4), {451}, 0, saturating);
}

TEST_CASE("blocks along any axis, the last one short") {
  const std::vector<float> x = numbers(3 * 37 * 5, 7);
  for (const BlockFormat& f : {mxfp8_e4m3, mxfp6_e3m2, nvfp4, e5m3_blocks})
    for (const int axis : {0, 1, 2}) {
      check_definition(f, x, {3, 37, 5}, axis, {.rounding = Rounding::stochastic, .overflow = Overflow::saturate});
      CHECK(same(quantize_ref(x, {3, 37, 5}, axis, f), quantize_ref(x, {3, 37, 5}, axis - 3, f)));
    }
}

TEST_CASE("gfloat's MX blocks") {
  for (const GoldenBlock& golden : golden_blocks) {
    std::vector<float> x;
    for (const std::uint32_t bits : golden.numbers) x.push_back(std::bit_cast<float>(bits));
    const BlockArray actual = quantize_ref(x, {32}, 0, *find_block_format(golden.format),
                                           {.rounding = golden.rounding, .overflow = Overflow::saturate});
    CHECK(int{actual.scales[0]} == golden.codes[0]);
    int wrong = 0;
    for (std::size_t i = 0; i < 32; ++i) wrong += actual.codes[i] != golden.codes[i + 1];
    CHECK(wrong == 0);
  }
}

TEST_CASE("blocks to look at") {
  // OCP: emax of E4M3 is 8; the largest number, 448, takes the scale 1.
  BlockArray x = quantize(std::vector<float>{448, 1, -0.0f, 0x1p-9f, 0x1p-10f, 460}, {6}, 0, mxfp8_e4m3);
  CHECK(x.scales == std::vector<std::uint8_t>{127});
  CHECK(x.codes == std::vector<std::uint8_t>{0x7E, 0x38, 0x80, 0x01, 0x00, 0x7E});
  // 500 has the exponent of 448, so `floor` saturates where the others take the next scale.
  const std::vector<float> large{500, 1};
  for (const ScaleRule rule : all_rules) {
    BlockFormat f = mxfp8_e4m3;
    f.rule = rule;
    x = quantize(large, {2}, 0, f);
    const bool same_scale = rule == ScaleRule::floor || rule == ScaleRule::nearest;
    CHECK(int{x.scales[0]} == (same_scale ? 127 : 128));
    CHECK(int{x.codes[0]} == (same_scale ? 0x7E : 0x78));
  }
  // A block of zeros, one with a NaN, one with an infinity.
  std::vector<float> specials(96, 0.0f);
  specials[40] = NAN;
  specials[64] = 1;
  specials[70] = -INFINITY;
  x = quantize(specials, {96}, 0, mxfp8_e5m2);
  CHECK(x.scales == std::vector<std::uint8_t>{0, 255, 255});
  CHECK(int{x.codes[33]} == 0x7E);
  std::vector<float> values(96);
  dequantize(x, values);
  CHECK(values[0] == 0);
  CHECK((std::isnan(values[32]) && std::isnan(values[64])));
  // Beyond the scale's exponents: the largest float32 numbers with FP4, and the smallest.
  x = quantize(std::vector<float>{0x1.8p127f, 0x1p-149f}, {2, 1}, 1, mxfp4);
  CHECK(x.scales == std::vector<std::uint8_t>{252, 0});
  CHECK(x.codes == std::vector<std::uint8_t>{0x7, 0x0});
}

TEST_CASE("NVFP4: two levels") {
  std::vector<float> x(32, 0.25f);
  x[0] = 2688;  // 6·448
  const BlockArray a = quantize(x, {2, 16}, 1, nvfp4);
  CHECK(a.tensor_scale == 1.0f);
  CHECK(a.scales == std::vector<std::uint8_t>{0x7E, 0x13});  // 448; 0.25/6 = 0.0417 → 0.04297
  CHECK(int{a.codes[0]} == 7);
  CHECK(int{a.codes[1]} == 0);
  CHECK(int{a.codes[16]} == 7);  // 0.25 / 0.04297 = 5.8 → 6
  CHECK(quantize(x, {32}, 0, nvfp4, saturating, 2.0f).tensor_scale == 2.0f);
  CHECK(quantize(std::vector<float>(20, 0.0f), {20}, 0, nvfp4).tensor_scale == 1.0f);
  CHECK(quantize(std::vector<float>(20, 0x1p-149f), {20}, 0, nvfp4).tensor_scale == 0x1p-126f);
  x[20] = INFINITY;  // takes no part in the tensor scale, spoils its block alone
  const BlockArray b = quantize(x, {2, 16}, 1, nvfp4);
  CHECK(b.tensor_scale == 1.0f);
  CHECK(b.scales == std::vector<std::uint8_t>{0x7E, 0x7F});
}

TEST_CASE("NVFP4 by float32 steps, as torchao takes them") {
  std::mt19937 random(3);
  std::vector<float> x(16 * 4096);
  for (float& each : x) {  // of all bits: of a few, some would be ties or nearly so, which the steps' roundings move
    const auto bits = static_cast<std::int32_t>(random());
    each = std::ldexp(static_cast<float>(bits), static_cast<int>(random() % 5));
  }
  const BlockArray actual = quantize(x, {static_cast<std::int64_t>(x.size())}, 0, nvfp4);
  const Numbers element(e2m1fn), scale(e4m3fn);
  const auto nearest = [](const Numbers& numbers, float q) {
    return q == 0 ? 0 : numbers.round(block_oracle::exact(q), Rounding::ties_to_even);
  };
  float amax = 0;
  for (const float each : x) amax = std::max(amax, std::fabs(each));
  const float tensor = amax / 2688;
  int wrong = tensor != actual.tensor_scale;
  for (std::size_t b = 0; b < 4096; ++b) {
    float block_amax = 0;
    for (std::size_t i = 16 * b; i < 16 * b + 16; ++i) block_amax = std::max(block_amax, std::fabs(x[i]));
    const float step = block_amax / 6;
    const int code = nearest(scale, step / tensor);
    wrong += actual.scales[b] != code;
    const float total = tensor * static_cast<float>(value_of(scale, code));
    for (std::size_t i = 16 * b; i < 16 * b + 16; ++i)
      wrong += actual.codes[i] != (nearest(element, std::fabs(x[i]) / total) | (std::signbit(x[i]) ? 8 : 0));
  }
  CHECK(wrong == 0);
}

TEST_CASE("flushing, and overflow that does not saturate") {
  const std::vector<float> x{0x1p-127f, -0x1p-130f};
  CHECK(quantize_ref(x, {2}, 0, mxfp8_e4m3).codes != std::vector<std::uint8_t>{0, 0x80});
  CHECK(quantize_ref(x, {2}, 0, mxfp8_e4m3, {.inputs = Subnormals::flush}).codes == std::vector<std::uint8_t>{0, 0x80});
  CHECK(quantize_ref(std::vector<float>{500}, {1}, 0, mxfp8_e4m3, {}).codes == std::vector<std::uint8_t>{0x7F});
  CHECK(quantize_ref(std::vector<float>{0x1.FFp0f}, {1}, 0, mxfp8_e5m2, {}).codes == std::vector<std::uint8_t>{0x7C});
  const Arithmetic flush{.results = Subnormals::flush, .overflow = Overflow::saturate};
  CHECK(quantize_ref(std::vector<float>{256, 0x1.8p-7f}, {2}, 0, mxfp8_e4m3, flush).codes ==
        std::vector<std::uint8_t>{0x78, 0});
}

TEST_CASE("the same bits on every target and thread count") {
  struct Restore {
    std::int64_t threshold = execution::threading_threshold();
    int threads = execution::threads();
    ~Restore() {
      execution::set_threading_threshold(threshold);
      execution::set_threads(threads);
      execution::use_target("");
    }
  } restore;
  const std::vector<float> x = numbers(3 * 131 * 37, 9), calm = numbers(3 * 131 * 37, 10, false);
  unsigned seed = 0;
  for (const BlockFormat& named : {mxfp8_e4m3, mxfp8_e5m2, mxfp6_e2m3, mxfp6_e3m2, mxfp4, nvfp4, e5m3_blocks})
    for (const ScaleRule rule : all_rules)
      for (int axis = 0; axis < 3; ++axis) {
        BlockFormat f = named;
        f.rule = rule;
        if (!is_supported(f)) continue;
        const auto rounding = static_cast<Rounding>(seed % rounding_names.size());
        const Arithmetic how{.rounding = rounding,
                             .inputs = seed % 3 == 0 ? Subnormals::flush : Subnormals::keep,
                             .results = seed % 5 == 0 ? Subnormals::flush : Subnormals::keep,
                             .overflow = seed % 4 == 0 ? Overflow::infinity : Overflow::saturate,
                             .random_bits = static_cast<int>(seed % 33),
                             .seed = seed};
        const std::vector<float>& input = ++seed % 2 == 0 ? x : calm;
        const BlockArray expected = quantize_ref(input, {3, 131, 37}, axis, f, how);
        std::vector<float> expected_values(x.size()), values(x.size());
        dequantize_ref(expected, expected_values);
        for (const std::string& target : execution::targets())
          for (const int threads : {1, 2}) {
            execution::use_target(target);
            execution::set_threads(threads);
            execution::set_threading_threshold(threads == 1 ? 1 << 30 : 1);
            CAPTURE(target);
            CAPTURE(seed);
            CHECK(same(quantize(input, {3, 131, 37}, axis, f, how), expected));
            dequantize(expected, values);
            CHECK(std::memcmp(values.data(), expected_values.data(), 4 * values.size()) == 0);
            values = input;
            quantize_dequantize(values, {3, 131, 37}, axis, f, how);
            CHECK(std::memcmp(values.data(), expected_values.data(), 4 * values.size()) == 0);
          }
      }
}

TEST_CASE("packing: a stream of bits, lowest first") {
  const std::vector<std::uint8_t> four{0x1, 0xF, 0xA}, six{0x01, 0x3F, 0x20, 0x15, 0x3F};
  CHECK(pack_codes(four, 4) == std::vector<std::uint8_t>{0xF1, 0x0A});
  CHECK(pack_codes(six, 6) == std::vector<std::uint8_t>{0xC1, 0x0F, 0x56, 0x3F});
  for (int bits = 1; bits <= 8; ++bits)
    for (std::size_t count = 0; count < 20; ++count) {
      std::vector<std::uint8_t> codes(count);
      for (std::size_t i = 0; i < count; ++i) codes[i] = static_cast<std::uint8_t>((37 * i + 11) % (1u << bits));
      const auto packed = pack_codes(codes, bits);
      CHECK(packed.size() == (count * static_cast<std::size_t>(bits) + 7) / 8);
      CHECK(unpack_codes(packed, bits, static_cast<std::int64_t>(count)) == codes);
    }
  CHECK_THROWS_WITH(pack_codes(six, 4),
                    "[pack_codes] received the code 63, which has more than 4 bits; clear the others");
  CHECK_THROWS_AS(unpack_codes(four, 4, 4), ShapeError);
  CHECK_THROWS_AS(unpack_codes(four, 4, 7), ShapeError);
  CHECK_THROWS_AS(pack_codes(four, 9), ValueError);
}

TEST_CASE("what does not fit is refused") {
  const std::vector<float> x(12);
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{13}, {}, {3, 3}, {-3, -4}, {12, 0}, {std::int64_t{1} << 62, 4}, {24, 1}})
    CHECK_THROWS_AS(quantize(x, shape, 0, mxfp4), ShapeError);
  CHECK_THROWS_WITH(quantize(x, {3, 4}, 2, mxfp4),
                    "[quantize] received axis 2 of an array of shape 3x4; there are axes -2 to 1");
  CHECK_THROWS_WITH(quantize(x, {5}, 0, mxfp4),
                    "[quantize] received 12 elements for the shape 5; they must be as many as the product of its axes");
  BlockFormat f = mxfp4;
  f.size = 0;
  CHECK_THROWS_AS(quantize(x, {12}, 0, f), ValueError);
  CHECK_THROWS_AS(quantize(x, {12}, 0, BlockFormat{binary16}), ValueError);
  CHECK_THROWS_AS(quantize(x, {12}, 0, mxfp4, saturating, 1.0f), ValueError);
  for (const float t : {0.0f, -1.0f, INFINITY, NAN, 0x1p-127f})
    CHECK_THROWS_AS(quantize(x, {12}, 0, nvfp4, saturating, t), ValueError);
  CHECK_THROWS_AS(quantize(x, {12}, 0, mxfp4, {.rounding = Rounding::stochastic, .random_bits = 33}), ValueError);
  BlockArray a = quantize(x, {12}, 0, mxfp4);
  std::vector<float> out(11);
  CHECK_THROWS_AS(dequantize(a, out), ShapeError);
  out.resize(12);
  a.scales.push_back(0);
  CHECK_THROWS_AS(dequantize(a, out), ValueError);
  // Nothing at all is an array, too.
  const BlockArray none = quantize({}, {4, 0, 2}, 0, mxfp4);
  CHECK(none.scales.empty());
  dequantize(none, {});
}

TEST_CASE("names") {
  CHECK(name(mxfp8_e4m3) == "mxfp8_e4m3");
  BlockFormat f = mxfp4;
  f.rule = ScaleRule::even;
  CHECK(name(f) == "mxfp4");
  f.size = 16;
  CHECK(name(f) == "custom");
  CHECK(*find_block_format("nvfp4") == nvfp4);
  CHECK(!find_block_format("mxint8"));
}
