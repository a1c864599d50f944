// The element types of arrays and tensors, and the C++ type that stands for each.
#pragma once
#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "halfway/formats/basic_float.hpp"

namespace halfway {

/// Element type of a tensor; the names are NumPy's and ml_dtypes'.
enum class DType : std::uint8_t {
  bool_,
  uint8,
  int32,
  int64,
  float8_e4m3fn,
  float8_e5m2,
  float8_e4m3fnuz,
  float8_e5m2fnuz,
  bfloat16,
  float16,
  float32,
  float64
};

namespace detail {
struct DTypeInfo {
  std::string_view name;
  int size;
  bool floating;
};
inline constexpr std::array<DTypeInfo, 12> dtype_table{{{"bool", 1, false},
                                                        {"uint8", 1, false},
                                                        {"int32", 4, false},
                                                        {"int64", 8, false},
                                                        {"float8_e4m3fn", 1, true},
                                                        {"float8_e5m2", 1, true},
                                                        {"float8_e4m3fnuz", 1, true},
                                                        {"float8_e5m2fnuz", 1, true},
                                                        {"bfloat16", 2, true},
                                                        {"float16", 2, true},
                                                        {"float32", 4, true},
                                                        {"float64", 8, true}}};
constexpr const DTypeInfo& info(DType t) { return dtype_table[static_cast<std::size_t>(t)]; }
}  // namespace detail

/// "float16", "bool", …
constexpr std::string_view name(DType t) { return detail::info(t).name; }
/// Bytes of one element.
constexpr int size_of(DType t) { return detail::info(t).size; }
constexpr bool is_floating(DType t) { return detail::info(t).floating; }
/// Whether tensors of that dtype can be computed with; the others are storage to cast from and to.
constexpr bool has_arithmetic(DType t) { return is_floating(t) && size_of(t) >= 2; }
/// The number format of a floating dtype.
constexpr FloatFormat float_format(DType t) {
  switch (t) {
    case DType::float8_e4m3fn: return e4m3fn;
    case DType::float8_e5m2: return e5m2;
    case DType::float8_e4m3fnuz: return e4m3fnuz;
    case DType::float8_e5m2fnuz: return e5m2fnuz;
    case DType::float16: return binary16;
    case DType::bfloat16: return bfloat;
    case DType::float64: return binary64;
    default: return binary32;
  }
}
/// The dtype of that name (also "half", "float", "double"), or nothing.
constexpr std::optional<DType> find_dtype(std::string_view text) {
  if (text == "half") return DType::float16;
  if (text == "float") return DType::float32;
  if (text == "double") return DType::float64;
  for (std::size_t i = 0; i < detail::dtype_table.size(); ++i)
    if (detail::dtype_table[i].name == text) return static_cast<DType>(i);
  return std::nullopt;
}
std::ostream& operator<<(std::ostream& out, DType t);

/// The DType of a C++ element type.
template <class T>
inline constexpr DType dtype_of = [] { static_assert(sizeof(T) == 0, "not an element type of Halfway"); }();
template <>
inline constexpr DType dtype_of<bool> = DType::bool_;
template <>
inline constexpr DType dtype_of<std::uint8_t> = DType::uint8;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::int32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::int64;
template <>
inline constexpr DType dtype_of<float8_e4m3fn> = DType::float8_e4m3fn;
template <>
inline constexpr DType dtype_of<float8_e5m2> = DType::float8_e5m2;
template <>
inline constexpr DType dtype_of<float8_e4m3fnuz> = DType::float8_e4m3fnuz;
template <>
inline constexpr DType dtype_of<float8_e5m2fnuz> = DType::float8_e5m2fnuz;
template <>
inline constexpr DType dtype_of<bfloat16> = DType::bfloat16;
template <>
inline constexpr DType dtype_of<float16> = DType::float16;
template <>
inline constexpr DType dtype_of<float> = DType::float32;
template <>
inline constexpr DType dtype_of<double> = DType::float64;

/// Calls `visitor` with a value-initialised element of the C++ type that `t` names: one switch for the whole library.
template <class Visitor>
constexpr decltype(auto) visit_dtype(DType t, Visitor&& visitor) {
  switch (t) {
    case DType::bool_: return visitor(bool{});
    case DType::uint8: return visitor(std::uint8_t{});
    case DType::int32: return visitor(std::int32_t{});
    case DType::int64: return visitor(std::int64_t{});
    case DType::float8_e4m3fn: return visitor(float8_e4m3fn{});
    case DType::float8_e5m2: return visitor(float8_e5m2{});
    case DType::float8_e4m3fnuz: return visitor(float8_e4m3fnuz{});
    case DType::float8_e5m2fnuz: return visitor(float8_e5m2fnuz{});
    case DType::bfloat16: return visitor(bfloat16{});
    case DType::float16: return visitor(float16{});
    case DType::float32: return visitor(float{});
    case DType::float64: break;
  }
  return visitor(double{});
}

}  // namespace halfway
