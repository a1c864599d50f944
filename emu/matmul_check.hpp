// What both carriers of matmul ask of their arguments.
#pragma once
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

/// The number format of a floating-point dtype.
FloatFormat format_of(DType t);

/// Whether the kernels in lanes compute that model; the others are computed by the definition alone.
bool is_plain_chain(const DotModel& model);

/// Throws ShapeError, DTypeError or ValueError unless the product is one that `matmul` promises.
void check_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model);

}  // namespace halfway::emu::detail
