// What both carriers of matmul ask of their arguments.
#pragma once
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

/// Whether the kernels in lanes compute that model; the others are computed by the definition alone.
bool is_plain_chain(const DotModel& model);

/// Throws ShapeError, DTypeError or ValueError unless the product is one that `matmul` promises.
void check_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model, const MatmulExtras& extras);

}  // namespace halfway::emu::detail
