// A real matrix unit, tile after tile.
#pragma once
#include <cstdint>
#include <string>

namespace halfway::probe {

/// An instruction: D = A·B + C on tiles of rows × 8 numbers, `terms` in each dot product.
struct Instruction {
  const char* unit;  ///< as find_dot_model names it
  bool warp_group;   ///< wgmma (64 rows, compute capability 9.0); mma.sync (16 rows, 8.0, of 8 bits 8.9) otherwise
  enum Operands { float16, bfloat16, tf32, e4m3, e5m2 } operands;
  bool float16_sums;

  int rows() const { return warp_group ? 64 : 16; }
  int bits() const { return operands == tf32 ? 32 : operands == e4m3 || operands == e5m2 ? 8 : 16; }
  int terms() const { return 256 / bits(); }
};
inline constexpr int tile_columns = 8;

/// Codes, one in each word: A[tile][row][k], B[tile][column][k], C and D[tile][row][column].
struct Tiles {
  std::int64_t count;
  const std::uint32_t *a, *b, *c;
  std::uint32_t* d;
};

/// "NVIDIA H100 80GB HBM3, compute capability 9.0, driver 570.86, CUDA 13.0". Throws std::runtime_error without a GPU.
std::string describe_gpu();
/// Whether the GPU has the instruction.
bool has(const Instruction& instruction);
/// Throws std::runtime_error with the words of CUDA's error.
void run(const Instruction& instruction, const Tiles& tiles);

}  // namespace halfway::probe
