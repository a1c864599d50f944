// What the two carriers of block-scaled products share.
#pragma once
#include "halfway/emu/block_scaled.hpp"

namespace halfway::emu::detail {

/// Throws what block_scaled_matmul throws.
void check_block_scaled_matmul(const BlockArray& a, const BlockArray& b, const MatrixOut& d, const DotModel& model,
                               const MatmulExtras& extras);

/// The product of the tensor scales, which stands outside of the unit.
float outer_scale(const BlockArray& a, const BlockArray& b);

}  // namespace halfway::emu::detail
