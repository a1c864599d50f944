// Batches of samples for loops of one's own.
#pragma once
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// The samples of x and y, first axis, possibly shuffled, in batches. An input range: each pass shuffles anew.
class Dataset {
 public:
  struct Batch {
    Tensor x, y;
  };
  class Iterator;

  /// Throws ShapeError unless x and y have the same number of samples.
  Dataset(const Tensor& x, const Tensor& y);
  /// As tf.data: a buffer of that many samples is kept, each next sample is drawn from it at random.
  Dataset shuffle(std::int64_t buffer, std::uint64_t seed) const;
  /// In batches of `size`; the last one may be smaller. One batch of everything unless called.
  Dataset batch(std::int64_t size) const;

  std::int64_t samples() const;
  Iterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  struct State;
  explicit Dataset(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

class Dataset::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Batch operator*() const;
  Iterator& operator++();
  void operator++(int) { ++*this; }
  friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.at_end(); }

 private:
  friend class Dataset;
  explicit Iterator(const std::shared_ptr<State>& state);
  bool at_end() const;
  std::shared_ptr<const State> state_;
  std::vector<std::int64_t> order_;
  std::int64_t next_ = 0;
};

}  // namespace halfway
