// How a digit is drawn: a skeleton's strokes, bent by a smooth random field, turned, sheared, scaled and moved; a pen
// of random width along them; grain. Only + − × ÷ √, comparisons and integers, so that every machine draws the same
// bytes.
#include "data/digits_draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "data/digits_skeletons.hpp"
#include "formats/functions.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/philox.hpp"

namespace halfway::detail {
namespace {

constexpr int side = image_side, pixels = image_pixels;
constexpr std::uint64_t digits_stream = std::uint64_t{0x64696769} << 32;  // apart from every other use of the seed

struct Point {
  float x, y;
};

/// The random numbers of one digit.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t number) : seed_(seed), stream_(digits_stream ^ number) {}

  std::uint32_t word() {
    if (used_ == words_.size()) {
      words_ = philox(seed_, stream_, block_++);
      used_ = 0;
    }
    return words_[used_++];
  }
  /// A whole number in [0, bound), for a small bound.
  int below(int bound) { return static_cast<int>((std::uint64_t{word()} * static_cast<std::uint64_t>(bound)) >> 32); }
  /// Uniform in [low, high).
  float uniform(float low, float high) { return low + static_cast<float>(word() >> 8) * 0x1p-24f * (high - low); }
  /// About normal, with mean 0 and this deviation; never beyond 3.5 deviations: the sum of four bytes.
  float bell(float deviation) {
    const std::uint32_t w = word();
    const auto sum = static_cast<int>((w & 255) + (w >> 8 & 255) + (w >> 16 & 255) + (w >> 24)) - 510;
    return static_cast<float>(sum) * (1.0f / 147.8f) * deviation;  // √(4·(256² − 1)/12) = 147.8
  }

 private:
  std::uint64_t seed_, stream_, block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

/// The weights of four neighbours in a uniform cubic B-spline, 0 ≤ t ≤ 1.
std::array<float, 4> spline_weights(float t) {
  const float s = 1 - t, t2 = t * t, t3 = t2 * t;
  return {s * s * s / 6, (3 * t3 - 6 * t2 + 4) / 6, (3 * (t + t2 - t3) + 1) / 6, t3 / 6};
}

/// A smooth random displacement over the box: cubic B-splines over 3 × 3 cells.
class ElasticField {
 public:
  ElasticField(Draws& draws, float deviation) {
    for (Point& knot : knots_) {
      knot.x = draws.bell(deviation);
      knot.y = draws.bell(deviation);
    }
  }
  Point at(Point p) const {
    const auto [column, u] = cell(p.x);
    const auto [row, v] = cell(p.y);
    const std::array<float, 4> wx = spline_weights(u), wy = spline_weights(v);
    Point sum{0, 0};
    for (int j = 0; j < 4; ++j) {
      for (int i = 0; i < 4; ++i) {
        const Point& knot = knots_[static_cast<std::size_t>((row + j) * knots_a_side + column + i)];
        const float w = wx[static_cast<std::size_t>(i)] * wy[static_cast<std::size_t>(j)];
        sum.x += w * knot.x;
        sum.y += w * knot.y;
      }
    }
    return sum;
  }

 private:
  static constexpr int cells = 3, knots_a_side = cells + 3;
  struct Cell {
    int index;
    float fraction;
  };
  static Cell cell(float coordinate) {
    const float scaled = std::clamp(coordinate * (cells / 20.0f), 0.0f, static_cast<float>(cells));
    const int index = std::min(static_cast<int>(scaled), cells - 1);
    return {index, scaled - static_cast<float>(index)};
  }
  std::array<Point, knots_a_side * knots_a_side> knots_;
};

/// x ↦ linear·(x − centre of the box) + centre of the image + shift.
struct Affine {
  float xx, xy, yx, yy;
  Point shift;

  explicit Affine(Draws& draws) {
    const SinCos turn = sincospi(draws.bell(0.02f));
    const auto sine = static_cast<float>(turn.sin), cosine = static_cast<float>(turn.cos);
    const float height = 1.1f + draws.bell(0.03f), width = height * (1 + draws.bell(0.05f));
    const float slant = -0.12f + draws.bell(0.1f);
    xx = cosine * width;
    xy = (cosine * slant - sine) * height;
    yx = sine * width;
    yy = (sine * slant + cosine) * height;
    shift.x = draws.uniform(-4.2f, 4.2f);
    shift.y = draws.uniform(-4.2f, 4.2f);
  }
  Point operator()(Point p) const {
    const float x = p.x - 10, y = p.y - 10;
    constexpr float centre = (side - 1) / 2.0f;
    return {xx * x + xy * y + centre + shift.x, yx * x + yy * y + centre + shift.y};
  }
};

/// The distance from every pixel's centre to the edge of the ink: negative inside.
class Canvas {
 public:
  Canvas() { edge_.fill(1); }

