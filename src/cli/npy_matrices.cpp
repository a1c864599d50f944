#include "cli/npy_matrices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "halfway/errors.hpp"

namespace halfway::cli {
namespace {

constexpr std::string_view command = "halfway matmul";

DType dtype_of_elements(const std::string& file, NpyType type, const std::optional<DType>& input_format) {
  const std::string held = "'" + file + "' holds " + to_string(type);
  if (type.kind == NpyKind::floating)
    return type.size == 2 ? DType::float16 : type.size == 4 ? DType::float32 : DType::float64;
  if (type.kind != NpyKind::raw)
    throw DTypeError(command, held + ", integers; convert them first, to float32 for example");
  if (!input_format)
    throw DTypeError(command,
                     held + ", raw codes of a format that the file does not name; name it with --input-format");
  if (size_of(*input_format) != type.size)
    throw DTypeError(command, held + ", raw codes, and " + std::string(name(*input_format)) + " has codes of " +
                                  std::to_string(size_of(*input_format)) +
                                  " byte(s); name the right format with --input-format");
  return *input_format;
}

/// Elements between neighbours along each axis.
std::vector<std::int64_t> strides_of(const NpyArray& array) {
  std::vector<std::int64_t> strides(array.shape.size());
  std::int64_t stride = 1;
  const std::size_t axes = strides.size();
  for (std::size_t i = 0; i < axes; ++i) {
    const std::size_t axis = array.fortran_order ? i : axes - 1 - i;
    strides[axis] = stride;
    stride *= array.shape[axis];
  }
  return strides;
}

}  // namespace

emu::MatrixIn Matrices::matrix(const std::vector<std::int64_t>& stack, std::int64_t place) const {
  const std::vector<std::int64_t> strides = strides_of(array);
  const std::size_t own = array.shape.size() - 2;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < stack.size(); ++i) {  // from the last axis on
    const std::int64_t index = place % stack[stack.size() - 1 - i];
    place /= stack[stack.size() - 1 - i];
    if (i < own && array.shape[own - 1 - i] != 1) offset += index * strides[own - 1 - i];
  }
  return {array.data.data() + offset * array.type.size, dtype, rows(), cols(), strides.end()[-2], strides.end()[-1]};
}

Matrices read_matrices(const std::string& file, const std::optional<DType>& input_format) {
  NpyArray array = read_npy(file);
  const DType dtype = dtype_of_elements(file, array.type, input_format);
  if (array.shape.size() < 2)
    throw ShapeError(command, "'" + file + "' has the shape " + shape_text(array.shape) +
                                  "; a matrix has two axes: reshape it to a row or a column");
  return {file, std::move(array), dtype};
}

std::vector<std::int64_t> broadcast(const Matrices& a, const Matrices& b) {
  std::vector<std::int64_t> longer = a.stack(), shorter = b.stack();
  if (longer.size() < shorter.size()) std::swap(longer, shorter);
  const std::size_t more = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& extent = longer[more + i];
    if (extent != shorter[i] && extent != 1 && shorter[i] != 1)
      throw ShapeError(command, "'" + a.file + "' is " + shape_text(a.array.shape) + ", '" + b.file + "' is " +
                                    shape_text(b.array.shape) +
                                    ": their stacks do not fit together; give both the same leading axes, or 1");
    if (extent == 1) extent = shorter[i];
  }
  return longer;
}

std::int64_t size_of_stack(const std::vector<std::int64_t>& stack) {
  std::int64_t size = 1;
  for (const std::int64_t extent : stack) size *= extent;
  return size;
}

NpyArray zeros(DType dtype, std::vector<std::int64_t> shape) {
  const bool has_type = dtype == DType::float16 || dtype == DType::float32 || dtype == DType::float64;
  NpyArray array{{has_type ? NpyKind::floating : NpyKind::raw, size_of(dtype)}, std::move(shape), false, {}};
  array.data.resize(static_cast<std::size_t>(size_of_stack(array.shape) * size_of(dtype)));
  return array;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

}  // namespace halfway::cli
