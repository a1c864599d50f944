// NumPy's files: .npy holds one array, .npz several by name. The format is that of NumPy's own description:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (versions 1.0, 2.0 and 3.0).
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "halfway/formats/rounding.hpp"

namespace halfway {

/// What the elements of a NumPy file are; the characters are NumPy's.
enum class NpyKind : char { boolean = 'b', signed_integer = 'i', unsigned_integer = 'u', floating = 'f', raw = 'V' };

/// The element type of a NumPy file: b1, i1 … i8, u1 … u8, f2, f4, f8, or raw codes V1, V2, V4.
///
/// Raw is how the types of ml_dtypes arrive (bfloat16 as V2, float8_e4m3fn as V1), for the file does not hold their
/// names; float8_e5m2, which ml_dtypes 0.6 saves as "f1", is read as V1 too.
struct NpyType {
  NpyKind kind = NpyKind::raw;
  int size = 1;  ///< bytes of one element

  friend constexpr bool operator==(const NpyType&, const NpyType&) = default;
};
/// "f4", "V2"
std::string to_string(NpyType type);

namespace detail {
template <class T>
constexpr NpyType npy_type_of() {
  constexpr int size = sizeof(T);
  if constexpr (std::is_same_v<T, bool>) return {NpyKind::boolean, size};
  if constexpr (std::is_integral_v<T>)
    return {std::is_signed_v<T> ? NpyKind::signed_integer : NpyKind::unsigned_integer, size};
  static_assert(std::is_integral_v<T> || FormattedFloat<T>, "not an element type of NumPy files");
  if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, float16>) return {NpyKind::floating, size};
  return {NpyKind::raw, size};
}
[[noreturn]] void wrong_npy_type(NpyType asked, NpyType held);
}  // namespace detail

/// The type that stands for a C++ element type: f4 for float, f2 for float16, V2 for bfloat16, V1 for float8_e4m3fn.
template <class T>
inline constexpr NpyType npy_type_of = detail::npy_type_of<T>();

/// An array that somebody else owns, to be written.
struct NpyView {
  NpyType type;
  std::span<const std::int64_t> shape;  ///< empty for a scalar
  bool fortran_order = false;           ///< the first index moves fastest, not the last
  std::span<const std::byte> data;      ///< the elements, without gaps, in the machine's byte order
};

/// The view of `values` as a C-ordered array of that shape, whose extents multiply to values.size().
template <class T>
NpyView npy_view(std::span<const T> values, std::span<const std::int64_t> shape) {
  return {npy_type_of<T>, shape, false, std::as_bytes(values)};
}

/// An array as it was read.
struct NpyArray {
  NpyType type;
  std::vector<std::int64_t> shape;
  bool fortran_order = false;
  std::vector<std::byte> data;

  /// Number of elements: the product of the extents, 1 for a scalar.
  std::int64_t size() const { return static_cast<std::int64_t>(data.size()) / type.size; }
  /// The elements in the order of the file. DTypeError unless T's type is the array's: raw elements may be read as any
  /// format, or as unsigned integers, of their size.
  template <class T>
  std::span<const T> values() const {
    constexpr NpyType asked = npy_type_of<T>;
    const bool is_code = type.kind == NpyKind::raw && asked.size == type.size &&
                         (asked.kind == NpyKind::raw || asked.kind == NpyKind::unsigned_integer);
    if (asked != type && !is_code) detail::wrong_npy_type(asked, type);
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
  operator NpyView() const { return {type, shape, fortran_order, data}; }  // NOLINT(google-explicit-constructor)
};

/// The array of an .npy file of version 1.0, 2.0 or 3.0, either byte order. The file must be exactly as long as its
/// header says; memory is taken only after that has been seen. FileError says the file, the byte, what was found and
/// what was expected: for a damaged file, and for arrays of other types (complex, text, dates, objects, structures).
NpyArray read_npy(const std::filesystem::path& file);
/// The same of bytes in memory, which errors call `name`.
NpyArray read_npy(std::span<const std::byte> bytes, std::string_view name);

/// Writes an .npy file as numpy.save does, byte for byte: version 1.0, or 2.0 where the header needs it; the machine's
/// byte order; raw types as ml_dtypes has them ("<V2"). It is written beside and renamed. ShapeError if shape and data
/// differ, FileError if the file cannot be written.
void write_npy(const std::filesystem::path& file, const NpyView& array);

/// One array of an .npz file under its name (without ".npy").
struct NpzMember {
  std::string name;
  NpyArray array;
};
struct NpzView {
  std::string_view name;
  NpyView array;

  NpzView(std::string_view name_, const NpyView& array_) : name(name_), array(array_) {}
  NpzView(const NpzMember& member)  // NOLINT(google-explicit-constructor): a view of it
      : name(member.name), array(member.array) {}
};

/// How the members of an .npz file are kept: numpy.savez stores, numpy.savez_compressed deflates.
enum class NpzCompression : std::uint8_t { stored, deflated };

struct NpzFile {
  std::vector<NpzMember> members;                       ///< in the order of the file
  NpzCompression compression = NpzCompression::stored;  ///< deflated, if any member is
};

/// The arrays of an .npz file: a ZIP archive, also of more than 4 GiB, whose members are .npy files, stored or
/// deflated. FileError as read_npy, and for anything else in the archive: foreign or encrypted members, two of one
/// name, a wrong checksum.
NpzFile read_npz(const std::filesystem::path& file);
NpzFile read_npz(std::span<const std::byte> bytes, std::string_view name);

/// Writes an .npz file, beside and renamed. The same arrays give the same bytes: members are dated 1980-01-01, as
/// NumPy's are. ValueError for two members of one name, and for none at all.
void write_npz(const std::filesystem::path& file, std::span<const NpzView> members,
               NpzCompression compression = NpzCompression::stored);

}  // namespace halfway
