#include "halfway/tensor/numeric_watch.hpp"

#include <utility>

namespace halfway {
namespace {

thread_local NumericWatch* innermost = nullptr;
thread_local int backward_depth = 0;

}  // namespace

NumericWatch::NumericWatch() : outer_(innermost) { innermost = this; }
NumericWatch::~NumericWatch() { innermost = outer_; }

namespace detail {

RoundingEvents* current_events() {
  if (!innermost) return nullptr;
  return backward_depth > 0 ? &innermost->backward : &innermost->forward;
}
NumericWatch* current_watch() { return innermost; }
WatchPause::WatchPause() : paused_(std::exchange(innermost, nullptr)) {}
WatchPause::~WatchPause() { innermost = paused_; }
BackwardPhase::BackwardPhase() { ++backward_depth; }
BackwardPhase::~BackwardPhase() { --backward_depth; }

}  // namespace detail
}  // namespace halfway
