// What the kernels of the aligned kind know of a model: the numbers that their lanes compare with, and which of
// float32's sums they can make.
#pragma once
#include <array>
#include <optional>

#include "emu/dot_ref.hpp"
#include "emu/matmul_plan.hpp"

namespace halfway::emu::detail {

/// How the integer that a block sums to becomes a number of the result format.
enum class AlignedFinish : std::uint8_t {
  toward_zero,         ///< float32
  to_nearest,          ///< float32, ties to even
  narrow_toward_zero,  ///< float32's exponents, less precision (E8M13)
  narrow_to_nearest,
  to_float16,  ///< ties to even
  late,        ///< joined with c; float32, ties to even
  late_parity  ///< the same, of even and odd terms that were aligned apart
};

/// The exponents of an operand's numbers: subnormals are aligned by emin. With scales, what these make of them.
struct AlignedOperand {
  int emin, emax;
  bool cut;  ///< float32 codes of which the unit drops the last 13 bits
};

/// A block is computed in float32 and int32: a product times 2^(fraction_bits − largest exponent) is exact and its
/// conversion to an integer cuts it. Where the largest exponent lies outside [low + 1, high − 1], so that one of these
/// steps might be inexact, the block is computed by the definition. NaN and infinities count as `high`, blocks of zeros
/// as `low`.
struct AlignedRule {
  AlignedFinish finish;
  AlignedOperand a, b;
  int fraction_bits, late_fraction_bits, sum_fraction_bits;
  int low, high;     ///< what exponents of products below `least` and above `most` count as
  int least, most;   ///< the exponents of products that are numbers and need no care
  int floor;         ///< of alignment, at least `low`
  int dropped_bits;  ///< of a float32 significand, where the result is narrower
  int block;
  int instruction;  ///< terms that come in one order, a multiple of `block`
  TermOrder order;
  std::int64_t segment;  ///< so many terms are summed from +0 and then added to the sum so far; 0: all continue it
  int safe_terms;        ///< as many more never overflow an int32 sum of magnitude 2^30
  int capacity;          ///< terms of a packed panel of A

  bool float16_sums() const { return finish == AlignedFinish::to_float16; }
  /// Exponents fit into 8 bits, with room for zeros below and infinities above.
  bool small_exponents() const {
    const auto small = [](const AlignedOperand& x) { return x.emin >= e5m2fnuz.emin() && x.emax <= e5m2fnuz.emax(); };
    return small(a) && small(b);
  }
  /// How many of the first n terms of an instruction stand in its places [first, first + block).
  std::int64_t terms_in(std::int64_t first, std::int64_t n) const;
  /// The place of term k among the first n terms of an instruction, in its order, places without a term left out.
  std::int64_t place_of(std::int64_t k, std::int64_t n) const;
};

inline constexpr int kMaxAlignedBlock = 64;
/// Steps of k that are packed at once have one scale.
inline constexpr int kVectorOfSteps = 16;

/// What exponents of zeros and of infinities and NaN count as while they are added and compared, in integers of type X:
/// a product with a zero comes out below every other one, a product with an infinity (also times zero) above.
template <class X>
inline constexpr X kZeroExponent = sizeof(X) == 1 ? -46 : -8000;
template <class X>
inline constexpr X kSpecialExponent = sizeof(X) == 1 ? 77 : 16000;

/// The rule of the plan's model, or nothing where the kernels do not know it.
std::optional<AlignedRule> aligned_rule(const MatmulPlan& plan);

/// c and a block of products by the definition, in the numbers of lanes: factors with the exponents by which they are
/// aligned, sums as float32.
class AlignedDefinition {
 public:
  explicit AlignedDefinition(const DotModel& model) : unit_(model, 0), storage_(model.storage()) {}
  void add(float a, int a_exponent, float b, int b_exponent);
  /// The rounded sum; the next block begins.
  float sum(float c);

 private:
  static Unpacked unpack(float x, int exponent);
  UnitArithmetic<std::uint64_t> unit_;
  Codes storage_;
  std::array<Unpacked, kMaxAlignedBlock> a_, b_;
  std::size_t count_ = 0;
};

}  // namespace halfway::emu::detail
