// A small training of the guide's model, from a seed to its last weights.
#pragma once
#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "halfway/halfway.hpp"

namespace halfway {

/// What a training leaves behind.
struct Trained {
  Weights weights;
  std::vector<double> scores;  ///< losses, accuracies and means along the way
};

namespace {  // compiled anew, with its options, by each file that includes this

/// Trains the guide's model (784-64-64-10) under the global policy on the current device. The inputs hold subnormal
/// numbers of each format; on a device that keeps them the optimizer's ε is one too, so that flushing changes the
/// weights.
[[maybe_unused]] Trained small_training(std::int64_t samples, int batch_size, int epochs) {
  random::set_seed(5);
  random::Generator generator(1);
  const Tensor noise = random::uniform({samples, 784}, generator);
  std::vector<float> ink(noise.span<float>().begin(), noise.span<float>().end());
  for (std::size_t i = 0; i < ink.size(); i += 8) {  // no arithmetic: this file may be compiled with -ffast-math
    ink[i] = std::bit_cast<float>(0x00400000u + static_cast<std::uint32_t>(i));  // float32 and bfloat16: 2^-127
    ink[i + 1] = 0x1p-15f;                                                       // float16
  }
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 10);

  const Tensor images = tensor(ink, noise.shape()), digits = tensor(labels, {samples});
  const bool keeps = current_device().model().subnormals == Subnormals::keep;
  const auto inputs = Input({784});
  const auto x = Dense{64, {.activation = relu}}(Dense{64, {.activation = relu}}(inputs));
  const Model model{inputs, Activation{softmax, {.dtype = "float32"}}(Dense{10}(x))};
  const RMSprop rmsprop{{.epsilon = keeps ? 1e-42 : 1e-7}};
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = rmsprop, .metrics = {accuracy}});
  const History history =
      model.fit(images, digits, {.batch_size = batch_size, .epochs = epochs, .validation_split = 0.125, .verbose = 0});
  CHECK(history.steps_skipped == 0);
  // One step more in a loop of one's own, with a loss scale whose reciprocal is rounded.
  const LossScaleOptimizer optimizer{rmsprop, 1000};
  const Tensor few_images = slice(images, 0, 50), few_digits = slice(digits, 0, 50);
  const Tensor loss = optimizer.minimize(model.trainable_variables(), [&] {
    return sparse_categorical_crossentropy(few_digits, model(few_images, {.training = true}));
  });
  for (const Tensor& weight : model.get_weights()) CHECK(all_finite(weight));
  const Tensor predictions = model(few_images);
  Mean mean;
  SparseCategoricalAccuracy share;
  mean.update(predictions);
  share.update(few_digits, predictions);
  Trained trained{model.get_weights(), {loss.number(), mean.result(), share.result()}};
  for (const auto& epochs_scores : {history.training, history.validation})
    for (const Scores& scores : epochs_scores)
      for (const double score : {scores.loss, scores.metric("accuracy")}) trained.scores.push_back(score);
  return trained;
}

[[maybe_unused]] bool same_bits(const Trained& a, const Trained& b) {
  bool same = a.weights.size() == b.weights.size() && a.scores.size() == b.scores.size();
  for (std::size_t i = 0; same && i < a.weights.size(); ++i) same = bits_equal(a.weights[i], b.weights[i]);
  for (std::size_t i = 0; same && i < a.scores.size(); ++i)
    same = std::bit_cast<std::uint64_t>(a.scores[i]) == std::bit_cast<std::uint64_t>(b.scores[i]);
  return same;
}

const std::vector<std::string> policies{"float32", "mixed_bfloat16", "mixed_float16"}, devices{"cpu", "tpu_v3"};

}  // namespace
}  // namespace halfway
