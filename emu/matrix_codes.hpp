// Codes in memory whose type is known at run time only.
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
template <class Storage>
void store(void* data, std::int64_t index, Code code) {
  const auto bits = static_cast<Storage>(code);
  std::memcpy(static_cast<char*>(data) + index * static_cast<std::int64_t>(sizeof bits), &bits, sizeof bits);
}

/// Element number `index` of codes of so many bytes each.
inline Code load_code(int bytes, const void* data, std::int64_t index) {
  switch (bytes) {
    case 1: return load<std::uint8_t>(data, index);
    case 2: return load<std::uint16_t>(data, index);
    case 4: return load<std::uint32_t>(data, index);
    default: return load<std::uint64_t>(data, index);
  }
}
inline void store_code(int bytes, void* data, std::int64_t index, Code code) {
  switch (bytes) {
    case 1: return store<std::uint8_t>(data, index, code);
    case 2: return store<std::uint16_t>(data, index, code);
    case 4: return store<std::uint32_t>(data, index, code);
    default: return store<std::uint64_t>(data, index, code);
  }
}

template <class Matrix>
Code load_code(const Matrix& x, std::int64_t row, std::int64_t col) {
  return load_code(size_of(x.dtype), x.data, row * x.row_stride + col * x.col_stride);
}
inline void store_code(const MatrixOut& d, std::int64_t row, std::int64_t col, Code code) {
  store_code(size_of(d.dtype), d.data, row * d.row_stride + col * d.col_stride, code);
}

inline Code convert(const FloatFormat& to, const FloatFormat& from, Code code) {
  halfway::detail::Context context;
  return from == to ? code : halfway::detail::convert_code(Codes(to), Codes(from), code, context);
}

}  // namespace halfway::emu::detail
