// What the definition and the twin of the float32 functions share.
#pragma once
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

#include "halfway/errors.hpp"
#include "halfway/formats/math.hpp"

namespace halfway::detail {

inline void require_equal_sizes(std::string_view caller, std::size_t operand, std::size_t result) {
  if (operand != result)
    throw ShapeError(caller, "the operand has " + std::to_string(operand) + " elements and the result " +
                                 std::to_string(result) + ", which differ; pass arrays of equal size");
}

/// Calls body(std::integral_constant<Function, f>()) for the f that is only known at run time.
template <class Body>
void with_function(Function f, Body&& body) {
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (void)((static_cast<std::size_t>(f) == i && (body(std::integral_constant<Function, Function{i}>()), true)) || ...);
  }
  (std::make_index_sequence<function_names.size()>());
}

}  // namespace halfway::detail
