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
  std::vector<double> scores;  ///< loss and accuracy of each epoch, in training and in validation
};

namespace {  // compiled anew, with its options, by each file that includes this

/// Trains the guide's model (784-64-64-10) under the global policy on the current device. The inputs hold subnormal
/// numbers of each format; on a device that keeps them the optimizer's ε is one too, so that flushing changes the weights.
[[maybe_unused]] Trained small_training(std::int64_t samples, int batch_size, int epochs) {
  random::set_seed(5);
  random::Generator generator(1);
  const Tensor noise = random::uniform({samples, 784}, generator);
  std::vector<float> ink(noise.span<float>().begin(), noise.span<float>().end());
  for (std::size_t i = 0; i < ink.size(); i += 8) {  // no arithmetic: this file may be compiled with -ffast-math
    ink[i] = std::bit_cast<float>(0x00400000u + static_cast<std::uint32_t>(i));  // float32 and bfloat16: 2^-127
    ink[i + 1] = 0x1p-15f;                                                        // float16
  }
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 10);

  const bool keeps = current_device().model().subnormals == Subnormals::keep;
  const auto inputs = Input({784});
  const auto x = Dense{64, {.activation = relu}}(Dense{64, {.activation = relu}}(inputs));
  const Model model{inputs, Activation{softmax, {.dtype = "float32"}}(Dense{10}(x))};
  model.compile({.loss = sparse_categorical_crossentropy,
                 .optimizer = RMSprop{{.epsilon = keeps ? 1e-42 : 1e-7}},
                 .metrics = {accuracy}});
  const History history =
      model.fit(tensor(ink, noise.shape()), tensor(labels, {samples}),
                {.batch_size = batch_size, .epochs = epochs, .validation_split = 0.125, .verbose = 0});
  CHECK(history.steps_skipped == 0);
  for (const Tensor& weight : model.get_weights()) CHECK(all_finite(weight));
  Trained trained{model.get_weights(), {}};
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
