// Functional models: compile, fit, evaluate, predict.
#pragma once
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "halfway/nn/layer.hpp"
#include "halfway/nn/loss_scale.hpp"
#include "halfway/nn/losses.hpp"
#include "halfway/nn/metrics.hpp"
#include "halfway/nn/optimizer.hpp"
#include "halfway/nn/symbolic.hpp"

namespace halfway {

namespace detail {
struct ModelState;
}

struct CompileOptions {
  Loss loss;
  Optimizer optimizer = RMSprop();
  std::vector<Metric> metrics = {};
};

struct FitOptions {
  int batch_size = 32;
  int epochs = 1;
  double validation_split = 0.0;  ///< the last share of the samples, before shuffling
  int verbose = 1;                ///< 0: silent, 1: progress bar, 2: one line per epoch
  bool shuffle = true;            ///< anew for each epoch, from random::next_generator()
};

struct EvaluateOptions {
  int batch_size = 32;
  int verbose = 1;
};

/// The loss (without loss scale) and the metrics, averaged over samples.
struct Scores {
  double loss = 0;
  std::vector<std::pair<std::string, double>> metrics = {};
  /// Throws ValueError and lists what there is.
  double metric(std::string_view name) const;
};

/// One entry per epoch; `validation` is empty without a validation split.
struct History {
  std::vector<Scores> training, validation;
  std::vector<double> seconds;  ///< of training, validation left out
  std::int64_t steps_skipped = 0;
};

/// A model of layers from one input to one output. Its own policy is the global one at its construction; of that it
/// uses the loss scale alone.
class Model : public Layer {
 public:
  /// Throws ValueError if `outputs` does not depend on `inputs` alone.
  Model(const SymbolicTensor& inputs, const SymbolicTensor& outputs, std::string name = {});

  /// Sets loss, optimizer and metrics. If the model's policy has a loss scale, the optimizer is wrapped in a
  /// LossScaleOptimizer, unless it is one.
  void compile(CompileOptions options) const;
  /// Trains on x [n, …] and labels y [n]; writes what Keras writes to std::cout. Throws ValueError before compile(),
  /// and for data that do not fit.
  History fit(const Tensor& x, const Tensor& y, const FitOptions& options = {}) const;
  Scores evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options = {}) const;
  Tensor predict(const Tensor& x, int batch_size = 32) const;

  /// What it was made of.
  SymbolicTensor input() const;
  SymbolicTensor output() const;

  /// Throw ValueError before compile().
  const Optimizer& optimizer() const;
  const Loss& loss() const;
  /// The live loss scale of the compiled optimizer; nothing if it does not scale.
  std::optional<LossScale> loss_scale() const;
  /// The layers in the order of their calls, inputs left out.
  std::vector<Layer> layers() const;
  /// A table of layers, output shapes, dtypes and parameters.
  void summary(std::ostream& out) const;

 private:
  std::shared_ptr<detail::ModelState> state_;
};

}  // namespace halfway
