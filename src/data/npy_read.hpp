// What .npy files and the members of .npz files share.
#pragma once
#include <string>
#include <string_view>

#include "data/npy_header.hpp"

namespace halfway::detail {

/// The array that `source` holds from its first byte to its last.
NpyArray read_array(ByteSource& source, const FileErrors& errors);

/// The header to write before array.data; ShapeError if these do not fit the shape.
std::string checked_npy_header(std::string_view operation, const NpyView& array);

}  // namespace halfway::detail
