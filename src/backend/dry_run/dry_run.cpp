#include "backend/dry_run/dry_run.hpp"

#include <cstdlib>
#include <memory>
#include <new>

namespace halfway::backend {
namespace {

thread_local DryRunLog* current_log = nullptr;

void note(std::string_view name, std::int64_t bytes, std::optional<DryProduct> product = {}) {
  if (current_log) current_log->operations.push_back({name, bytes, product});
}

/// calloc gives large blocks as untouched pages; where a block begins stands before its aligned part.
constexpr std::size_t alignment = 64;
void* allocate(std::size_t bytes) {
  void* const block = std::calloc(1, bytes + alignment + sizeof(void*));
  if (block == nullptr) throw std::bad_alloc();
  void* aligned = static_cast<void**>(block) + 1;
  std::size_t space = bytes + alignment;
  std::align(alignment, bytes, aligned, space);
  static_cast<void**>(aligned)[-1] = block;
  return aligned;
}
void release(void* buffer, std::size_t) noexcept { std::free(static_cast<void**>(buffer)[-1]); }

std::int64_t bytes_of(const ClassesCall& call) {
  return call.rows * (call.classes * size_of(call.dtype) + size_of(call.label_dtype));
}

void matmul(const Execution&, const MatmulCall& call) {
  std::int64_t bytes = 0;
  for (const emu::MatmulProduct& product : call.products) {
    const auto matrix = [](const auto& x) { return x.rows * x.cols * size_of(x.dtype); };
    bytes += matrix(product.a) + matrix(product.b) + matrix(product.d);
    if (product.extras.c) bytes += matrix(*product.extras.c);
    if (product.extras.bias) bytes += product.d.cols * size_of(product.d.dtype);
  }
  if (call.products.empty()) return;
  const emu::MatmulProduct& one = call.products.front();
  note("matmul", bytes,
       DryProduct{one.d.rows, one.d.cols, one.a.cols, static_cast<std::int64_t>(call.products.size()),
                  call.rule.algorithm});
}

constexpr Backend table{
    .memory = "host",
    .allocate = allocate,
    .release = release,
    .fill = [](DType dtype, void*, std::int64_t count, double) { note("fill", count * size_of(dtype)); },
    .convert = [](const Execution&, DType from, const void*, DType to, void*,
                  std::int64_t count) { note("cast", count * (size_of(from) + size_of(to))); },
    .unary = [](const Execution&, Unary, DType dtype, const void*, void*,
                std::int64_t count) { note("unary", 2 * count * size_of(dtype)); },
    .binary =
        [](const Execution&, const BinaryCall& call) {
          const std::int64_t elements =
              elements_of(call.a_cover, call) + elements_of(call.b_cover, call) + call.rows * call.cols;
          note("binary", elements * size_of(call.dtype));
        },
    .sum = [](const Execution&,
              const SumCall& call) { note("sum", call.outer * call.inner * (call.axis + 1) * size_of(call.dtype)); },
    .matmul = matmul,
    .softmax = [](const Execution&, DType dtype, const void*, void*, std::int64_t rows,
                  std::int64_t cols) { note("softmax", 2 * rows * cols * size_of(dtype)); },
    .softmax_gradient = [](const Execution&, DType dtype, const void*, const void*, void*, std::int64_t rows,
                           std::int64_t cols) { note("softmax_gradient", 3 * rows * cols * size_of(dtype)); },
    .crossentropy = [](const Execution&, const ClassesCall& call,
                       void*) { note("crossentropy", bytes_of(call) + call.rows * size_of(call.dtype)); },
    .crossentropy_gradient =
        [](const Execution&, const ClassesCall& call, const void*, void*) {
          note("crossentropy_gradient", bytes_of(call) + call.rows * (call.classes + 1) * size_of(call.dtype));
        },
    .logits_crossentropy = [](const Execution&, const ClassesCall& call,
                              void*) { note("logits_crossentropy", bytes_of(call) + call.rows * size_of(call.dtype)); },
    .logits_crossentropy_gradient =
        [](const Execution&, const ClassesCall& call, const void*, void*) {
          note("logits_crossentropy_gradient", bytes_of(call) + call.rows * (call.classes + 1) * size_of(call.dtype));
        },
    .rmsprop =
        [](const Execution&, const RmspropCall& call) {
          const int arrays = call.momentum != nullptr ? 7 : 5;
          note("rmsprop", arrays * call.count * size_of(call.dtype));
        },
    .argmax = [](DType dtype, const void*, std::int64_t*, std::int64_t rows,
                 std::int64_t cols) { note("argmax", rows * (cols * size_of(dtype) + size_of(DType::int64))); },
    .all_finite =
        [](DType dtype, const void*, std::int64_t count) {
          note("all_finite", count * size_of(dtype));
          return true;
        },
    .take_rows = [](const void*, const std::int64_t*, void*, std::int64_t count,
                    std::size_t row_bytes) { note("take_rows", 2 * count * static_cast<std::int64_t>(row_bytes)); },
};

}  // namespace

DryRunLog::DryRunLog() : outer_(current_log) { current_log = this; }
DryRunLog::~DryRunLog() { current_log = outer_; }

const Backend& dry_run() { return table; }

}  // namespace halfway::backend
