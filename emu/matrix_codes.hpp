// The codes of a matrix whose dtype is known at run time.
#pragma once
#include <cstring>

#include "emu/unit_arithmetic.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::emu::detail {

template <class Storage>
Code load(const void* data, std::int64_t index) {
  Storage bits;
  std::memcpy(&bits, static_cast<const char*>(data) + index * static_cast<std::int64_t>(sizeof bits), sizeof bits);
  return bits;
}

template <class Matrix>
Code load_code(const Matrix& x, std::int64_t row, std::int64_t col) {
  const std::int64_t index = row * x.row_stride + col * x.col_stride;
  switch (size_of(x.dtype)) {
    case 1: return load<std::uint8_t>(x.data, index);
    case 2: return load<std::uint16_t>(x.data, index);
    case 4: return load<std::uint32_t>(x.data, index);
    default: return load<std::uint64_t>(x.data, index);
  }
}

template <class Storage>
void store(void* data, std::int64_t index, Code code) {
  const auto bits = static_cast<Storage>(code);
  std::memcpy(static_cast<char*>(data) + index * static_cast<std::int64_t>(sizeof bits), &bits, sizeof bits);
}

inline void store_code(const MatrixOut& d, std::int64_t row, std::int64_t col, Code code) {
  const std::int64_t index = row * d.row_stride + col * d.col_stride;
  switch (size_of(d.dtype)) {
    case 2: return store<std::uint16_t>(d.data, index, code);
    case 4: return store<std::uint32_t>(d.data, index, code);
    default: return store<std::uint64_t>(d.data, index, code);
  }
}

inline Code convert(const FloatFormat& to, const FloatFormat& from, Code code) {
  halfway::detail::Context context;
  return from == to ? code : halfway::detail::convert_code(Codes(to), Codes(from), code, context);
}

}  // namespace halfway::emu::detail
