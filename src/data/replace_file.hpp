// A file that appears under its name only when it is complete.
#pragma once
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace halfway::detail {

/// Where a file of that name is to be written: through symbolic links, for a rename would replace the link. FileError
/// if something stands there that is not a file (a folder, a device) or if there is no such folder.
std::filesystem::path writable_target(std::string_view operation, const std::filesystem::path& file);

/// Written beside its place and renamed by commit(); gone without it. Keeps the permissions of a file that it replaces.
/// Throws FileError in the name of `operation`.
class ReplacedFile {
 public:
  ReplacedFile(std::string_view operation, const std::filesystem::path& file);
  ~ReplacedFile();
  ReplacedFile(const ReplacedFile&) = delete;
  ReplacedFile& operator=(const ReplacedFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  void commit();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail(int error) const;

  std::string operation_;
  std::filesystem::path target_, beside_;
  std::unique_ptr<std::FILE, Close> stream_;
};

}  // namespace halfway::detail
