// A back-end that computes nothing and writes down what it was asked for: what a step costs, found by taking it.
#pragma once
#include <optional>
#include <vector>

#include "backend/backend.hpp"

namespace halfway::backend {

/// One product, or several of the same sizes.
struct DryProduct {
  std::int64_t m, n, k, count;
  DotAlgorithm algorithm;
};

/// One call of a back-end.
struct DryOperation {
  std::string_view name;
  std::int64_t bytes;  ///< that it reads and writes, each operand once
  std::optional<DryProduct> product = {};
};

/// While it lives, calls of dry_run() on this thread are written down here.
class DryRunLog {
 public:
  DryRunLog();
  ~DryRunLog();
  DryRunLog(const DryRunLog&) = delete;
  DryRunLog& operator=(const DryRunLog&) = delete;

  std::vector<DryOperation> operations;

 private:
  DryRunLog* outer_;
};

/// Its buffers read as zeros and take no memory until somebody writes to them; results are left as they are, and
/// everything is finite.
const Backend& dry_run();

}  // namespace halfway::backend
