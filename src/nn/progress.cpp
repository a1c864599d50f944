#include "nn/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace halfway::detail {
namespace {

constexpr int bar_width = 30;
using Clock = std::chrono::steady_clock;

/// Keras prints four decimals, and an exponent for what would show as zeros (0.0000e+00 too).
std::string number_text(double value) {
  return std::abs(value) > 1e-3 ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
}

std::string bar(std::int64_t done, std::int64_t samples) {
  const auto filled = static_cast<int>(samples == 0 ? bar_width : bar_width * done / samples);
  std::string text(static_cast<std::size_t>(filled), '=');
  if (filled > 0 && done < samples) text.back() = '>';
  return '[' + text + std::string(static_cast<std::size_t>(bar_width - filled), '.') + ']';
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

std::string scores_text(const Scores& scores, const std::string& prefix) {
  std::string text = fmt::format(" - {}loss: {}", prefix, number_text(scores.loss));
  for (const auto& [name, value] : scores.metrics) text += fmt::format(" - {}{}: {}", prefix, name, number_text(value));
  return text;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  if (whole >= 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

std::string per_sample_text(double seconds) {
  if (seconds >= 1) return fmt::format("{:.0f}s/sample", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.0f}ms/sample", seconds * 1e3);
  return fmt::format("{:.0f}us/sample", seconds * 1e6);
}

Progress::Progress(std::int64_t samples, int verbose)
    : samples_(samples), verbose_(verbose), terminal_(isatty(STDOUT_FILENO) == 1), start_(Clock::now()) {}

void Progress::update(std::int64_t done, const Scores& scores) {
  if (verbose_ != 1 || !terminal_ || done >= samples_) return;
  if (Clock::now() - drawn_ < std::chrono::milliseconds(50)) return;
  drawn_ = Clock::now();
  const double left = seconds_since(start_) / static_cast<double>(done) * static_cast<double>(samples_ - done);
  const std::string line = fmt::format("{:>{}}/{} {} - ETA: {}{}", done, fmt::formatted_size("{}", samples_), samples_,
                                       bar(done, samples_), duration_text(left), scores_text(scores));
  std::cout << '\r' << line << std::string(width_ > line.size() ? width_ - line.size() : 0, ' ') << std::flush;
  width_ = line.size();
}

void Progress::finish(const Scores& scores, double seconds, const std::string& tail) {
  if (verbose_ == 0) return;
  const double per_sample = samples_ > 0 ? seconds / static_cast<double>(samples_) : 0;
  const std::string line =
      verbose_ == 1
          ? fmt::format("{}/{} {} - {} {}{}{}", samples_, samples_, bar(samples_, samples_), duration_text(seconds),
                        per_sample_text(per_sample), scores_text(scores), tail)
          : fmt::format("{}/{} - {}{}{}", samples_, samples_, duration_text(seconds), scores_text(scores), tail);
  std::cout << (width_ > 0 ? "\r" : "") << line << std::string(width_ > line.size() ? width_ - line.size() : 0, ' ')
            << std::endl;
}

}  // namespace halfway::detail
