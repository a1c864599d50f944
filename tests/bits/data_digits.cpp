// Generated digits: pinned bits for every thread count and environment, and the properties that they are made for.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <iterator>
#include <limits>
#include <span>
#include <vector>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "data/digits_draw.hpp"
#include "data/digits_skeletons.hpp"
#include "halfway/data/digits.hpp"
#include "halfway/errors.hpp"
#include "halfway/execution.hpp"

using namespace halfway;
using detail::draw_digits;
using detail::RawDigits;

namespace {

std::uint64_t fnv1a(const RawDigits& digits) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const auto* bytes : {&digits.images, &digits.labels})
    for (const std::uint8_t byte : *bytes) hash = (hash ^ byte) * 0x100000001B3;
  return hash;
}

// Digits 0 … 499 of seed 0. If this changes, every number in the documentation that rests on them does.
constexpr std::uint64_t golden = 0x2FF4E07D31AF9292;

/// Two threads (or as many as the build has) for whatever little work there is.
struct TwoThreads {
  int threads = execution::threads();
  std::int64_t threshold = execution::threading_threshold();
  TwoThreads() {
    execution::set_threads(2);
    execution::set_threading_threshold(0);
    execution::take_threads_used();
  }
  ~TwoThreads() {
    execution::set_threads(threads);
    execution::set_threading_threshold(threshold);
  }
};

}  // namespace

TEST_CASE("the bits are pinned") { CHECK(fnv1a(draw_digits(0, 0, 500)) == golden); }

TEST_CASE("the bits do not depend on threads") {
  const TwoThreads two;
  CHECK(fnv1a(draw_digits(0, 0, 500)) == golden);
  const int used = execution::take_threads_used();
  MESSAGE("threads that ran: ", used);
  CHECK(used == execution::threads());
}

TEST_CASE("the bits do not depend on the environment, which is left alone") {
  const TwoThreads two;
#if defined(__SSE2__)
  // FTZ and DAZ with each rounding direction.
  for (const unsigned hostile :
       {0x1F80u | 0x8040u, 0x1F80u | 0x8040u | 0x2000u, 0x1F80u | 0x4000u, 0x1F80u | 0x6000u}) {
    CAPTURE(hostile);
    const unsigned usual = _mm_getcsr();
    _mm_setcsr(hostile);
    const RawDigits digits = draw_digits(0, 0, 500);
    const unsigned after = _mm_getcsr();
    _mm_setcsr(usual);
    CHECK(fnv1a(digits) == golden);
    CHECK((after & ~0x3Fu) == hostile);
  }
#else
  for (const int direction : {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO}) {
    std::fesetround(direction);
    const RawDigits digits = draw_digits(0, 0, 500);
    const int after = std::fegetround();
    std::fesetround(FE_TONEAREST);
    CHECK(fnv1a(digits) == golden);
    CHECK(after == direction);
  }
#endif
}

TEST_CASE("a digit is a function of the seed and its number") {
  const RawDigits all = draw_digits(3, 0, 60), some = draw_digits(3, 20, 30);
  CHECK(std::equal(some.images.begin(), some.images.end(), all.images.begin() + 20 * detail::image_pixels));
  CHECK(std::equal(some.labels.begin(), some.labels.end(), all.labels.begin() + 20));
  CHECK(fnv1a(draw_digits(4, 0, 60)) != fnv1a(all));
}

TEST_CASE("labels are balanced, and images hold one digit's ink") {
  const std::int64_t count = 5000;
  const RawDigits digits = draw_digits(1, 0, count);
  std::array<int, 10> each{};
  for (const std::uint8_t label : digits.labels) ++each.at(label);
  // 500 expected, standard deviation 21.
  for (const int n : each) CHECK(std::abs(n - 500) < 110);
  for (std::size_t i = 0; i < digits.labels.size(); ++i) {
    const std::span image(digits.images.data() + i * detail::image_pixels, detail::image_pixels);
    const auto paper = std::count(image.begin(), image.end(), 0);
    const auto ink = std::count_if(image.begin(), image.end(), [](std::uint8_t v) { return v > 127; });
    CAPTURE(i);
    REQUIRE(ink > 25);
    REQUIRE(paper > detail::image_pixels / 3);
  }
}

