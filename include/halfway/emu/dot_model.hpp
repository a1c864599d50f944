// How one matrix unit adds: a dot product's order and roundings, spelled out as data.
#pragma once
#include <algorithm>
#include <climits>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string_view>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/float_format.hpp"
#include "halfway/formats/philox.hpp"

namespace halfway::emu {

/// The shape of the sum of one block of terms.
enum class Summation : std::uint8_t {
  chain,    ///< term after term into one accumulator
  lanes,    ///< `lanes` chains from +0, term k in chain k mod lanes; their sums joined in order
  tree,     ///< products rounded, then neighbours added, pair by pair, until one number is left
  aligned,  ///< terms cut off below the last place of the largest one's exponent, added as integers, rounded once
  exact     ///< the exact sum of the block, rounded once
};

/// Where the accumulator c joins the terms.
enum class Addend : std::uint8_t {
  first,  ///< chain: c starts it; aligned, exact: c is one of the terms of each block
  last,   ///< an instruction's terms are summed from +0; then c is added to their sum
  late    ///< aligned only: c is aligned with the finished sum of each block (AMD CDNA3)
};

/// The order in which the terms of one instruction are taken.
enum class TermOrder : std::uint8_t {
  natural,      ///< 0, 1, 2, …
  odd_first,    ///< 1, 0, 3, 2, …
  pairs_apart,  ///< k mod 4 in {0, 1}: 0, 1, 4, 5, …; then k mod 4 in {2, 3}
};

/// What a NaN result is.
enum class NanRule : std::uint8_t {
  canonical,  ///< the format's canonical NaN: 0x7FC00000, 0x7E00
  all_ones,   ///< 0x7FFFFFFF, 0x7FFF (NVIDIA)
  first_nan   ///< the first NaN among a, b, c, made quiet; 0xFFC00000 where there was none (x86)
};

/// How far a model is known to be what the silicon does.
enum class Evidence : std::uint8_t {
  definition,              ///< the library's own rule, nothing to compare with
  silicon,                 ///< compared with the hardware itself by the library's tests
  published_output,        ///< compared with published output of the hardware
  published_descriptions,  ///< as papers, manuals and other people's models describe it
};
/// "checked on silicon", "checked against published silicon output", "from published descriptions", "definition".
std::string_view label(Evidence evidence);

/// One matrix unit's rule for D[i][j] = Σ_k A[i][k]·B[k][j] (+ C[i][j]). A new unit is one constexpr value of this.
///
/// The terms are cut into passes, a pass into instructions, an instruction into blocks, in the order of k. The
/// accumulator goes from block to block, rounded to `result` after each.
struct DotModel {
  std::string_view name;
  Summation kind = Summation::chain;
  /// false: products are exact; true: each is rounded (float32, `rounding`) before it is added. Trees always round.
  bool round_products = false;
  /// Flush: an operand that is subnormal, as a float32 before rounding to the operand format (0x007FFFFF → 0 on a TPU)
  /// or in that format after it, reads as a zero of its sign. Numbers of 8 bits are read as bfloat16, and none of them
  /// is subnormal there.
  Subnormals inputs = Subnormals::keep;
  /// Flush: results of a step that are tiny after rounding (as if the exponent were unbounded) become zeros of their
  /// sign.
  Subnormals results = Subnormals::keep;
  /// Terms per hardware pass, each pass from +0; the passes' sums are joined by adds in `pass_result`, to nearest even,
  /// in order. 0: one pass. Also what software does that promotes its sums to float32 every n terms.
  int pass = 0;
  Evidence evidence = Evidence::definition;
  std::string_view source = {};

  int revision = 1;                 ///< a corrected row gets the next one; the old row stays
  std::string_view unsettled = {};  ///< what the evidence leaves open, in a line
  std::string_view unit = {};       ///< the instruction that the row belongs to: "hopper_mma"
  /// What the unit multiplies; empty: any format whose numbers are float32 numbers, float64 where `result` is that.
  /// Where tf32 is among them, float32 codes are taken too, without their last 13 bits.
  std::span<const FloatFormat> operands = {};

  int instruction = 0;  ///< terms of one instruction, padded with products of +0 where k ends; 0: all terms
  int block = 0;        ///< terms per block (a divisor of `instruction`); 0: all of the instruction
  int lanes = 1;        ///< for Summation::lanes; powers of two
  TermOrder order = TermOrder::natural;
  Addend addend = Addend::first;

  /// Aligned: fraction bits kept below the largest exponent; terms are cut towards zero. The exponent of a product is
  /// the sum of its factors' exponents, not normalised.
  int fraction_bits = 24;
  /// Aligned: the largest exponent counts as at least this.
  int alignment_floor = INT_MIN;
  /// Aligned: even and odd terms are aligned and cut apart, and joined rounding down (CDNA3, fp8).
  bool parity_groups = false;
  /// Late addend: fraction bits of the sum of products kept, rounding down, below the larger exponent of it and c; c
  /// keeps `fraction_bits`.
  int late_fraction_bits = 32;
  /// Late addend: fraction bits that survive, rounding down, in the normalised sum of the two; 40: all.
  int sum_fraction_bits = 31;
  /// A product of magnitude 2^128 or more is an infinity, whatever it is added to (CDNA3).
  bool products_overflow = false;

