// Products of block-scaled operands: the definition.
#include "emu/block_scaled.hpp"

#include <array>
#include <string>
#include <vector>

#include "emu/block_operand.hpp"
#include "emu/dot_ref.hpp"
#include "emu/matrix_codes.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/detail/arithmetic.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway::emu {
namespace {

constexpr std::string_view matmul_operation = "block_scaled_matmul";

using detail::Code;
using detail::Terms;
using detail::Unpacked;

/// Whether numbers of that format are among the model's scales.
bool takes_scale(const DotModel& model, const FloatFormat& format) {
  for (const FloatFormat& each : model.scales)
    if (each == format) return true;
  return false;
}

void check_operand(std::string_view operation, const DotModel& model, const FloatFormat& element,
                   const FloatFormat& scale) {
  if (model.scale_block == 0)
    throw ValueError(operation, "model " + std::string(model.name) +
                                    " takes no scales; choose a unit with block-scaled operands (docs/devices.md)");
  if (!model.accepts(element) || !takes_scale(model, scale))
    throw DTypeError(operation, "an operand is " + std::string(name(element)) + " with scales in " +
                                    std::string(name(scale)) + ", which " + std::string(model.name) +
                                    " does not multiply; choose another unit or format");
}

/// An operand that has been read: `terms` numbers of each of `lines` rows (or columns), and their scales.
struct Lines {
  std::vector<Unpacked> numbers, scales;
  std::size_t terms, scales_per_line;

  std::span<const Unpacked> line(std::size_t i) const { return std::span(numbers).subspan(i * terms, terms); }
  std::span<const Unpacked> scales_of(std::size_t i) const {
    return std::span(scales).subspan(i * scales_per_line, scales_per_line);
  }
};

std::size_t blocks_of(std::size_t terms, int block) {
  const auto size = static_cast<std::size_t>(block);
  return (terms + size - 1) / size;
}

Terms terms_of(const DotModel& model, const FloatFormat& a, const FloatFormat& b, const FloatFormat& a_scale,
               const FloatFormat& b_scale) {
  return {.a = {},
          .b = {},
          .fraction_bits = a.fraction_bits() + b.fraction_bits(),
          .scale_block = static_cast<std::size_t>(model.scale_block),
          .scale_fraction_bits = a_scale.fraction_bits() + b_scale.fraction_bits()};
}

void check_matrix(const DotModel& model, const BlockArray& x, const std::string& which, int axis) {
  if (x.shape.size() != 2 || x.axis != axis)
    throw ShapeError(matmul_operation, which + " has " + std::to_string(x.shape.size()) +
                                           " axes with blocks along axis " + std::to_string(x.axis) +
                                           "; it must be a matrix with blocks along axis " + std::to_string(axis));
  check_operand(matmul_operation, model, x.format.element, x.format.scale);
  if (x.format.size != model.scale_block)
    throw DTypeError(matmul_operation, which + " has blocks of " + std::to_string(x.format.size) + "; " +
                                           std::string(model.name) + " takes blocks of " +
                                           std::to_string(model.scale_block) + "; quantize to these");
  const auto terms = static_cast<std::size_t>(x.shape[static_cast<std::size_t>(axis)]);
  const auto lines = static_cast<std::size_t>(x.shape[static_cast<std::size_t>(1 - axis)]);
  const std::size_t blocks = blocks_of(terms, x.format.size);
  if (x.codes.size() != terms * lines || x.scales.size() != blocks * lines)
    throw ShapeError(matmul_operation, which + " holds " + std::to_string(x.codes.size()) + " codes and " +
                                           std::to_string(x.scales.size()) + " scales; its shape wants " +
                                           std::to_string(terms * lines) + " and " + std::to_string(blocks * lines));
}

/// The rows of a matrix with blocks along axis 1, the columns of one with blocks along axis 0.
Lines read_lines(const DotModel& model, const BlockArray& x) {
  const auto terms = static_cast<std::size_t>(x.shape[static_cast<std::size_t>(x.axis)]);
  const auto lines = static_cast<std::size_t>(x.shape[static_cast<std::size_t>(1 - x.axis)]);
  const std::size_t blocks = blocks_of(terms, x.format.size);
  Lines result{{}, {}, terms, blocks};
  const auto at = [&](std::size_t line, std::size_t k, std::size_t per_line) {
    return x.axis == 1 ? line * per_line + k : k * lines + line;
  };
  for (std::size_t i = 0; i < lines; ++i) {
    for (std::size_t k = 0; k < terms; ++k)
      result.numbers.push_back(detail::read_operand(model, x.format.element, x.codes[at(i, k, terms)]));
    for (std::size_t k = 0; k < blocks; ++k)
      result.scales.push_back(detail::read_scale(x.format.scale, x.scales[at(i, k, blocks)]));
  }
  return result;
}

}  // namespace

