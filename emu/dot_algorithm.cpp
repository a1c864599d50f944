#include "halfway/emu/dot_algorithm.hpp"

#include <array>
#include <cctype>
#include <ostream>

namespace halfway {
namespace {

constexpr std::array presets{dot::any_f8_any_f8_f32, dot::any_f8_any_f8_f32_fast_accum,
                             dot::f16_f16_f16,       dot::f16_f16_f32,
                             dot::bf16_bf16_bf16,    dot::bf16_bf16_f32,
                             dot::bf16_bf16_f32_x3,  dot::bf16_bf16_f32_x6,
                             dot::bf16_bf16_f32_x9,  dot::tf32_tf32_f32,
                             dot::tf32_tf32_f32_x3,  dot::f32_f32_f32,
                             dot::f64_f64_f64};

constexpr std::string_view nearest = ":NEAREST";

std::string in_capitals(std::string_view text) {
  std::string capitals(text);
  for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return capitals;
}

/// XLA's token for a format: "BF16", "F32", "F8E4M3FN", …
std::string token(const FloatFormat& f) {
  if (f == dot::any_f8) return "ANY_F8";
  std::string text = in_capitals(name(f));
  if (const std::size_t at = text.find("FLOAT"); at != std::string::npos) text.erase(at + 1, 4);
  std::erase(text, '_');
  return text;
}

/// The format of that token.
std::optional<FloatFormat> find_token(std::string_view text) {
  for (const NamedFormat& each : named_formats)
    if (token(each.format) == text) return each.format;
  return std::nullopt;
}

/// An algorithm of one product: three tokens.
std::optional<DotAlgorithm> find_formats(std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  const std::size_t first = text.find('_'), second = first == none ? none : text.find('_', first + 1);
  if (second == none) return std::nullopt;
  const auto lhs = find_token(text.substr(0, first)), rhs = find_token(text.substr(first + 1, second - first - 1));
  const auto accumulation = find_token(text.substr(second + 1));
  if (!lhs || !rhs || !accumulation) return std::nullopt;
  return DotAlgorithm{*lhs, *rhs, *accumulation};
}

struct PrecisionName {
  std::string_view name;
  Precision precision;
};
constexpr std::array<PrecisionName, 8> precisions{{{"default", Precision::default_},
                                                   {"high", Precision::high},
                                                   {"highest", Precision::highest},
                                                   {"fastest", Precision::default_},
                                                   {"bfloat16", Precision::default_},
                                                   {"bfloat16_3x", Precision::high},
                                                   {"tensorfloat32", Precision::high},
                                                   {"float32", Precision::highest}}};

}  // namespace

std::string_view name(Precision precision) { return precisions[static_cast<std::size_t>(precision)].name; }

std::optional<Precision> find_precision(std::string_view text) {
  for (const PrecisionName& each : precisions)
    if (each.name == text) return each.precision;
  return std::nullopt;
}

std::string name(const DotAlgorithm& algorithm) {
  std::string text = token(algorithm.lhs_precision_type) + "_" + token(algorithm.rhs_precision_type) + "_" +
                     token(algorithm.accumulation_type);
  if (algorithm.num_primitive_operations != 1) text += "_X" + std::to_string(algorithm.num_primitive_operations);
  if (algorithm.allow_imprecise_accumulation) text += "_FAST_ACCUM";
  return algorithm.split == OperandSplit::nearest ? text + ":nearest" : text;
}

std::ostream& operator<<(std::ostream& out, const DotAlgorithm& algorithm) { return out << name(algorithm); }

std::span<const DotAlgorithm> dot_algorithms() { return presets; }

std::optional<DotAlgorithm> find_dot_algorithm(std::string_view text) {
  const std::string capitals = in_capitals(text);
  const bool to_nearest = capitals.ends_with(nearest);
  const auto plain = std::string_view(capitals).substr(0, capitals.size() - (to_nearest ? nearest.size() : 0));
  auto found = find_formats(plain);
  for (const DotAlgorithm& preset : presets)
    if (name(preset) == plain) found = preset;
  if (found && to_nearest) found->split = OperandSplit::nearest;
  return found;
}

}  // namespace halfway