  /// Elements of an operand that share a scale; 0: operands have none. A scale multiplies its elements exactly.
  int scale_block = 0;
  std::span<const FloatFormat> scales = {};  ///< what scales are codes of; their signs are not looked at
  /// Aligned: so many products are added exactly, as integers, and are one term, whose exponent is the sum of its two
  /// scales' exponents, whatever its value; with nothing but zeros among its products, or a scale that is zero, it
  /// takes no part. 0: each product is a term; its scales' exponents are added to its own.
  int group = 0;

  FloatFormat result = binary32;  ///< what blocks are rounded to
  /// Results beyond the largest finite number are infinities in every direction. Stochastic: with random_bits_of below.
  Rounding rounding = Rounding::ties_to_even;
  Rounding addend_rounding = Rounding::ties_to_even;  ///< of the addition of c, where it is last
  FloatFormat pass_result = binary32;
  NanRule nan = NanRule::canonical;
  /// Where operands and c are flushed, they become +0 whatever their sign, and so do those that are zeros (CDNA2).
  bool flush_to_plus_zero = false;

  /// Stochastic rounding only, as in Arithmetic. Another seed or stream, other random bits: a stream for each matrix of
  /// a batch and each product of a training.
  int random_bits = 16;
  std::uint64_t seed = 0, stream = 0;

  /// Whether numbers of that format are among `operands`.
  constexpr bool lists(const FloatFormat& format) const {
    for (const FloatFormat& each : operands)
      if (each == format) return true;
    return false;
  }
  /// Whether operands of that format are float32 codes of which the unit drops the last 13 bits.
  constexpr bool cuts_to_tf32(const FloatFormat& format) const {
    return format == binary32 && lists(tensor_float) && !lists(binary32);
  }
  /// Whether the unit multiplies numbers of that format.
  constexpr bool accepts(const FloatFormat& format) const {
    if (!operands.empty()) return lists(format) || cuts_to_tf32(format);
    const bool in_float32 =
        format.precision <= 24 && format.emin() >= binary32.emin() && format.emax() <= binary32.emax();
    return in_float32 || (format == binary64 && result == binary64);
  }
  /// The exponent of the last place of products of `operands`, whatever two of them.
  constexpr int lowest_product() const {
    int lowest = 0;
    for (const FloatFormat& f : operands) lowest = std::min(lowest, 2 * (f.emin() - f.fraction_bits()));
    return lowest;
  }
  /// The format of an accumulator: `result`, or float32 where that has no codes of its own (E8M13).
  constexpr FloatFormat storage() const { return stored(result); }
  /// The format of c and of the sum: that of an accumulator, or of what passes are joined in.
  constexpr FloatFormat output() const { return pass > 0 && result != binary64 ? stored(pass_result) : storage(); }
  static constexpr FloatFormat stored(const FloatFormat& f) {
    return f == binary16 || f == bfloat || f == binary64 ? f : binary32;
  }
};
std::ostream& operator<<(std::ostream& out, const DotModel& model);  // its name

/// The random integer below 2^model.random_bits with which a unit rounds stochastically: for the roundings number 0, 1,
/// 2, … of an element of D (row-major index), in the order of the definition (chains: in the order of k; lanes one
/// after the other; trees level by level), the upper bits of word number mod 4 of Philox4x32-7 block element·2^32 +
/// number/4.
constexpr std::uint32_t random_bits_of(const DotModel& model, std::uint64_t element, std::uint64_t number) {
  if (model.random_bits <= 0) return 0;
  return philox<7>(model.seed, model.stream, element << 32 | number / 4)[number % 4] >> (32 - model.random_bits);
}

/// Throws ValueError if a model's fields contradict each other; `operation` is who asks.
void check_model(const DotModel& model, std::string_view operation);

/// The chain of `cpu`: fused, subnormals kept.
inline constexpr DotModel sequential{.name = "sequential", .source = "docs/numerics.md, the chain of cpu"};
/// XLA's HLO evaluator: product rounded to float32, then the sum, serial over k.
inline constexpr DotModel xla_reference{.name = "xla_reference",
                                        .round_products = true,
                                        .evidence = Evidence::published_descriptions,
                                        .source = "xla/hlo/evaluator: acc += l * r, serial over k"};
/// TPU v2 and v3, hypothesis H0: a flushing chain down the 128 rows of the array; passes joined by the vector unit.
inline constexpr DotModel tpu_mxu_128{
    .name = "tpu_mxu_128 (H0)",
    .inputs = Subnormals::flush,
    .results = Subnormals::flush,
    .pass = 128,
    .evidence = Evidence::published_descriptions,
    .source = "bfloat16 in, float32 accumulate, passes of 128 added outside: published",
    .unsettled = "hypothesis H0: the order and the roundings inside a pass are not public"};

}  // namespace halfway::emu
