// What fit and evaluate write: the lines of TensorFlow 2.1.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "halfway/nn/model.hpp"

namespace halfway::detail {

/// " - loss: 0.2105 - accuracy: 0.9363", each name after `prefix`.
std::string scores_text(const Scores& scores, const std::string& prefix = "");
/// "1s", "2m 3s"-like whole seconds as Keras writes them ("1:05" past a minute).
std::string duration_text(double seconds);
/// "22us/sample", "3ms/sample", "1s/sample".
std::string per_sample_text(double seconds);

/// One pass over the samples. On a terminal a bar that moves, elsewhere only the last line.
class Progress {
 public:
  Progress(std::int64_t samples, int verbose);
  /// `done` samples are through, with these scores so far. Draws at most 20 times a second.
  void update(std::int64_t done, const Scores& scores);
  /// The last line; `tail` is appended to the scores.
  void finish(const Scores& scores, double seconds, const std::string& tail = "");

 private:
  std::int64_t samples_;
  int verbose_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_, drawn_;
  std::size_t width_ = 0;
};

}  // namespace halfway::detail
