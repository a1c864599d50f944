#include "halfway/log.hpp"

#include <iostream>
#include <mutex>
#include <utility>

namespace halfway {
namespace {

struct Destination {
  std::mutex mutex;
  LogSink sink;
};
/// Made on first use, so that a static initialiser may set it.
Destination& destination() {
  static Destination instance;
  return instance;
}

}  // namespace

LogSink set_log_sink(LogSink sink) {
  Destination& to = destination();
  const std::lock_guard lock(to.mutex);
  return std::exchange(to.sink, std::move(sink));
}

void log(LogLevel level, std::string_view message) {
  Destination& to = destination();
  const std::lock_guard lock(to.mutex);
  if (to.sink)
    to.sink(level, message);
  else
    std::clog << (level == LogLevel::info ? "INFO: " : "WARNING: ") << message << std::endl;
}

}  // namespace halfway
