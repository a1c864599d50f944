// The header of an .npy file: a Python dictionary literal of three keys.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_source.hpp"
#include "halfway/data/npy.hpp"

namespace halfway::detail {

inline constexpr std::string_view npy_magic = "\x93NUMPY";

struct NpyHeader {
  NpyType type;
  bool big_endian = false;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

/// Reads the dictionary, whose first character is the file's byte `begin`.
NpyHeader parse_npy_header(std::string_view dictionary, std::uint64_t begin, const FileErrors& errors);

/// Magic, version, length and dictionary, as numpy.save writes them.
std::string format_npy_header(const NpyView& array);

/// Bytes of an array, or nothing if they or the product of the extents that are not zero are 2^63 or more: NumPy's own
/// rule. Extents are not negative.
std::optional<std::uint64_t> array_bytes(std::span<const std::int64_t> shape, int element_size);

}  // namespace halfway::detail
