// A matrix unit by its name, without a device.
#pragma once
#include <optional>
#include <string_view>

#include "halfway/emu/device_model.hpp"

namespace halfway::emu {

/// The row of dot_models() of that name; ValueError with those that there are.
const DotModel& dot_model(std::string_view name);

/// A product of these dtypes on that unit: operands in their own formats (float32 on a tf32 unit in tf32), sums in the
/// unit's; `algorithm` overrides the operands' formats. Throws DTypeError where the unit does not multiply them, with
/// what to do.
MatmulRule matmul_rule(const DotModel& unit, DType lhs, DType rhs, std::optional<DotAlgorithm> algorithm = {});

}  // namespace halfway::emu
