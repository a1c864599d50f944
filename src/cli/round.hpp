// Rounding the elements of a NumPy array.
#pragma once
#include <optional>
#include <string>

#include "halfway/data/npy.hpp"
#include "halfway/formats/bulk.hpp"

namespace halfway::cli {

struct Rounded {
  NpyArray array;
  std::string from;  ///< what the elements were: a format, or "int32"
  EventCounts events;
};

/// The elements of `in`, which errors call `name`, each rounded once to `format` under `how`. Raw arrays are of
/// `input_format`; DTypeError where there is none, or it is not of their size, ValueError for a code that it does not
/// have.
Rounded round_array(const std::string& name, const NpyArray& in, const std::optional<FloatFormat>& input_format,
                    const FloatFormat& format, Held held, const Arithmetic& how);

}  // namespace halfway::cli
