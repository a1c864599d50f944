#include "halfway/emu/unit_rule.hpp"

#include <string>

#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

std::string operands_of(const DotModel& unit) {
  std::string list;
  for (const FloatFormat& f : unit.operands) list.append(list.empty() ? "" : ", ").append(name(f));
  return list.empty() ? "float32 and what fits into it" : list;
}

}  // namespace

const DotModel& dot_model(std::string_view name) {
  if (const DotModel* found = find_dot_model(name)) return *found;
  std::string names;
  for (const DotModel* each : dot_models()) names.append(names.empty() ? "" : ", ").append(each->name);
  throw ValueError("matmul", "'" + std::string(name) + "' is no matrix unit; there are " + names);
}

MatmulRule matmul_rule(const DotModel& unit, DType lhs, DType rhs, std::optional<DotAlgorithm> algorithm) {
  const FloatFormat formats[]{float_format(lhs), float_format(rhs)};
  if (algorithm) return {for_operands(*algorithm, formats[0], formats[1]), unit};
  DotAlgorithm own{formats[0], formats[1], unit.output()};
  if (unit.cuts_to_tf32(formats[0]) && unit.cuts_to_tf32(formats[1]))
    own.lhs_precision_type = own.rhs_precision_type = tensor_float;
  if (is_floating(lhs) && is_floating(rhs) && unit.accepts(formats[0]) && unit.accepts(formats[1])) return {own, unit};
  throw DTypeError("matmul", "operands of " + std::string(name(lhs)) + " and " + std::string(name(rhs)) + " on unit " +
                                 std::string(unit.name) + ", which multiplies " + operands_of(unit) +
                                 "; convert them, or name an algorithm that rounds them, such as BF16_BF16_F32");
}

}  // namespace halfway::emu
