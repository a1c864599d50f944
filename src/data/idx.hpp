// IDX files of unsigned bytes, gzipped or not.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace halfway::detail {

/// What an IDX file should hold: `count` items of these extents each, whatever count is.
struct IdxContent {
  std::string_view name;  ///< of the items, for errors: "images"
  std::vector<std::uint32_t> extents;
};

/// The bytes of all items, one after the other; there is at least one item. Memory follows what the file really holds,
/// not what its header claims. Throws FileError, in the name of `operation`.
std::vector<std::uint8_t> read_idx(const std::filesystem::path& file, const IdxContent& expected,
                                   std::string_view operation);

/// The FileError of a file that holds `found` where `expected` should stand.
[[noreturn]] void bad_file(std::string_view operation, const std::filesystem::path& file, const std::string& found,
                           const std::string& expected);

}  // namespace halfway::detail
