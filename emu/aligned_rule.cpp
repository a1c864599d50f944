#include "emu/aligned_rule.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <numeric>

namespace halfway::emu::detail {
namespace {

std::optional<AlignedFinish> finish_of(const DotModel& model) {
  const bool nearest = model.rounding == Rounding::ties_to_even;
  if (!nearest && model.rounding != Rounding::toward_zero) return std::nullopt;
  const FloatFormat& f = model.result;
  if (model.addend == Addend::late) {
    if (!nearest) return std::nullopt;
    return model.parity_groups ? AlignedFinish::late_parity : AlignedFinish::late;
  }
  if (f == binary16) return nearest ? std::optional(AlignedFinish::to_float16) : std::nullopt;
  if (f == binary32) return nearest ? AlignedFinish::to_nearest : AlignedFinish::toward_zero;
  if (f.exponent_bits == binary32.exponent_bits && f.bias == binary32.bias && f.precision > 1)
    return nearest ? AlignedFinish::narrow_to_nearest : AlignedFinish::narrow_toward_zero;
  return std::nullopt;
}

/// The format that the unit reads an operand in.
std::optional<FloatFormat> operand_format(const DotModel& model, DType dtype, Narrowing narrowing) {
  if (narrowing == Narrowing::to_bfloat16) return bfloat;
  if (narrowing == Narrowing::to_float16) return binary16;
  const bool single = model.accepts(binary32);
  if (size_of(dtype) == 1 && model.accepts(float_format(dtype)))
    return single ? std::nullopt : std::optional(float_format(dtype));  // as which of the two, the plan does not say
  return single && model.cuts_to_tf32(binary32) ? std::optional(tensor_float) : std::nullopt;
}

/// Whether sums that another unit's steps join are joined by one addition of float32 or float16, to nearest even.
bool joins_in_lanes(const DotModel& model) {
  const bool same = model.result == model.pass_result, single = model.pass_result == binary32;
  if (model.addend == Addend::last)
    return model.pass == 0 && model.addend_rounding == Rounding::ties_to_even &&
           (model.result == binary32 || model.result == binary16);
  return model.pass == 0 || single || (same && model.result == binary16);
}

bool is_known(const DotModel& model) {
  return model.kind == Summation::aligned && model.group == 0 && model.inputs == Subnormals::keep &&
         model.results == Subnormals::keep && model.nan != NanRule::first_nan &&
         (model.order == TermOrder::natural || model.order == TermOrder::pairs_apart);
}

/// Operands with scales where the model wants them, whole vectors of elements with one scale.
bool scales_fit(const MatmulPlan& plan) {
  const bool scaled = plan.model->scale_block > 0;
  return scaled == (plan.a_scales != nullptr) && scaled == (plan.b_scales != nullptr) &&
         plan.model->scale_block % kVectorOfSteps == 0;
}

AlignedOperand operand(const FloatFormat& format, const ScaleExponents* scales) {
  if (scales == nullptr) return {format.emin(), format.emax(), format == tensor_float};
  return {format.emin() + scales->least, format.emax() + scales->most, false};
}

/// How many of the first n terms of an instruction of `size` come first where pairs are apart.
std::int64_t terms_before_half(std::int64_t n) { return n / 4 * 2 + std::min<std::int64_t>(n % 4, 2); }

}  // namespace

std::optional<AlignedRule> aligned_rule(const MatmulPlan& plan) {
  const DotModel& model = *plan.model;
  if (!is_known(model) || !joins_in_lanes(model) || !scales_fit(plan) || plan.steps() == 0) return std::nullopt;
  const auto finish = finish_of(model);
  const auto a = plan.a_scales ? plan.a_scales->element : operand_format(model, plan.a.dtype, plan.a_narrowing),
             b = plan.b_scales ? plan.b_scales->element : operand_format(model, plan.b.dtype, plan.b_narrowing);
  const int block = model.block > 0 ? model.block : model.instruction;
  const int bits = model.fraction_bits;
  constexpr int most_bits = 28, most_instruction = 64, most_steps = 4096;
  if (!finish || !a || !b || a->precision + b->precision > binary32.precision || block > kMaxAlignedBlock || bits < 1 ||
      bits > most_bits)
    return std::nullopt;

  AlignedRule rule{
      .finish = *finish,
      .a = operand(*a, plan.a_scales),
      .b = operand(*b, plan.b_scales),
      .fraction_bits = bits,
      .late_fraction_bits = model.late_fraction_bits,
      .sum_fraction_bits = model.sum_fraction_bits,
      .low = bits + binary32.emin(),  // times 2^(bits − low − 1), the largest power of two but one
      .high = binary32.emax() + 1 - static_cast<int>(std::bit_width(4u * static_cast<unsigned>(block) + 2)),
      .least = 0,
      .most = 0,
      .floor = 0,
      .dropped_bits = binary32.precision - model.result.precision,
      .block = block,
      .instruction = model.instruction > 0 ? model.instruction : block,
      .order = model.order,
      .segment = model.pass,
      .safe_terms = 1 << (most_bits - bits),
      .capacity = 0};
  rule.least = std::max(rule.low + 1, rule.a.emin + rule.b.emin);
  rule.most = std::min(rule.high - 1, rule.a.emax + rule.b.emax);
  rule.floor = std::max(rule.low, model.alignment_floor);
  if (model.addend == Addend::last) rule.segment = model.instruction > 0 ? model.instruction : plan.steps();
  const std::int64_t whole = std::lcm(std::max<std::int64_t>(plan.pass_steps, 1), std::int64_t{rule.instruction});
  const std::int64_t steps = std::max<std::int64_t>(kMaxBlockSteps / whole, 1) * whole;
  rule.capacity = static_cast<int>(std::min(steps, plan.steps()));
  if (model.pass % rule.instruction != 0 || rule.floor >= rule.high || rule.capacity > most_steps ||
      (rule.order != TermOrder::natural && rule.instruction > most_instruction))
    return std::nullopt;
  // Of two groups one may be so small that lanes are inexact, while the larger one says that nothing needs care.
  if (rule.finish == AlignedFinish::late_parity &&
      (rule.order != TermOrder::natural || rule.least != rule.a.emin + rule.b.emin))
    return std::nullopt;
  return rule;
}

std::int64_t AlignedRule::terms_in(std::int64_t first, std::int64_t n) const {
  const auto common = [&](std::int64_t begin, std::int64_t end) {  // places in both ranges
    return std::max<std::int64_t>(std::min(end, first + block) - std::max(begin, first), 0);
  };
  if (order == TermOrder::natural) return common(0, n);
  const std::int64_t before = terms_before_half(n), half = instruction / 2;
  return common(0, before) + common(half, half + n - before);
}

std::int64_t AlignedRule::place_of(std::int64_t k, std::int64_t n) const {
  if (order == TermOrder::natural) return k;
  return k / 4 * 2 + k % 2 + (k % 4 < 2 ? 0 : terms_before_half(n));
}

Unpacked AlignedDefinition::unpack(float x, int exponent) {
  const Codes f(binary32);
  Unpacked number = halfway::detail::unpack(f, std::bit_cast<std::uint32_t>(x));
  if (number.kind != Kind::finite || number.significand == 0) return number;
  // What is subnormal in the operand's format has zeros above.
  number.significand >>= exponent - f.format.fraction_bits() - number.exponent;
  number.exponent = exponent - f.format.fraction_bits();
  return number;
}

void AlignedDefinition::add(float a, int a_exponent, float b, int b_exponent) {
  a_[count_] = unpack(a, a_exponent), b_[count_] = unpack(b, b_exponent);
  ++count_;
}

float AlignedDefinition::sum(float c) {
  const Codes single(binary32);
  const auto convert = [](const Codes& to, const Codes& from, Code code) {
    halfway::detail::Context exact;
    return from.format == to.format ? code : halfway::detail::convert_code(to, from, code, exact);
  };
  const Code code = aligned(unit_, {std::span(a_).first(count_), std::span(b_).first(count_), 2 * 23},
                            convert(storage_, single, std::bit_cast<std::uint32_t>(c)));
  count_ = 0;
  return std::bit_cast<float>(static_cast<std::uint32_t>(convert(single, storage_, code)));
}

}  // namespace halfway::emu::detail