TEST_CASE("skeletons: every digit in order and in as many ways, every point in the box") {
  REQUIRE(std::size(detail::skeletons) == 10 * detail::ways_to_write);
  for (int i = 0; i < 10 * detail::ways_to_write; ++i) {
    const detail::Skeleton& skeleton = detail::skeletons[i];
    CHECK(skeleton.digit == i / detail::ways_to_write);
    CHECK(skeleton.strokes[0].count > 0);
    for (const detail::Stroke& stroke : skeleton.strokes) {
      CHECK(stroke.count != 1);
      for (int k = 0; k < stroke.count; ++k) {
        const detail::GridPoint point = stroke.points[static_cast<std::size_t>(k)];
        CHECK(std::clamp<int>(point.x, 0, 20) == point.x);
        CHECK(std::clamp<int>(point.y, 0, 20) == point.y);
      }
    }
  }
}

TEST_CASE("neither noise nor trivial: the nearest class mean is right about six times in ten") {
  const RawDigits train = draw_digits(0, 0, 4000), test = draw_digits(0, 1u << 31, 1000);
  std::vector<double> means(10 * detail::image_pixels);
  std::array<double, 10> counts{};
  const auto pixel = [](const RawDigits& digits, std::size_t i, std::size_t p) {
    return static_cast<double>(digits.images[i * detail::image_pixels + p]);
  };
  for (std::size_t i = 0; i < train.labels.size(); ++i) {
    ++counts[train.labels[i]];
    for (std::size_t p = 0; p < detail::image_pixels; ++p)
      means[train.labels[i] * std::size_t{detail::image_pixels} + p] += pixel(train, i, p);
  }
  int right = 0;
  for (std::size_t i = 0; i < test.labels.size(); ++i) {
    std::size_t nearest = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t digit = 0; digit < 10; ++digit) {
      double distance = 0;
      for (std::size_t p = 0; p < detail::image_pixels; ++p) {
        const double d = pixel(test, i, p) - means[digit * detail::image_pixels + p] / counts[digit];
        distance += d * d;
      }
      if (distance < least) least = distance, nearest = digit;
    }
    right += nearest == test.labels[i];
  }
  MESSAGE("nearest class mean: ", right, " of 1000");
  CHECK(right > 500);
  CHECK(right < 750);
}

TEST_CASE("tensors of MNIST's shape") {
  const Mnist small = generated_digits(5, 30, 20);
  CHECK(small.train.x.dtype() == DType::float32);
  CHECK(small.train.x.shape() == Shape{30, 784});
  CHECK(small.train.y.dtype() == DType::uint8);
  CHECK(small.train.y.shape() == Shape{30});
  CHECK(small.test.x.shape() == Shape{20, 784});
  CHECK(small.test.y.shape() == Shape{20});
  CHECK(small.source == "Generated digits (drawn by the library, not MNIST), seed 5: 30 training and 20 test images.");

  const RawDigits raw = draw_digits(5, 0, 30);
  const auto x = small.train.x.span<float>();
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == static_cast<float>(raw.images[i]) / 255.0f);
  CHECK(std::ranges::equal(small.train.y.span<std::uint8_t>(), raw.labels));

  // Neither count changes the other's digits.
  CHECK(bits_equal(generated_digits(5, 31, 20).test.x, small.test.x));
  CHECK(bits_equal(generated_digits(5, 30, 7).train.x, small.train.x));
  CHECK_FALSE(bits_equal(generated_digits(5, 20, 20).train.x, small.test.x));
  CHECK(generated_digits(5, 1, 0).test.y.elements() == 0);
}

TEST_CASE("counts out of range") {
  CHECK_THROWS_AS(generated_digits(0, -1, 10), ValueError);
  CHECK_THROWS_AS(generated_digits(0, 10, -1), ValueError);
  CHECK_THROWS_WITH_AS(generated_digits(0, (std::int64_t{1} << 31) + 1, 0),
                       "[generated_digits] received 2147483649 training and 0 test digits; each must be from 0 to 2^31",
                       ValueError);
}
