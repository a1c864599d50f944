// One input of a fuzzer: read, or refused with FileError. Anything else escapes or crashes.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "fuzz/npy_corpus.hpp"
#include "halfway/data/npy.hpp"
#include "halfway/errors.hpp"

inline void require_whole(const halfway::NpyArray& array) {
  const bool empty = std::find(array.shape.begin(), array.shape.end(), 0) != array.shape.end();
  std::int64_t size = empty ? 0 : 1;
  for (const std::int64_t extent : array.shape) size = empty ? 0 : size * extent;
  if (array.size() != size) throw std::logic_error("an array whose shape and elements differ was let through");
}

/// Whether the bytes were read as an .npy file.
inline bool one_npy(std::string_view file) {
  try {
    require_whole(halfway::read_npy(corpus::bytes(file), "FILE"));
    return true;
  } catch (const halfway::FileError&) {
    return false;
  }
}

/// Whether the bytes were read as an .npz file.
inline bool one_npz(std::string_view file) {
  try {
    for (const halfway::NpzMember& member : halfway::read_npz(corpus::bytes(file), "FILE").members)
      require_whole(member.array);
    return true;
  } catch (const halfway::FileError&) {
    return false;
  }
}
