// How operations with 16-bit results count what their rounding loses.
#pragma once
#include <initializer_list>
#include <vector>

#include "backend/cpu/convert.hpp"
#include "backend/cpu/pool.hpp"

namespace halfway::backend::host {

/// A buffer of the pool for the length of a call.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes) : bytes_(bytes), data_(allocate(bytes)) {}
  ~Scratch() { release(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void* data() const { return data_; }

 private:
  std::size_t bytes_;
  void* data_;
};

/// Whether somebody counts the roundings of a result of this dtype.
inline bool counts(const Execution& execution, DType dtype) {
  return execution.events && (dtype == DType::float16 || dtype == DType::bfloat16);
}

struct Operand {
  const void* data;
  std::int64_t count;
};

/// Runs an operation with a 16-bit result in float32: run(execution, operands widened to float32, result), then rounds
/// and counts. The bits are those of the operation itself, which computes in float32 anyway and rounds once.
template <class Run>
void count_rounding(const Execution& execution, DType dtype, std::initializer_list<Operand> operands, void* out,
                    std::int64_t count, Run&& run) {
  std::int64_t total = count;
  for (const Operand& operand : operands) total += operand.count;
  const Scratch scratch(static_cast<std::size_t>(total) * sizeof(float));
  auto* const result = static_cast<float*>(scratch.data());
  float* next = result + count;
  std::vector<const void*> widened;
  for (const Operand& operand : operands) {
    convert({}, dtype, operand.data, DType::float32, next, operand.count);
    widened.push_back(next);
    next += operand.count;
  }
  run(Execution{execution.subnormals}, widened, static_cast<void*>(result));
  // The operation has flushed what its device flushes; rounding its result keeps the rest.
  convert({Subnormals::keep, execution.events}, DType::float32, result, dtype, out, count);
}
using Widened = const std::vector<const void*>&;

}  // namespace halfway::backend::host
