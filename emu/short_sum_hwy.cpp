// Lanes, trees and exact sums of short blocks in lanes.
#include "emu/matmul_plan.hpp"

namespace halfway::emu::detail {

std::optional<MatmulKernels> short_sum_kernels(const MatmulPlan&) { return std::nullopt; }

}  // namespace halfway::emu::detail
