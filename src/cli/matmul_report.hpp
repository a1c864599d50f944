// What halfway matmul is asked for and what it says of it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/npy_matrices.hpp"
#include "halfway/emu/device_model.hpp"
#include "halfway/emu/error.hpp"

namespace halfway::cli {

struct MatmulOptions {
  std::string a, b, c, out, device = "cpu", unit;
  std::optional<DotAlgorithm> algorithm;
  Precision precision = Precision::default_;
  std::optional<DType> input_format, result;
  std::uint64_t seed = 0;
  bool exact = false, json = false;
};

/// What is computed, and by what.
struct MatmulTask {
  Matrices a, b;
  std::optional<Matrices> c;
  std::vector<std::int64_t> stack;
  emu::MatmulRule rule;
  DType dtype;
  NpyArray d;

  std::int64_t count() const { return size_of_stack(stack); }
  std::int64_t rows() const { return a.rows(); }
  std::int64_t cols() const { return b.cols(); }
};

/// Against the exact product; bounds are on errors relative to two operands, so of one matrix without C.
struct MatmulErrors {
  emu::ErrorSummary summary;
  std::optional<emu::ErrorBounds> bounds;
};

std::string matmul_text(const MatmulOptions& options, const MatmulTask& task,
                        const std::optional<MatmulErrors>& errors);
std::string matmul_json(const MatmulOptions& options, const MatmulTask& task,
                        const std::optional<MatmulErrors>& errors);

}  // namespace halfway::cli
