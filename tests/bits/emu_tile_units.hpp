// Tile units in memory, in the place of instructions.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "emu/tile_unit.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matrix_units.hpp"

namespace halfway::test {

/// 16 lines of 64 bytes.
struct Tile {
  alignas(64) std::array<std::array<std::uint32_t, 16>, 16> lines;
};

/// sums + a·b as a unit's definition says it.
template <const emu::DotModel& model>
struct ByDefinition {
  static void multiply_add(Tile& sums, const Tile& a, const Tile& b) {
    std::array<std::uint64_t, 32> left, right;
    for (std::size_t row = 0; row < 16; ++row)
      for (std::size_t col = 0; col < 16; ++col) {
        for (std::size_t pair = 0; pair < 16; ++pair) {
          left[2 * pair] = a.lines[row][pair] & 0xFFFF, left[2 * pair + 1] = a.lines[row][pair] >> 16;
          right[2 * pair] = b.lines[pair][col] & 0xFFFF, right[2 * pair + 1] = b.lines[pair][col] >> 16;
        }
        std::uint32_t& sum = sums.lines[row][col];
        sum = static_cast<std::uint32_t>(emu::dot_product(model, bfloat, left, bfloat, right, sum));
      }
  }
};

/// The same for small integers, whose sums are exact in any order.
struct OfIntegers {
  static void multiply_add(Tile& sums, const Tile& a, const Tile& b) {
    const auto even = [](std::uint32_t pair) { return std::bit_cast<float>(pair << 16); };
    const auto odd = [](std::uint32_t pair) { return std::bit_cast<float>(pair & 0xFFFF0000u); };
    for (std::size_t row = 0; row < 16; ++row) {
      auto& out = sums.lines[row];
      for (std::size_t pair = 0; pair < 16; ++pair) {
        const std::uint32_t left = a.lines[row][pair];
        const auto& right = b.lines[pair];
        for (std::size_t col = 0; col < 16; ++col)
          out[col] = std::bit_cast<std::uint32_t>(std::bit_cast<float>(out[col]) + even(left) * even(right[col]) +
                                                  odd(left) * odd(right[col]));
      }
    }
  }
};

inline std::atomic<std::int64_t> products_of_tiles{0}, misuses{0};  ///< tiles used before begin() or after end()

/// Eight tiles for each thread, which hold nothing of use from one begin() to the next.
template <class Products>
struct TilesInMemory {
  static void begin() { misuses += ready++ != 0, spoil(); }
  static void end() { misuses += ready-- != 1, spoil(); }
  template <int kTile>
  static void zero() {
    at(kTile).lines = {};
  }
  template <int kTile>
  static void load(const void* from, std::int64_t stride) {
    for (auto& line : at(kTile).lines) {
      std::memcpy(line.data(), from, sizeof line);
      from = static_cast<const std::byte*>(from) + stride;
    }
  }
  template <int kTile>
  static void store(void* to, std::int64_t stride) {
    for (const auto& line : at(kTile).lines) {
      std::memcpy(to, line.data(), sizeof line);
      to = static_cast<std::byte*>(to) + stride;
    }
  }
  template <int kSums, int kA, int kB>
  static void multiply_add() {
    ++products_of_tiles;
    Products::multiply_add(at(kSums), at(kA), at(kB));
  }

 private:
  static Tile& at(int tile) {
    misuses += ready != 1;
    return tiles[static_cast<std::size_t>(tile)];
  }
  static void spoil() {
    for (Tile& tile : tiles)
      for (auto& line : tile.lines) line.fill(0x7FA5A5A5u);
  }
  static inline thread_local std::array<Tile, 8> tiles;
  static inline thread_local int ready = 0;
};

/// With tiles of such products, for tdpbf16ps.
template <class Products>
inline constexpr emu::detail::TileUnit unit_in_memory =
    emu::detail::tile_unit_of<TilesInMemory<Products>>(emu::tdpbf16ps);

/// One that reads tiles where they are packed and takes no step too many, as VDPBF16PS does.
template <const emu::DotModel& model>
struct StepByStep {
  static void begin() {}
  static void end() {}
  template <int kRows, int kCols>
  static void multiply(const bfloat16* a, const bfloat16* b, std::int64_t steps, bool onto, float* sums) {
    using emu::detail::TileUnit;
    ++products_of_tiles;
    std::vector<std::uint64_t> left(static_cast<std::size_t>(steps)), right(left.size());
    for (std::int64_t row = 0; row < kRows * TileUnit::lines; ++row)
      for (std::int64_t col = 0; col < kCols * TileUnit::lines; ++col) {
        for (std::int64_t step = 0; step < steps; ++step) {
          const std::int64_t part = step / TileUnit::steps, in_part = step % TileUnit::steps;
          const auto tile = [&](const bfloat16* x, int tiles, std::int64_t line) {
            return x + (part * tiles + line / TileUnit::lines) * TileUnit::size;
          };
          const std::int64_t row_in_tile = row % TileUnit::lines, col_in_tile = col % TileUnit::lines;
          left[static_cast<std::size_t>(step)] = tile(a, kRows, row)[row_in_tile * TileUnit::steps + in_part].bits();
          right[static_cast<std::size_t>(step)] =
              tile(b, kCols, col)[in_part / 2 * TileUnit::steps + 2 * col_in_tile + in_part % 2].bits();
        }
        float& sum = sums[row * kCols * TileUnit::lines + col];
        const std::uint64_t c = onto ? std::bit_cast<std::uint32_t>(sum) : 0;
        sum = std::bit_cast<float>(static_cast<std::uint32_t>(emu::dot_product(model, bfloat, left, bfloat, right, c)));
      }
  }
};
/// Such a one for vdpbf16ps, with the sums of that model.
template <const emu::DotModel& model>
inline constexpr emu::detail::TileUnit unit_by_steps{
    .model = emu::vdpbf16ps,
    .begin = &StepByStep<model>::begin,
    .end = &StepByStep<model>::end,
    .multiply = {{&StepByStep<model>::template multiply<1, 1>, &StepByStep<model>::template multiply<1, 2>},
                 {&StepByStep<model>::template multiply<2, 1>, &StepByStep<model>::template multiply<2, 2>}}};

/// Has a unit compute its model on every target, as long as it lives.
struct WithTiles {
  explicit WithTiles(const emu::detail::TileUnit& unit_) : unit(unit_) { emu::detail::replace_tile_unit(unit); }
  ~WithTiles() { emu::detail::restore_tile_unit(unit.model); }
  WithTiles(const WithTiles&) = delete;
  WithTiles& operator=(const WithTiles&) = delete;
  const emu::detail::TileUnit& unit;
};

}  // namespace halfway::test
