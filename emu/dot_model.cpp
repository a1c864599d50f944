#include "halfway/emu/dot_model.hpp"

#include <bit>
#include <ostream>
#include <string>

#include "halfway/errors.hpp"

namespace halfway::emu {

std::ostream& operator<<(std::ostream& out, const DotModel& model) { return out << model.name; }

std::string_view label(Evidence evidence) {
  switch (evidence) {
    case Evidence::silicon: return "checked on silicon";
    case Evidence::published_output: return "checked against published silicon output";
    case Evidence::published_descriptions: return "from published descriptions";
    case Evidence::definition: break;
  }
  return "definition";
}

void check_model(const DotModel& model, std::string_view operation) {
  const auto require = [&](bool holds, std::string_view what) {
    if (!holds) throw ValueError(operation, "model " + std::string(model.name) + ": " + std::string(what));
  };
  require(model.pass >= 0 && model.instruction >= 0 && model.block >= 0,
          "a pass, an instruction or a block has a negative number of terms; set 0 for all terms");
  require(model.instruction == 0 || model.block == 0 || model.instruction % model.block == 0,
          "the terms of an instruction are no multiple of a block's; change one");
  require(model.order != TermOrder::odd_first || (model.instruction > 0 && model.instruction % 2 == 0),
          "the order odd_first needs instructions of an even number of terms");
  require(model.order != TermOrder::pairs_apart || (model.instruction > 0 && model.instruction % 4 == 0),
          "the order pairs_apart needs instructions of a multiple of 4 terms");
  require(model.lanes > 0 && std::has_single_bit(static_cast<unsigned>(model.lanes)),
          "the number of lanes must be a power of two");
  for (const FloatFormat& f : {model.result, model.pass_result}) {
    const bool in_float32 = f.precision <= 24 && f.emin() >= binary32.emin() && f.emax() <= binary32.emax();
    require(is_supported(f) && f.is_signed && f.specials == Specials::ieee && (in_float32 || f == binary64),
            "results need a signed IEEE format within float32's exponents, or float64");
  }
  require(model.nan != NanRule::first_nan || model.output() == binary32, "first_nan is a rule for float32 results");
  const bool stochastic = is_stochastic(model.rounding) || is_stochastic(model.addend_rounding);
  require(!stochastic || (model.random_bits >= 0 && model.random_bits <= 32), "random_bits must be from 0 to 32");

  const bool joins_itself = model.kind == Summation::lanes || model.kind == Summation::tree;
  require(!joins_itself || model.addend == Addend::last, "lanes and trees add c last; set addend");
  require(!joins_itself || model.block == 0 || model.block == model.instruction,
          "lanes and trees take an instruction in one block; set block to 0");
  require(model.kind == Summation::aligned || model.addend != Addend::late, "only aligned sums add c late; set addend");
  require(model.result.precision <= 24 || (model.kind != Summation::aligned && model.kind != Summation::exact),
          "aligned and exact sums have results of at most 24 bits of precision");
  require(model.scale_block >= 0 && (model.scale_block == 0) == model.scales.empty(),
          "scales need a scale_block and formats, no scales neither; set both or none");
  require(model.scale_block == 0 ||
              (model.kind == Summation::aligned && model.instruction == 0 && model.block % model.scale_block == 0),
          "scaled operands need an aligned sum by blocks of whole scale blocks and no instruction; change block");
  require(model.group >= 0, "a group has a negative number of terms; set 0 for none");
  if (model.kind != Summation::aligned) return require(model.group == 0, "only aligned sums have groups; set 0");
  constexpr int most_bits = 40, most_terms = 1 << 16;  // 2^(40 + 2)·2^16 < 2^63
  require(model.fraction_bits >= 0 && model.fraction_bits <= most_bits, "fraction_bits must be from 0 to 40");
  const int terms = model.block > 0 ? model.block : model.instruction;
  require(terms > 0 && terms <= most_terms, "an aligned block has from 1 to 65536 terms; set block");
  const auto kept = [&](int bits, int most) { return bits >= model.fraction_bits && bits <= most; };
  require(model.addend != Addend::late || (kept(model.late_fraction_bits, most_bits + 1) &&
                                           kept(model.sum_fraction_bits, most_bits) && model.result == binary32),
          "a late addend goes into a float32 result with fraction_bits to 41 bits kept of the sum of products and "
          "fraction_bits to 40 bits in the sum");
  if (model.group == 0) return;
  require(model.block % model.group == 0 && (model.scale_block == 0 || model.scale_block % model.group == 0),
          "a block, and a scale block, has whole groups; change group");
  require(model.addend != Addend::late, "groups do not go with a late addend; set addend");
  for (const FloatFormat& f : model.operands)  // 2^(24 + 2·4 + 2 + 17) at most, scales included
    require(f.specials == Specials::none && 2 * f.emax() - model.lowest_product() < 24,
            "groups are sums of finite numbers of few bits; choose other operands");
  require(!model.operands.empty(), "groups need a list of operands");
}

}  // namespace halfway::emu
