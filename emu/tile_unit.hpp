// A unit that multiplies tiles of bfloat16 numbers: VDPBF16PS, AMX, or what a test puts in their place.
#pragma once
#include <cstddef>
#include <cstdint>

#include "halfway/emu/dot_model.hpp"
#include "halfway/formats/basic_float.hpp"

namespace halfway::emu::detail {

/// Tiles are 1024 bytes: 16 lines of 32 bfloat16 numbers, which are pairs of neighbours along k, or 16 rows of 16
/// float32 sums. A line of a tile of A is a row of A; a line of a tile of B holds the pair of each of 16 columns.
struct TileUnit {
  static constexpr std::int64_t lines = 16, steps = 32;
  static constexpr std::int64_t size = lines * steps;  ///< of a tile of A or B, in elements

  const DotModel& model;  ///< whose sums it computes

  void (*begin)();  ///< on each thread, before it multiplies
  void (*end)();    ///< and after

  /// Sums of one or two tiles of rows by one or two of columns, over `steps` of k and what the model's instruction
  /// needs more, from +0 or `onto` what `sums` holds, row after row. For each 32 steps A has its tiles one after the
  /// other, and B has; past the last step they hold zeros.
  using Multiply = void (*)(const bfloat16* a, const bfloat16* b, std::int64_t steps, bool onto, float* sums);
  Multiply multiply[2][2];  ///< [tiles of rows − 1][tiles of columns − 1]
};

/// A TileUnit's product on eight registers, `Tiles`, which has static functions begin(), end() and, for tiles by
/// number, zero<i>(), load<i>(from, stride), store<i>(to, stride) (strides in bytes) and multiply_add<sums, a, b>().
template <class Tiles, int kRows, int kCols>
void multiply_tiles(const bfloat16* a, const bfloat16* b, std::int64_t steps, bool onto, float* sums) {
  constexpr std::int64_t stride = kCols * TileUnit::lines * std::int64_t{sizeof(float)};
  float* const right = sums + TileUnit::lines;
  float* const below = sums + kCols * TileUnit::lines * TileUnit::lines;
  float* const corner = below + TileUnit::lines;
  if (onto) {  // sums: tiles 0 to 3; A: 4, 5; B: 6, 7
    Tiles::template load<0>(sums, stride);
    if constexpr (kCols == 2) Tiles::template load<1>(right, stride);
    if constexpr (kRows == 2) Tiles::template load<2>(below, stride);
    if constexpr (kRows == 2 && kCols == 2) Tiles::template load<3>(corner, stride);
  } else {
    Tiles::template zero<0>(), Tiles::template zero<1>(), Tiles::template zero<2>(), Tiles::template zero<3>();
  }
  constexpr std::int64_t line = TileUnit::steps * std::int64_t{sizeof(bfloat16)};
  for (std::int64_t done = 0; done < steps; done += TileUnit::steps) {
    Tiles::template load<4>(a, line);
    Tiles::template load<6>(b, line);
    Tiles::template multiply_add<0, 4, 6>();
    if constexpr (kCols == 2) {
      Tiles::template load<7>(b + TileUnit::size, line);
      Tiles::template multiply_add<1, 4, 7>();
    }
    if constexpr (kRows == 2) {
      Tiles::template load<5>(a + TileUnit::size, line);
      Tiles::template multiply_add<2, 5, 6>();
      if constexpr (kCols == 2) Tiles::template multiply_add<3, 5, 7>();
    }
    a += kRows * TileUnit::size, b += kCols * TileUnit::size;
  }
  Tiles::template store<0>(sums, stride);
  if constexpr (kCols == 2) Tiles::template store<1>(right, stride);
  if constexpr (kRows == 2) Tiles::template store<2>(below, stride);
  if constexpr (kRows == 2 && kCols == 2) Tiles::template store<3>(corner, stride);
}

template <class Tiles>
constexpr TileUnit tile_unit_of(const DotModel& model) {
  return {.model = model,
          .begin = &Tiles::begin,
          .end = &Tiles::end,
          .multiply = {{&multiply_tiles<Tiles, 1, 1>, &multiply_tiles<Tiles, 1, 2>},
                       {&multiply_tiles<Tiles, 2, 1>, &multiply_tiles<Tiles, 2, 2>}}};
}

/// The machine's units, whether it has them or not; nullptr in builds for other processors.
const TileUnit* vdpbf16ps_unit();
const TileUnit* amx_unit();
/// Linux gives tile registers to processes that ask, as this does.
bool may_use_amx();

/// How many of the results of a few thousand dot products, from the corners of the format, are not the unit's model's.
struct TileCheck {
  std::int64_t results, wrong;
};
TileCheck check_tiles(const TileUnit& unit);

/// What computes products of that model on this machine and target; nullptr: lanes do. The first call for a unit that
/// the machine has compares it with its model.
const TileUnit* tile_unit_for(const DotModel& model);
/// For tests: from now on `unit` computes its model on every target.
void replace_tile_unit(const TileUnit& unit);
/// For tests: from now on the machine computes that model.
void restore_tile_unit(const DotModel& model);

}  // namespace halfway::emu::detail
