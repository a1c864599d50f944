// What the threads of one matrix product share.
#pragma once
#include <algorithm>
#include <optional>

#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

struct TileUnit;

/// What float32 numbers are rounded to while they are packed.
enum class Narrowing : std::uint8_t { none, to_bfloat16, to_float16 };

constexpr std::int64_t divide_up(std::int64_t x, std::int64_t by) { return (x + by - 1) / by; }
constexpr std::int64_t round_up(std::int64_t x, std::int64_t to) { return divide_up(x, to) * to; }

/// The scales of an operand's elements: powers of two, by which its float32 numbers have been multiplied already.
struct ScaleExponents {
  FloatFormat element;            ///< what the elements are numbers of
  std::int64_t block;             ///< elements along k that share a scale
  std::int64_t lines;             ///< rows of A, columns of B
  const std::int16_t* exponents;  ///< [block][line], and a few more
  int least, most;                ///< of blocks with other numbers than zeros
};

/// Columns of a tile of B are packed once for all threads; a thread packs a block of rows of A, multiplies it with
/// every packed panel of B, and writes the results out. The steps of k are cut into blocks, in order: an accumulator
/// passes from block to block through memory, which changes no bit of it.
struct MatmulPlan {
  MatrixIn a, b;
  MatrixOut d;
  MatmulExtras extras;
  const DotModel* model;
  Narrowing a_narrowing = Narrowing::none, b_narrowing = Narrowing::none;
  bool flush_inputs = false;
  bool round_products = false;
  std::int64_t pass_steps = 0;     ///< each pass of so many steps starts from +0 and is added to the sum; 0: no passes
  std::int64_t block_steps = 0;    ///< at most kMaxBlockSteps; whole passes, instructions and blocks
  std::int64_t step_multiple = 1;  ///< steps are padded to a multiple of this, with products that are zeros
  std::int64_t block_panels = 0;   ///< row panels that a thread packs at once
  std::int64_t first_col = 0, cols = 0;  ///< of B and D, the part that is packed now
  void* packed_b = nullptr;              ///< panel after panel, each [step][column]; zeros where B has no column
  const TileUnit* tiles = nullptr;       ///< what computes the model, where the machine has it (tile_unit.hpp)
  const ScaleExponents *a_scales = nullptr, *b_scales = nullptr;

  std::int64_t steps() const { return a.cols; }
  std::int64_t packed_steps() const { return round_up(a.cols, step_multiple); }
};

/// The sizes that a target works in, in elements.
struct TileShape {
  std::int64_t rows, cols;   ///< of a full tile of D: a panel of A by a panel of B
  std::int64_t narrow_cols;  ///< of a tile at the right edge, where that is enough
};

inline constexpr std::int64_t kMaxBlockSteps = 384;
inline constexpr std::int64_t kMaxBlockRows = 252;

/// How a product is cut so that its parts stay in the caches.
struct Blocking {
  std::int64_t steps = kMaxBlockSteps;  ///< of k in a block, at most
  std::int64_t rows = kMaxBlockRows;    ///< of A that a thread packs at once, at most
  std::int64_t cols = 1024;             ///< of B that are packed at once, at most
  std::int64_t small_b = 384 << 10;     ///< bytes of a block of B that stays while A passes it panel by panel
};

/// What a target brings. Both functions run on several threads at once, each on panels of its own.
struct MatmulKernels {
  TileShape shape;
  std::int64_t b_element;  ///< bytes that a packed element of B takes
  std::int64_t a_panel;    ///< bytes that a thread keeps of a packed panel of A
  std::int64_t tile;       ///< bytes of the accumulators of a full tile
  Subnormals subnormals;   ///< of the floating-point environment that `multiply` runs in
  /// Packs B's panels [begin, end).
  void (*pack_b)(const MatmulPlan& plan, std::int64_t begin, std::int64_t end);
  /// Computes D's row panels [begin, end) in the column panels [first_panel, end_panel).
  void (*multiply)(const MatmulPlan& plan, std::int64_t begin, std::int64_t end, std::int64_t first_panel,
                   std::int64_t end_panel, void* workspace);
  std::int64_t step_multiple = 1;  ///< B's panels have so many steps or a multiple
  Blocking blocking = {};
};
/// An instruction of this machine: plan.tiles.
std::optional<MatmulKernels> tile_kernels(const MatmulPlan& plan);
/// Chains in order, a fused multiply-add or a product and an add for each term (is_plain_chain).
std::optional<MatmulKernels> chain_kernels(const MatmulPlan& plan);
/// Tensor cores and CDNA3: Summation::aligned.
std::optional<MatmulKernels> aligned_kernels(const MatmulPlan& plan);
/// Lanes, trees, exact sums of short blocks, and the other chains.
std::optional<MatmulKernels> short_sum_kernels(const MatmulPlan& plan);

/// MXFP4, NVFP4: groups of products that are added exactly; operands from grouped_numbers.
std::optional<MatmulKernels> scaled_group_kernels(const MatmulPlan& plan);

/// D by these kernels.
void run(MatmulPlan plan, const MatmulKernels& kernels);

/// As many steps as fit into a block of at most `most`, a multiple of `whole`.
constexpr std::int64_t block_steps_of(std::int64_t whole, std::int64_t most = kMaxBlockSteps) {
  return std::max<std::int64_t>(most / whole, 1) * whole;
}

}  // namespace halfway::emu::detail
