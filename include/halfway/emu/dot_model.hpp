// How one matrix unit adds: a dot product's order and roundings, spelled out as data.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "halfway/formats/arithmetic.hpp"

namespace halfway::emu {

/// The shape of the sum. Of the five kinds that real units need (chain, lanes, tree, aligned, exact) this version
/// computes the first.
enum class Summation : std::uint8_t {
  chain  ///< term after term into one accumulator, from +0, in the order of k
};

/// How far a model is known to be what the silicon does.
enum class Evidence : std::uint8_t {
  definition,              ///< the library's own rule, nothing to compare with
  published_descriptions,  ///< from published descriptions
  hypothesis               ///< undocumented by the vendor; the most plausible rule that we know
};

/// One matrix unit's rule for D[i][j] = Σ_k A[i][k]·B[k][j], accumulated in float32 (float64 for float64 operands).
/// A new unit is one constexpr value of this.
struct DotModel {
  std::string_view name;
  Summation kind = Summation::chain;
  /// false: acc = fma(a, b, acc), one rounding a term; true: the product is rounded first, then the sum.
  bool round_products = false;
  /// Flush: an operand that is subnormal, as a float32 before rounding to the operand format (0x007FFFFF → 0 on a TPU)
  /// or in that format after it, reads as a zero of its sign.
  Subnormals inputs = Subnormals::keep;
  /// Flush: results of a step that are tiny after rounding (as if the exponent were unbounded) become zeros of their
  /// sign.
  Subnormals results = Subnormals::keep;
  /// Terms per hardware pass, each pass from +0; the passes' sums are joined by float32 adds in order. 0: one pass.
  int pass = 0;
  Evidence evidence = Evidence::definition;
  std::string_view source = {};
};
std::ostream& operator<<(std::ostream& out, const DotModel& model);  // its name

/// The chain of `cpu`: fused, subnormals kept.
inline constexpr DotModel sequential{.name = "sequential", .source = "docs/numerics.md, the chain of cpu"};
/// XLA's HLO evaluator: product rounded to float32, then the sum, serial over k.
inline constexpr DotModel xla_reference{.name = "xla_reference",
                                        .round_products = true,
                                        .evidence = Evidence::published_descriptions,
                                        .source = "xla/hlo/evaluator: acc += l * r, serial over k"};
/// TPU v2 and v3, hypothesis H0: a flushing chain down the 128 rows of the array; passes joined by the vector unit.
inline constexpr DotModel tpu_mxu_128{.name = "tpu_mxu_128 (H0)",
                                      .inputs = Subnormals::flush,
                                      .results = Subnormals::flush,
                                      .pass = 128,
                                      .evidence = Evidence::hypothesis,
                                      .source =
                                          "bfloat16 in, float32 accumulate, passes of 128 added outside: published; "
                                          "the order inside a pass: not public"};

}  // namespace halfway::emu
