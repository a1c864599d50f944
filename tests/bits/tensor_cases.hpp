// What the tests of the upper floors share.
#pragma once
#include <doctest/doctest.h>

#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "halfway/errors.hpp"
#include "halfway/log.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway::test {

/// What body() says when it throws an E; "" if it throws nothing.
template <class E, class Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What operator<< writes.
template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

template <class T>
std::vector<T> values_of(const Tensor& tensor) {
  const auto span = tensor.span<T>();
  return {span.begin(), span.end()};
}

/// Numbers in [low, high), rounded once to `dtype`.
inline Tensor random_tensor(const Shape& shape, DType dtype, std::uint64_t seed, double low = -1, double high = 1) {
  std::mt19937_64 random(seed);
  return visit_dtype(dtype, [&]<class T>(T) {
    std::vector<T> values;
    for (std::int64_t i = 0; i < shape.elements(); ++i)
      values.push_back(static_cast<T>(low + (high - low) * (static_cast<double>(random() >> 11) * 0x1p-53)));
    if constexpr (std::is_same_v<T, bool>)
      return zeros(shape, dtype);
    else
      return tensor(values, shape);
  });
}

/// Collects what is logged while it lives.
class LogCapture {
 public:
  LogCapture()
      : before_(set_log_sink([this](LogLevel level, std::string_view text) { lines.emplace_back(level, text); })) {}
  ~LogCapture() { set_log_sink(std::move(before_)); }
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  std::vector<std::pair<LogLevel, std::string>> lines;

 private:
  LogSink before_;
};

}  // namespace halfway::test
