// The sums of exact_matmul in float64 lanes.
#pragma once
#include <array>
#include <cstdint>

namespace halfway::emu::detail {

inline constexpr std::int64_t kExactRows = 4;      ///< rows of A at once
inline constexpr std::int64_t kMaxExactLanes = 8;  ///< columns of B at once, at most

/// c + Σ a[k]·b[k] = sum + error ± dropped (rounded up to a factor of 2), for each row and lane.
struct ExactSums {
  double sum[kExactRows][kMaxExactLanes];  ///< starts as c
  double error[kExactRows][kMaxExactLanes];
  double dropped[kExactRows][kMaxExactLanes];
};

struct ExactKernels {
  std::int64_t lanes;
  /// `b` is [step][lane]. Products must be exact in float64: `products`; in two numbers: `double_products`.
  void (*products)(const std::array<const double*, kExactRows>& a, const double* b, std::int64_t steps, ExactSums&);
  void (*double_products)(const std::array<const double*, kExactRows>& a, const double* b, std::int64_t steps,
                          ExactSums&);
};
ExactKernels exact_kernels();

}  // namespace halfway::emu::detail
