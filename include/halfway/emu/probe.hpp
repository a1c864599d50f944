// What a matrix product that is given as a black box does with its numbers, and which known unit that is.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "halfway/emu/dot_model.hpp"

namespace halfway::emu {

/// D = A·B + C of matrices of fixed sizes, somebody else's: a GPU, a library, a model.
struct BlackBox {
  FloatFormat a, b;    ///< operands
  FloatFormat result;  ///< C and D
  std::int64_t terms = 64;
  std::int64_t rows = 1, cols = 1;  ///< of D; the more, the fewer calls: dot products are put along the diagonal
  /// A is rows×terms, B terms×cols, C and D are rows×cols: row-major codes in the smallest of 8, 16, 32, 64 bits.
  std::function<void(const void* a, const void* b, const void* c, void* d)> multiply = {};
  bool takes_c = true;  ///< false: `multiply` gets nullptr for c
};

/// A model as a black box. Where the unit cuts float32 codes to tf32, `operands` may be float32.
BlackBox black_box(const DotModel& model, const FloatFormat& operands, std::int64_t terms = 64);

/// One thing found out, in words: {"final rounding", "toward_zero"}.
struct ProbedProperty {
  std::string_view name;
  std::string value;
};

struct ProbeReport {
  /// The order of the sum, from left to right: "c + 0 + 1 + ... + 63", "c + [0-15] + [16-31]" (what stands in brackets
  /// is added at once, with what stands left of it), "c + ((0 + 2 + ... + 30) + (1 + 3 + ... + 31))". Sums are
  /// commutative: of two operands the larger one stands left. Empty: not revealed, as `properties` says.
  std::string order;
  std::vector<ProbedProperty> properties;
  /// The rows of dot_models() that give the same bits for every dot product that was tried; all of them are listed
  /// where several cannot be told apart by these operands.
  std::vector<const DotModel*> models;
  /// Where there are none: the nearest row, and how many of `comparisons` random dot products it gets wrong.
  const DotModel* nearest = nullptr;
  int wrong = 0, comparisons = 0;
  std::int64_t dot_products = 0;  ///< that were tried
};

/// Finds the order as FPRev does (Xie et al., "Revealing floating-point accumulation orders", arXiv 2411.00442): ±M at
/// two places, small units everywhere else, and the number of units that are left tells how many terms had been added
/// before the two met. The properties are those of Fasi, Higham, Mikaitis and Pranesh (PeerJ Computer Science 7:e330,
/// 2021) and more: subnormals, exactness of products, rounding with and without c, the number of terms added at once,
/// the bits kept in their alignment, carries, monotonicity, NaN, signs of zero. Rows are then named by comparison on
/// all of these and on random dot products of every kind, infinities and NaN among them.
///
/// About terms²/2 + 3000 dot products. Throws ValueError for a box without sizes or function; what `multiply` throws
/// passes through.
ProbeReport probe(const BlackBox& box, std::uint64_t seed = 0);

}  // namespace halfway::emu
