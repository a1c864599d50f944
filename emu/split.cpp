// Products of split operands: a pass over each operand, a plain product for each pair of components, passes over D.
#include "emu/split.hpp"

#include <hwy/detect_compiler_arch.h>

#include "emu/split_kernels.hpp"
#include "emu/workspace.hpp"
#include "formats/parallel.hpp"

namespace halfway::emu::detail {
namespace {

/// An operand, split or as it is; the matrix of each component.
class Components {
 public:
  Components(const MatrixIn& x, const FloatFormat& precision, const DotAlgorithm& algorithm, const DotModel& model)
      : pass_{x, precision, algorithm.split, model.inputs, components_for(algorithm.num_primitive_operations), nullptr},
        transposed_(x.col_stride != 1 && x.row_stride == 1) {
    if (transposed_) pass_.x = x.transposed();
    // One component of an operand that has tf32 numbers only, or that the unit cuts itself, is the operand.
    const bool unit_cuts = model.cuts_to_tf32(binary32) && algorithm.split == OperandSplit::xla;
    as_it_is_ = pass_.count == 1 && (precision != tensor_float || x.dtype != DType::float32 || unit_cuts);
  }
  std::int64_t bytes() const { return as_it_is_ ? 0 : pass_.count * component_bytes(); }
  /// Fills `memory`, of `bytes` bytes.
  void split(const SplitKernels& kernels, std::byte* memory) {
    if (as_it_is_) return;
    pass_.components = memory;
    halfway::detail::parallel_for(pass_.x.rows, 1, pass_.size() * pass_.count, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) { kernels.split(pass_, begin, end); });
  }
  MatrixIn matrix(int index) const {
    MatrixIn part = pass_.x;
    if (!as_it_is_) {
      part = {static_cast<std::byte*>(pass_.components) + index * component_bytes(),
              dtype(),
              part.rows,
              part.cols,
              part.cols,
              1};
    }
    return transposed_ ? part.transposed() : part;
  }
  /// What a plain product takes the components for.
  FloatFormat precision() const { return pass_.precision == tensor_float ? binary32 : pass_.precision; }

 private:
  DType dtype() const { return pass_.precision == bfloat ? DType::bfloat16 : DType::float32; }
  std::int64_t component_bytes() const { return pass_.size() * size_of(dtype()); }

  SplitPass pass_;
  bool transposed_, as_it_is_;
};

}  // namespace

void split_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model, const MatmulExtras& extras) {
  // What the addition of a bias flushes, a switch of the processor flushes: only x86 is known to have one.
  const bool flushes_bias = extras.bias != nullptr && model.results == Subnormals::flush;
  if (flushes_bias && !HWY_ARCH_X86) return matmul_ref(a, b, d, algorithm, model, extras);
  Components lhs(a, algorithm.lhs_precision_type, algorithm, model);
  Components rhs(b, algorithm.rhs_precision_type, algorithm, model);
  const auto pairs = primitive_operations(algorithm.num_primitive_operations);
  const std::int64_t size = pairs.size() == 1 ? 0 : d.rows * d.cols;

  thread_local Workspace workspace;
  constexpr std::int64_t line = 64;  // bytes: each array begins at a line
  const auto whole_lines = [](std::int64_t bytes) { return (bytes + line - 1) / line * line; };
  const std::int64_t lhs_bytes = whole_lines(lhs.bytes()), rhs_bytes = whole_lines(rhs.bytes()),
                     sum_bytes = whole_lines(size * static_cast<std::int64_t>(sizeof(float)));
  std::byte* const memory = workspace.reserve(lhs_bytes + rhs_bytes + 2 * sum_bytes);
  const SplitKernels kernels = split_kernels();
  lhs.split(kernels, memory);
  rhs.split(kernels, memory + lhs_bytes);

  DotAlgorithm plain = algorithm;
  plain.lhs_precision_type = lhs.precision(), plain.rhs_precision_type = rhs.precision();
  plain.lhs_component_count = plain.rhs_component_count = plain.num_primitive_operations = 1;
  const auto multiply = [&](const ComponentPair& pair, const MatrixOut& out, const MatmulExtras& with) {
    matmul(lhs.matrix(pair.lhs), rhs.matrix(pair.rhs), out, plain, model, with);
  };
  if (pairs.size() == 1) return multiply(pairs[0], d, extras);

  auto* const sum = reinterpret_cast<float*>(memory + lhs_bytes + rhs_bytes);
  auto* const product = reinterpret_cast<float*>(memory + lhs_bytes + rhs_bytes + sum_bytes);
  multiply(pairs[0], MatrixView<float>(sum, d.rows, d.cols), {});
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    multiply(pairs[i], MatrixView<float>(product, d.rows, d.cols), {});
    const JoinPass join{&model, sum, product, sum, i + 1 == pairs.size()};
    halfway::detail::parallel_for(size, line, size, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) { kernels.join(join, begin, end); });
  }
  const bool flush_c = model.inputs == Subnormals::flush && model.output() == model.storage();
  const FinishPass finish{
      {.a = a, .b = b, .d = d, .extras = extras, .model = &model, .flush_inputs = flush_c}, sum, product};
  if (extras.c)
    halfway::detail::parallel_for(d.rows, 1, size, Subnormals::keep,
                                  [&](std::int64_t begin, std::int64_t end) { kernels.add_c(finish, begin, end); });
  halfway::detail::parallel_for(d.rows, 1, size, model.results,
                                [&](std::int64_t begin, std::int64_t end) { kernels.write(finish, begin, end); });
}

}  // namespace halfway::emu::detail
