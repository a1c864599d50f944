// What the library has to say besides results: one line of INFO or WARNING at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace halfway {

enum class LogLevel : std::uint8_t { info, warning };
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Where messages go from now on; returns where they went before. An empty sink stands for the standard one, which
/// writes "INFO: …" and "WARNING: …" to std::clog.
LogSink set_log_sink(LogSink sink);
/// Sends a message there.
void log(LogLevel level, std::string_view message);

}  // namespace halfway
