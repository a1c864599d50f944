// Tensor cores and CDNA3 in lanes.
#include "emu/matmul_plan.hpp"

namespace halfway::emu::detail {

std::optional<MatmulKernels> aligned_kernels(const MatmulPlan&) { return std::nullopt; }

}  // namespace halfway::emu::detail
