// The training, evaluation and prediction loops.
#include <chrono>
#include <cstring>
#include <iostream>
#include <numeric>

#include "halfway/autograd/tape.hpp"
#include "halfway/errors.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/ops/take.hpp"
#include "nn/model_state.hpp"
#include "nn/progress.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway::detail {
namespace {

using Clock = std::chrono::steady_clock;
using Rows = std::vector<std::int64_t>;

void check_data(const std::string& operation, const Tensor& x, const Tensor& y, int batch_size) {
  if (x.shape().rank() < 1 || y.shape().rank() < 1 || x.shape()[0] != y.shape()[0])
    throw ShapeError(operation, "received x of shape " + to_string(x.shape()) + " and y of shape " +
                                    to_string(y.shape()) + "; both need the same number of samples");
  if (batch_size < 1)
    throw ValueError(operation, "received batch_size = " + std::to_string(batch_size) + "; it takes 1 or more");
}

/// Loss and metrics of the batches so far, weighted by their sizes.
class RunningScores {
 public:
  explicit RunningScores(const CompileOptions& compiled) : compiled_(compiled), metrics_(compiled.metrics.size()) {}

  void add(const Tensor& loss, const Tensor& y_true, const Tensor& y_pred) {
    const auto samples = static_cast<double>(y_true.shape()[0]);
    loss_.update(loss.number(), samples);
    for (std::size_t i = 0; i < metrics_.size(); ++i)
      metrics_[i].update(compiled_.metrics[i].total(y_true, y_pred) / samples, samples);
  }
  Scores result() const {
    Scores scores{loss_.result(), {}};
    for (std::size_t i = 0; i < metrics_.size(); ++i)
      scores.metrics.emplace_back(compiled_.metrics[i].name(), metrics_[i].result());
    return scores;
  }

