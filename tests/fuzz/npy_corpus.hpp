// Small NumPy files, made by hand: what tests read, and what damage begins with.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "halfway/data/npy.hpp"

namespace corpus {

inline std::string npy(int major, std::string_view dictionary, std::string_view elements) {
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(major), '\0'};
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) file += static_cast<char>(dictionary.size() >> 8 * i & 255);
  return file.append(dictionary).append(elements);
}

/// Version 1.0: descr, shape and elements.
inline std::string npy(const std::string& descr, const std::string& shape, std::string_view elements) {
  return npy(1, "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n", elements);
}

inline std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

/// Good .npy files of every version, order and kind of type.
inline std::vector<std::string> npy_files() {
  using namespace std::string_literals;
  return {npy("<f4", "(2, 3)", std::string(24, '\x3f')),
          npy(">i8", "(3,)", "\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\3"s),
          npy("|b1", "(2, 2)", "\0\1\1\0"s),
          npy("<V2", "()", "\x80\x3f"),
          npy("|u1", "(0, 5)", ""),
          npy(2, "{'shape': (1, 2, 1, 2), 'fortran_order': True, 'descr': '<f2'}   \n", "\0\0\0\x3c\0\xc0\xff\x7b"s),
          npy(3, "{\"descr\": \"|V1\", \"fortran_order\": False, \"shape\": (4,)}\n", "\x38\x40\x7f\xff")};
}

}  // namespace corpus
