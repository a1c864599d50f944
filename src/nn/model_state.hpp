// What a compiled Model holds, and the loops over batches.
#pragma once
#include <optional>
#include <string>

#include "halfway/nn/model.hpp"

namespace halfway::detail {

struct ModelState {
  std::optional<CompileOptions> compiled;
};

/// Throws ValueError if the model was not compiled.
const CompileOptions& compiled(const ModelState& state, const std::string& model);

History fit(const Model& model, const CompileOptions& compiled, const Tensor& x, const Tensor& y,
            const FitOptions& options);
Scores evaluate(const Model& model, const CompileOptions& compiled, const Tensor& x, const Tensor& y,
                const EvaluateOptions& options);
Tensor predict(const Model& model, const Tensor& x, int batch_size);

}  // namespace halfway::detail
