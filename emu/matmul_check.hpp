// What both carriers of matmul ask of their arguments.
#pragma once
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

/// Throws ShapeError or DTypeError unless the product is one that `matmul` promises.
void check_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model);

}  // namespace halfway::emu::detail