 private:
  const CompileOptions& compiled_;
  Mean loss_;
  std::vector<Mean> metrics_;
};

/// The rows of the batches of [0, count), through `order` if there is one.
std::span<const std::int64_t> batch(const Rows& order, std::int64_t begin, std::int64_t count, int batch_size) {
  return std::span(order).subspan(static_cast<std::size_t>(begin),
                                  static_cast<std::size_t>(std::min<std::int64_t>(batch_size, count - begin)));
}

Rows in_order(std::int64_t begin, std::int64_t end) {
  Rows rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

/// One step; the mean loss (unscaled) and whether the optimizer applied it.
struct StepOutcome {
  Tensor loss, predictions;
  Step step;
};
StepOutcome train_step(const Model& model, const CompileOptions& compiled,
                       const std::optional<LossScaleOptimizer>& scaling, const std::vector<Variable>& variables,
                       const Tensor& x, const Tensor& y) {
  GradientTape tape;
  const Tensor predictions = model(x, {.training = true});
  const Tensor loss = compiled.loss(y, predictions);
  if (!scaling) return {loss, predictions, compiled.optimizer.apply_gradients(tape.gradient(loss, variables))};
  const ScaledGradients gradients = tape.gradient(scaling->get_scaled_loss(loss), variables);
  return {loss, predictions, scaling->apply_gradients(scaling->get_unscaled_gradients(gradients))};
}

Scores evaluate_rows(const Model& model, const CompileOptions& compiled, const Tensor& x, const Tensor& y,
                     const Rows& rows, int batch_size, Progress* progress) {
  RunningScores scores(compiled);
  const auto count = static_cast<std::int64_t>(rows.size());
  for (std::int64_t begin = 0; begin < count; begin += batch_size) {
    const auto chosen = batch(rows, begin, count, batch_size);
    const Tensor targets = take(y, chosen), predictions = model(take(x, chosen));
    scores.add(compiled.loss(targets, predictions), targets, predictions);
    if (progress) progress->update(begin + static_cast<std::int64_t>(chosen.size()), scores.result());
  }
  return scores.result();
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

const CompileOptions& compiled(const ModelState& state, const std::string& model) {
  if (!state.compiled) throw ValueError(model, "was not compiled; call compile({.loss = …, .optimizer = …}) first");
  return *state.compiled;
}

History fit(const Model& model, const CompileOptions& compiled, const Tensor& x, const Tensor& y,
            const FitOptions& options) {
  check_data(model.name() + ".fit", x, y, options.batch_size);
  if (!(options.validation_split >= 0 && options.validation_split < 1))
    throw ValueError(model.name() + ".fit", "received validation_split = " + std::to_string(options.validation_split) +
                                                "; it takes a share of at least 0 and less than 1");
  const std::int64_t samples = x.shape()[0];
  const auto training = static_cast<std::int64_t>(static_cast<double>(samples) * (1 - options.validation_split));
  const std::int64_t validation = samples - training;
  if (training == 0)
    throw ValueError(model.name() + ".fit", "received " + std::to_string(samples) + " samples and validation_split = " +
                                                std::to_string(options.validation_split) +
                                                ", which leaves none to train on");
  if (options.verbose > 0) {
    std::cout << "Train on " << training << " samples";
    if (validation > 0) std::cout << ", validate on " << validation << " samples";
    std::cout << std::endl;
  }

  const auto scaling = LossScaleOptimizer::from(compiled.optimizer);
  const Rows validation_rows = in_order(training, samples);
  random::Generator generator = random::next_generator();
  History history;
  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    if (options.verbose > 0) std::cout << "Epoch " << epoch + 1 << '/' << options.epochs << std::endl;
    const auto start = Clock::now();
    const Rows rows = options.shuffle ? random::permutation(training, generator) : in_order(0, training);
    Progress progress(training, options.verbose);
    RunningScores scores(compiled);
    for (std::int64_t begin = 0; begin < training; begin += options.batch_size) {
      const auto chosen = batch(rows, begin, training, options.batch_size);
      const Tensor targets = take(y, chosen);
      const Tensor inputs = take(x, chosen);
      const StepOutcome outcome = train_step(model, compiled, scaling, model.trainable_variables(), inputs, targets);
      history.steps_skipped += outcome.step == Step::skipped ? 1 : 0;
      scores.add(outcome.loss, targets, outcome.predictions);
      progress.update(begin + static_cast<std::int64_t>(chosen.size()), scores.result());
    }
    const double seconds = seconds_since(start);
    history.seconds.push_back(seconds);
    history.training.push_back(scores.result());
    std::string tail;
    if (validation > 0) {
      history.validation.push_back(evaluate_rows(model, compiled, x, y, validation_rows, options.batch_size, nullptr));
      tail = scores_text(history.validation.back(), "val_");
    }
    progress.finish(history.training.back(), seconds, tail);
  }
  return history;
}

Scores evaluate(const Model& model, const CompileOptions& compiled, const Tensor& x, const Tensor& y,
                const EvaluateOptions& options) {
  check_data(model.name() + ".evaluate", x, y, options.batch_size);
  const auto start = Clock::now();
  Progress progress(x.shape()[0], options.verbose);
  Scores scores = evaluate_rows(model, compiled, x, y, in_order(0, x.shape()[0]), options.batch_size, &progress);
  progress.finish(scores, seconds_since(start));
  return scores;
}

Tensor predict(const Model& model, const Tensor& x, int batch_size) {
  check_data(model.name() + ".predict", x, x, batch_size);
  const std::int64_t samples = x.shape()[0];
  if (samples == 0) return model(x);
  const Rows rows = in_order(0, samples);
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < samples; begin += batch_size)
    parts.push_back(model(take(x, batch(rows, begin, samples, batch_size))));
  NewTensor whole(parts[0].dtype(), parts[0].shape().with_front(samples));
  auto* out = static_cast<char*>(whole.data());
  for (const Tensor& part : parts) {
    const auto bytes = static_cast<std::size_t>(part.elements()) * static_cast<std::size_t>(size_of(part.dtype()));
    std::memcpy(out, part.data(), bytes);
    out += bytes;
  }
  return std::move(whole).finish();
}

}  // namespace halfway::detail

namespace halfway {

double Scores::metric(std::string_view name) const {
  std::string names;
  for (const auto& [known, value] : metrics) {
    if (known == name) return value;
    names += (names.empty() ? "" : ", ") + known;
  }
  throw ValueError("Scores::metric", "received \"" + std::string(name) + "\"; there is: " + names);
}

}  // namespace halfway
