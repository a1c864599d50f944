#include "halfway/emu/dot_algorithm.hpp"

#include <cctype>
#include <ostream>

namespace halfway {
namespace {

/// XLA's token for a format: "BF16", "F32", …
std::string token(const FloatFormat& f) {
  if (f == bfloat) return "BF16";
  if (f == binary16) return "F16";
  if (f == binary32) return "F32";
  if (f == binary64) return "F64";
  std::string text(name(f));
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string name(const DotAlgorithm& algorithm) {
  return token(algorithm.lhs_precision_type) + "_" + token(algorithm.rhs_precision_type) + "_" +
         token(algorithm.accumulation_type);
}

std::ostream& operator<<(std::ostream& out, const DotAlgorithm& algorithm) { return out << name(algorithm); }

}  // namespace halfway
