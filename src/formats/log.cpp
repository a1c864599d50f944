#include "halfway/log.hpp"

#include <iostream>
#include <mutex>
#include <utility>

namespace halfway {
namespace {

std::mutex sink_mutex;
LogSink current_sink;

}  // namespace

LogSink set_log_sink(LogSink sink) {
  const std::lock_guard lock(sink_mutex);
  return std::exchange(current_sink, std::move(sink));
}

void log(LogLevel level, std::string_view message) {
  const std::lock_guard lock(sink_mutex);
  if (current_sink)
    current_sink(level, message);
  else
    std::clog << (level == LogLevel::info ? "INFO: " : "WARNING: ") << message << std::endl;
}

}  // namespace halfway
