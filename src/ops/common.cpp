#include "ops/common.hpp"

namespace halfway::detail {

void check_arithmetic(std::string_view operation, const Tensor& x) {
  if (has_arithmetic(x.dtype())) return;
  throw DTypeError(operation, "received dtype " + std::string(name(x.dtype())) +
                                  "; arithmetic exists for float16, bfloat16, float32 and float64: cast() first");
}

void check_same_dtype(std::string_view operation, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype())
    throw DTypeError(operation, "received dtypes " + std::string(name(a.dtype())) + " and " +
                                    std::string(name(b.dtype())) +
                                    "; nothing is promoted silently: cast() one of them");
}

}  // namespace halfway::detail