  /// A straight piece of a stroke, `radius` wide to either side. Touches only pixels that it can colour.
  void line(Point a, Point b, float radius) {
    const float reach = radius + 0.5f;
    const int left = first(std::min(a.x, b.x) - reach), right = last(std::max(a.x, b.x) + reach);
    const int top = first(std::min(a.y, b.y) - reach), bottom = last(std::max(a.y, b.y) + reach);
    const float dx = b.x - a.x, dy = b.y - a.y;
    const float length2 = dx * dx + dy * dy;
    const float scale = length2 > 0 ? 1 / length2 : 0;
    for (int y = top; y <= bottom; ++y) {
      for (int x = left; x <= right; ++x) {
        const float px = static_cast<float>(x) - a.x, py = static_cast<float>(y) - a.y;
        const float t = std::clamp((px * dx + py * dy) * scale, 0.0f, 1.0f);
        const float ex = px - t * dx, ey = py - t * dy;
        float& edge = edge_[static_cast<std::size_t>(y * side + x)];
        edge = std::min(edge, std::sqrt(ex * ex + ey * ey) - radius);
      }
    }
  }
  /// How much of a pixel is ink, 0 … 1: the edge is one pixel soft.
  float coverage(int pixel) const { return std::clamp(0.5f - edge_[static_cast<std::size_t>(pixel)], 0.0f, 1.0f); }

 private:
  // The pixels that a coordinate range touches. Coordinates stay far inside int.
  static int first(float x) { return std::max(static_cast<int>(std::max(x, 0.0f)), 0); }
  static int last(float x) { return x < 0 ? -1 : std::min(static_cast<int>(x), side - 1); }
  std::array<float, pixels> edge_;
};

Point operator*(float s, Point p) { return {s * p.x, s * p.y}; }
Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point to_point(GridPoint p) { return {static_cast<float>(p.x), static_cast<float>(p.y)}; }

/// A point between b and c on the Catmull-Rom spline through a, b, c, d.
Point catmull_rom(Point a, Point b, Point c, Point d, float t) {
  const float t2 = t * t, t3 = t2 * t;
  return 0.5f * ((2 * t2 - t3 - t) * a + (3 * t3 - 5 * t2 + 2) * b + (4 * t2 - 3 * t3 + t) * c + (t3 - t2) * d);
}

/// Draws one stroke; `place` maps a point of the box to the image.
template <class Place>
void draw_stroke(Canvas& canvas, const Stroke& stroke, float radius, const Place& place) {
  constexpr int pieces = 4;
  const auto at = [&](int i) { return to_point(stroke.points[static_cast<std::size_t>(i)]); };
  const int last = stroke.count - 1;
  Point from = place(at(0));
  for (int i = 0; i < last; ++i) {
    const Point b = at(i), c = at(i + 1);
    const Point a = i > 0 ? at(i - 1) : 2 * b + (-1) * c, d = i + 2 <= last ? at(i + 2) : 2 * c + (-1) * b;
    for (int piece = 1; piece <= pieces; ++piece) {
      const Point to = place(catmull_rom(a, b, c, d, static_cast<float>(piece) / pieces));
      canvas.line(from, to, radius);
      from = to;
    }
  }
}

std::uint8_t draw_digit(std::uint64_t seed, std::uint64_t number, std::span<std::uint8_t, pixels> image) {
  Draws draws(seed, number);
  const int digit = draws.below(10);
  const int way = std::max(draws.below(ways_to_write + 1) - 1, 0);  // the first one twice as often as each other
  const Skeleton& skeleton = skeletons[digit * ways_to_write + way];
  const Affine affine(draws);
  const ElasticField field(draws, 0.6f);
  const float radius = draws.uniform(1.1f, 1.9f);
  const float ink = draws.uniform(235, 255), grain = draws.uniform(10, 40);
  Canvas canvas;
  for (const Stroke& stroke : skeleton.strokes) {
    if (stroke.count > 0) draw_stroke(canvas, stroke, radius, [&](Point p) { return affine(p + field.at(p)); });
  }
  for (int pixel = 0; pixel < pixels; ++pixel) {
    const float coverage = canvas.coverage(pixel);
    const float value = coverage > 0 ? coverage * (ink - draws.uniform(0, grain)) : 0.0f;
    // Which way a near tie goes does not matter here, as long as it is the same everywhere.
    image[static_cast<std::size_t>(pixel)] =
        static_cast<std::uint8_t>(value + 0.5f);  // NOLINT(bugprone-incorrect-roundings)
  }
  return static_cast<std::uint8_t>(skeleton.digit);
}

}  // namespace

RawDigits draw_digits(std::uint64_t seed, std::uint64_t first, std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  RawDigits digits{std::vector<std::uint8_t>(size * pixels), std::vector<std::uint8_t>(size)};
  constexpr std::int64_t steps_a_digit = 10000;
  parallel_for(count, 1, count * steps_a_digit, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<std::size_t>(i);
      const std::span<std::uint8_t, pixels> image(digits.images.data() + index * pixels, pixels);
      digits.labels[index] = draw_digit(seed, first + index, image);
    }
  });
  return digits;
}

}  // namespace halfway::detail
