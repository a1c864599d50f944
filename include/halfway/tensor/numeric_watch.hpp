// Counting what rounding to 16 bits loses.
#pragma once
#include "halfway/formats/rounding_events.hpp"

namespace halfway {

/// While it lives, counts what operations of this thread lose when they round their results to 16 bits or fewer;
/// forward and backward (under a GradientTape's gradient) apart. Costs a pass over each such result.
class [[nodiscard]] NumericWatch {
 public:
  [[nodiscard]] NumericWatch();
  ~NumericWatch();
  NumericWatch(const NumericWatch&) = delete;
  NumericWatch& operator=(const NumericWatch&) = delete;

  RoundingEvents forward, backward;

 private:
  NumericWatch* outer_;
};

namespace detail {
/// Where the operations of this thread count now, or nullptr.
RoundingEvents* current_events();
/// The innermost watch of this thread, or nullptr.
NumericWatch* current_watch();
/// Nobody watches the operations of this thread while it lives.
class WatchPause {
 public:
  WatchPause();
  ~WatchPause();
  WatchPause(const WatchPause&) = delete;
  WatchPause& operator=(const WatchPause&) = delete;

 private:
  NumericWatch* paused_;
};
/// Operations of this thread count as backward while it lives.
class BackwardPhase {
 public:
  BackwardPhase();
  ~BackwardPhase();
  BackwardPhase(const BackwardPhase&) = delete;
  BackwardPhase& operator=(const BackwardPhase&) = delete;
};
}  // namespace detail

}  // namespace halfway