std::uint64_t block_scaled_dot_product(const DotModel& model, const ScaledOperand& a, const ScaledOperand& b,
                                       std::optional<std::uint64_t> c, std::uint64_t element) {
  constexpr std::string_view operation = "block_scaled_dot_product";
  check_model(model, operation);
  std::array<std::vector<Unpacked>, 2> numbers, scales;
  for (std::size_t i = 0; i < 2; ++i) {
    const ScaledOperand& x = i == 0 ? a : b;
    check_operand(operation, model, x.format, x.scale_format);
    if (a.codes.size() != b.codes.size() || x.scales.size() != blocks_of(x.codes.size(), model.scale_block))
      throw ShapeError(operation, "a has " + std::to_string(a.codes.size()) + " elements and " +
                                      std::to_string(a.scales.size()) + " scales, b has " +
                                      std::to_string(b.codes.size()) + " and " + std::to_string(b.scales.size()) +
                                      "; pass as many of both, and a scale for each block");
    for (const std::uint64_t code : x.codes) numbers[i].push_back(detail::read_operand(model, x.format, code));
    for (const std::uint64_t code : x.scales) scales[i].push_back(detail::read_scale(x.scale_format, code));
  }
  Terms terms = terms_of(model, a.format, b.format, a.scale_format, b.scale_format);
  terms.a = numbers[0], terms.b = numbers[1], terms.a_scales = scales[0], terms.b_scales = scales[1];
  return detail::dot_ref(model, terms, c, element);
}

void detail::check_block_scaled_matmul(const BlockArray& a, const BlockArray& b, const MatrixOut& d,
                                       const DotModel& model, const MatmulExtras& extras) {
  constexpr std::string_view operation = matmul_operation;
  check_model(model, operation);
  check_matrix(model, a, "A", 1), check_matrix(model, b, "B", 0);
  if (a.shape[1] != b.shape[0] || d.rows != a.shape[0] || d.cols != b.shape[1])
    throw ShapeError(operation, "A is " + std::to_string(a.shape[0]) + "x" + std::to_string(a.shape[1]) + ", B is " +
                                    std::to_string(b.shape[0]) + "x" + std::to_string(b.shape[1]) + ", D is " +
                                    std::to_string(d.rows) + "x" + std::to_string(d.cols) +
                                    "; A needs as many columns as B has rows, D the rows of A and the columns of B");
  if (extras.bias != nullptr || extras.relu)
    throw ValueError(operation, "bias and relu are for matmul(); add them afterwards");
  const FloatFormat from = model.output();
  if (extras.c && (extras.c->rows != d.rows || extras.c->cols != d.cols || float_format(extras.c->dtype) != from))
    throw ShapeError(operation, "C must be of D's size and of dtype " + std::string(name(from)));
  if (d.dtype != DType::float32 && d.dtype != DType::float16 && d.dtype != DType::bfloat16)
    throw DTypeError(operation, "D is " + std::string(name(d.dtype)) + "; choose float32, float16 or bfloat16");
  if (outer_scale(a, b) != 1.0F && from != binary32)
    throw DTypeError(operation, "tensor scales need a unit that sums in float32; " + std::string(model.name) +
                                    " sums in " + std::string(name(from)));
}

float detail::outer_scale(const BlockArray& a, const BlockArray& b) {
  return from_code<float>(static_cast<std::uint32_t>(
      halfway::detail::multiply<binary32>(to_code(a.tensor_scale), to_code(b.tensor_scale))));
}

void block_scaled_matmul_ref(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
                             const MatmulExtras& extras) {
  detail::check_block_scaled_matmul(a, b, d, model, extras);
  const Lines rows = read_lines(model, a), cols = read_lines(model, b);
  const FloatFormat from = model.output();
  const Code alpha = to_code(detail::outer_scale(a, b));
  const bool scaled_outside = alpha != to_code(1.0F);
  Terms terms = terms_of(model, a.format.element, b.format.element, a.format.scale, b.format.scale);
  for (std::int64_t i = 0; i < d.rows; ++i)
    for (std::int64_t j = 0; j < d.cols; ++j) {
      const auto row = static_cast<std::size_t>(i), col = static_cast<std::size_t>(j);
      terms.a = rows.line(row), terms.a_scales = rows.scales_of(row);
      terms.b = cols.line(col), terms.b_scales = cols.scales_of(col);
      std::optional<Code> c;
      if (extras.c) c = detail::load_code(*extras.c, i, j);
      const auto element = static_cast<std::uint64_t>(i * d.cols + j);
      Code sum = detail::dot_ref(model, terms, scaled_outside ? std::nullopt : c, element);
      if (scaled_outside) sum = halfway::detail::multiply<binary32>(sum, alpha);
      if (scaled_outside && c) sum = halfway::detail::add<binary32>(sum, *c);
      detail::store_code(d, i, j, detail::convert(float_format(d.dtype), from, sum));
    }
}

}  // namespace halfway::emu
