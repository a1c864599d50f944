// Numbers as Python prints them, which Keras' messages show.
#pragma once
#include <fmt/format.h>

#include <string>

namespace halfway::detail {

/// "32768.0", "0.5", "1e+30".
inline std::string python_float(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

}  // namespace halfway::detail
