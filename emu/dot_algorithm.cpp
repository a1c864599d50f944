#include "halfway/emu/dot_algorithm.hpp"

#include <cctype>
#include <ostream>

namespace halfway {
namespace {

/// XLA's token for a dtype: "BF16", "F32", …
std::string token(DType t) {
  switch (t) {
    case DType::bfloat16: return "BF16";
    case DType::float16: return "F16";
    case DType::float32: return "F32";
    case DType::float64: return "F64";
    default: break;
  }
  std::string text(name(t));
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
