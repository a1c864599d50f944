#include "training_loop.hpp"

#include <fmt/format.h>

#include <iostream>

namespace experiments {

using namespace halfway;

void run_training_loop(const Model& model, const Policy& policy, const Mnist& digits, const Options& options) {
  // A policy without a loss scale gets the fixed scale 1, which changes no bit: one loop serves every policy.
  LossScaleOptimizer optimizer{RMSprop{}, policy.loss_scale().value_or(1.0)};
  const auto& loss_object = sparse_categorical_crossentropy;

  const Dataset train_dataset =
      Dataset(digits.train.x, digits.train.y).shuffle(10'000, options.seed).batch(options.batch_size);
  const Dataset test_dataset = Dataset(digits.test.x, digits.test.y).batch(options.batch_size);

  const std::vector<Variable> variables = model.trainable_variables();
  const auto train_step = [&](const Tensor& x, const Tensor& y) {
    GradientTape tape;
    const Tensor predictions = model(x, {.training = true});
    Tensor loss = loss_object(y, predictions);
    // The scaled loss and the scaled gradients have types of their own: forgetting to unscale does not compile.
    const ScaledLoss scaled_loss = optimizer.get_scaled_loss(loss);
    const ScaledGradients scaled_gradients = tape.gradient(scaled_loss, variables);
    const Gradients gradients = optimizer.get_unscaled_gradients(scaled_gradients);
    optimizer.apply_gradients(gradients);
    return loss;
  };
  const auto test_step = [&](const Tensor& x) { return model(x); };

  for (int epoch = 0; epoch < options.epochs; ++epoch) {
    Mean epoch_loss_average;
    SparseCategoricalAccuracy test_accuracy;
    {
      StatusLine status;
      std::int64_t done = 0;
      for (const auto& [x, y] : train_dataset) {
        status.show(fmt::format("Epoch {}: {}/{} samples", epoch, done, train_dataset.samples()));
        epoch_loss_average.update(train_step(x, y));
        done += y.elements();
      }
      for (const auto& [x, y] : test_dataset) test_accuracy.update(y, test_step(x));
    }
    std::cout << fmt::format("Epoch {}: loss={}, test accuracy={}\n", epoch, epoch_loss_average.result(),
                             test_accuracy.result());
  }
  std::cout << fmt::format("Steps skipped: {} of {}\n", optimizer.skipped_steps(),
                           optimizer.skipped_steps() + optimizer.iterations());
  if (policy.loss_scale()) std::cout << "Loss scale: " << optimizer.loss_scale() << '\n';
}

}  // namespace experiments
