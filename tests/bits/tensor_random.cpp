// Random numbers: known answers of the generator, and the distributions built on it.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "formats_convert.hpp"
#include "halfway/formats/philox.hpp"
#include "halfway/tensor/device.hpp"
#include "halfway/tensor/random.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using random::Generator;
using Words = std::array<std::uint32_t, 4>;

struct Moments {
  double mean = 0, variance = 0, skewness = 0, kurtosis = 0, least = 0, largest = 0;
};
template <class T>
Moments moments(const Tensor& x) {
  Moments m{.least = 1e9, .largest = -1e9};
  const auto values = x.span<T>();
  const auto n = static_cast<double>(values.size());
  for (const T value : values) {
    const auto v = static_cast<double>(value);
    m.mean += v / n;
    m.least = std::min(m.least, v);
    m.largest = std::max(m.largest, v);
  }
  for (const T value : values) {
    const double d = static_cast<double>(value) - m.mean;
    m.variance += d * d / n;
    m.skewness += d * d * d / n;
    m.kurtosis += d * d * d * d / n;
  }
  return m;
}
}  // namespace

TEST_CASE("Philox4x32-10: the known answers of Random123") {
  constexpr std::uint64_t all = ~std::uint64_t{0};
  static_assert(philox(0, 0, 0) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(all, all, all) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  // key a4093822 299f31d0, counter 243f6a88 85a308d3 13198a2e 03707344
  CHECK(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform: the documented words, in range, the right moments") {
  Generator generator(3, 4), same(3, 4);
  const Tensor x = random::uniform({1001}, generator, -2, 6);
  const auto values = x.span<float>();
  for (std::size_t i = 0; i < 8; ++i) {
    const std::uint32_t word = philox(3, 4, i / 4)[i % 4];
    CHECK(values[i] == -2 + (static_cast<float>(word >> 8) * 0x1p-24f) * 8);
  }
  const Tensor big = random::uniform({200000}, same, -2, 6);
  const Moments m = moments<float>(big);
  CHECK(m.least >= -2);
  CHECK(m.largest <= 6);
  CHECK(m.least < -1.99);
  CHECK(m.largest > 5.99);
  CHECK(std::abs(m.mean - 2) < 0.03);
  CHECK(std::abs(m.variance - 64.0 / 12) < 0.05);
  // The generator moved on: what follows is something else, and it is where 251 blocks end.
  CHECK(generator.take(0) == 251);
  CHECK_FALSE(bits_equal(random::uniform({1001}, generator, -2, 6), x));
}

TEST_CASE("normal: its moments; a 16-bit one is the float64 one, rounded once") {
  Generator generator(5), again(5);
  const Tensor x = random::normal({200001}, generator, DType::float64);
  const Moments m = moments<double>(x);
  CHECK(std::abs(m.mean) < 0.01);
  CHECK(std::abs(m.variance - 1) < 0.015);
  CHECK(std::abs(m.skewness) < 0.03);
  CHECK(std::abs(m.kurtosis - 3) < 0.08);
  CHECK(m.largest > 3.8);
  CHECK(m.largest < 6.8);
  const Tensor narrow = random::normal({200001}, again, DType::bfloat16);
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < 200001; ++i)
    wrong += narrow.span<bfloat16>()[i].bits() != bfloat16(x.span<double>()[i]).bits();
  CHECK(wrong == 0);
}

TEST_CASE("random tensors: the same for every thread count and on every device; other streams and seeds differ") {
  const auto draw = [](std::uint64_t seed, std::uint64_t stream) {
    Generator generator(seed, stream);
    return random::normal({10000}, generator);
  };
  const Tensor x = draw(1, 2);
  {
    const ExecutionGuard guard;
    execution::set_threads(2);
    execution::set_threading_threshold(0);
    CHECK(bits_equal(draw(1, 2), x));
  }
  {
    const DeviceScope scope("tpu_v3");
    CHECK(bits_equal(draw(1, 2), x));
  }
  CHECK_FALSE(bits_equal(draw(1, 3), x));
  CHECK_FALSE(bits_equal(draw(2, 2), x));
  CHECK(random::stream_of("dense") != random::stream_of("dense_1"));
  CHECK(random::stream_of("a") == 0xAF63DC4C8601EC8C);  // FNV-1a's published value
}

TEST_CASE("below: every number, evenly") {
  Generator generator(6);
  std::array<int, 7> seen{};
  for (int i = 0; i < 70000; ++i) ++seen[generator.below(7)];
  for (const int count : seen) CHECK(std::abs(count - 10000) < 450);
  CHECK(generator.below(1) == 0);
  CHECK(contains(error_of<ValueError>([&] { generator.below(0); }), "bound 0"));
  // A bound of 3·2^62: a quarter of the words has to be rejected, else the first third is drawn twice as often.
  int low = 0;
  for (int i = 0; i < 30000; ++i) low += generator.below(std::uint64_t{3} << 62) < (std::uint64_t{1} << 62);
  CHECK(std::abs(low - 10000) < 450);
}

TEST_CASE("permutation: every number once, every order equally often") {
  Generator generator(7);
  std::vector<std::int64_t> order = random::permutation(1000, generator), sorted = order;
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  CHECK(sorted == all);
  CHECK(random::permutation(0, generator).empty());
  CHECK(random::permutation(1, generator) == std::vector<std::int64_t>{0});

  std::array<int, 24> seen{};
  for (int i = 0; i < 24000; ++i) {
    const auto p = random::permutation(4, generator);
    std::size_t rank = 0;  // Lehmer code
    for (std::size_t a = 0; a < 4; ++a)
      rank =
          rank * (4 - a) + static_cast<std::size_t>(std::count_if(p.begin() + static_cast<std::ptrdiff_t>(a), p.end(),
                                                                  [&](std::int64_t b) { return b < p[a]; }));
    ++seen[rank];
  }
  for (const int count : seen) CHECK(std::abs(count - 1000) < 160);
}
