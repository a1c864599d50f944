// Whether a tile unit is what its model says, before it is used: each result against the definition.
#include <array>
#include <bit>
#include <random>

#include "emu/tile_unit.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {
namespace {

/// Exponent fields that are drawn, from `low` to `high`.
struct Exponents {
  int low, high;
};
struct Kind {
  Exponents a, b, c;
  int first_pair = 0;  ///< the exponent field of the first factors, powers of two, where it is not 0
};
constexpr Kind kinds[]{
    {{0, 255}, {0, 255}, {0, 255}},        // any bits, NaN and infinities among them
    {{125, 129}, {125, 129}, {120, 135}},  // what rounding and order are about
    {{126, 128}, {126, 128}, {255, 255}},  // c: NaN, infinities
    {{58, 66}, {58, 66}, {0, 4}},          // products, sums and c about the smallest normal number
    {{51, 53}, {51, 53}, {0, 0}, 64},      // sums just below it before they are rounded
    {{188, 192}, {188, 192}, {252, 254}},  // overflow, and infinities that meet
    {{0, 2}, {125, 255}, {0, 2}},          // subnormal operands and c, times anything
    {{120, 136}, {0, 2}, {100, 130}},      // the same on the other side
};

constexpr int rows = 2 * TileUnit::lines, cols = 2 * TileUnit::lines, steps = TileUnit::steps;

class Draw {
 public:
  /// A code of float32; of bfloat16 its upper half.
  std::uint32_t number(const Exponents& exponents) {
    const auto random = static_cast<std::uint32_t>(random_());
    const auto span = static_cast<std::uint32_t>(exponents.high - exponents.low + 1);
    const std::uint32_t field = static_cast<std::uint32_t>(exponents.low) + (random >> 8) % span;
    constexpr std::array<std::uint32_t, 4> fractions{0x7FFFFF, 0x7FFFFF, 0x400000, 0};
    const auto fraction = static_cast<std::uint32_t>(random_()) & fractions[random >> 4 & 3];
    return (random & 1) << 31 | field << 23 | fraction;
  }
  bfloat16 operand(const Exponents& exponents) {
    return bfloat16::from_bits(static_cast<std::uint16_t>(number(exponents) >> 16));
  }

 private:
  std::mt19937_64 random_{1};
};

/// Element (line, step) of an operand, in tiles: a tile's lines are the operand's (A), or pairs of steps (B).
std::size_t place_in_a(int line, int step) { return static_cast<std::size_t>(line * steps + step); }
std::size_t place_in_b(int line, int step) {
  constexpr int side = TileUnit::lines;
  return static_cast<std::size_t>(line / side * TileUnit::size + step / 2 * steps + line % side * 2 + step % 2);
}

}  // namespace

TileCheck check_tiles(const TileUnit& unit) {
  TileCheck check{};
  Draw draw;
  for (const Kind& kind : kinds) {
    alignas(64) std::array<bfloat16, rows * steps> a{}, b_lines{}, b_tiles{};
    alignas(64) std::array<float, rows * cols> sums{};
    std::array<float, rows * cols> expected{};
    for (int line = 0; line < rows; ++line)
      for (int step = 0; step < steps; ++step) {
        const bool first = kind.first_pair > 0 && step < 2;
        const Exponents fixed{kind.first_pair, kind.first_pair};
        const auto power = [&] {
          return bfloat16::from_bits(static_cast<std::uint16_t>(draw.operand(fixed).bits() & 0xFF80));
        };
        a[place_in_a(line, step)] = first ? power() : draw.operand(kind.a);
        b_lines[place_in_a(line, step)] = b_tiles[place_in_b(line, step)] = first ? power() : draw.operand(kind.b);
      }
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = expected[i] = std::bit_cast<float>(draw.number(kind.c));

    unit.begin();
    unit.multiply[1][1](a.data(), b_tiles.data(), steps, true, sums.data());
    unit.end();
    const MatrixIn c(expected.data(), DType::float32, rows, cols, cols, 1);
    matmul_ref({a.data(), DType::bfloat16, rows, steps, steps, 1},
               {b_lines.data(), DType::bfloat16, steps, cols, 1, steps},
               {expected.data(), DType::float32, rows, cols, cols, 1}, dot::bf16_bf16_f32, unit.model, {.c = c});
    for (std::size_t i = 0; i < sums.size(); ++i)
      check.wrong += std::bit_cast<std::uint32_t>(sums[i]) != std::bit_cast<std::uint32_t>(expected[i]);
    check.results += rows * cols;
  }
  return check;
}

}  // namespace halfway::emu::detail
