// Where the bytes of a file come from, and how its errors read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace halfway::detail {

/// The one who reads, for errors: "[read_npy] 'x.npy', byte 23: found …; expected …; …".
struct FileErrors {
  std::string operation;
  std::string file;  ///< with its member, if it has any

  [[noreturn]] void fail(const std::string& found, const std::string& expected, std::string_view advice) const;
  [[noreturn]] void fail_at(std::uint64_t byte, const std::string& found, const std::string& expected,
                            std::string_view advice) const;
};

/// Bytes from first to last.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;
  /// How many there are in all.
  virtual std::uint64_t size() const = 0;
  /// Fills `out`, of which there must be as many left; throws FileError if they cannot be had.
  virtual void read(std::span<std::byte> out) = 0;
};

}  // namespace halfway::detail
