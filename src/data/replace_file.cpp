#include "data/replace_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "halfway/errors.hpp"

namespace halfway::detail {

namespace fs = std::filesystem;

fs::path writable_target(std::string_view operation, const fs::path& file) {
  const auto refuse = [&](const std::string& what) {
    throw FileError(operation, "'" + file.string() + "' " + what + "; name another file");
  };
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status)) refuse("is not a file and cannot be replaced by one");
    const fs::path target = fs::canonical(file, error);
    return error ? file : target;
  }
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) refuse("stands in a folder that does not exist");
  if (!file.has_filename()) refuse("names no file");
  return file;
}

ReplacedFile::ReplacedFile(std::string_view operation, const fs::path& file)
    : operation_(operation), target_(writable_target(operation, file)) {
  static std::atomic<int> count{0};
  beside_ = target_;
  beside_ += "." + std::to_string(getpid()) + "-" + std::to_string(count++) + ".tmp";
  stream_.reset(std::fopen(beside_.c_str(), "wbx"));
  if (!stream_) {
    const int error = errno;
    beside_.clear();  // not ours to remove
    fail(error);
  }
  // Whoever could not read the old file shall not read the new one.
  std::error_code ignored;
  const fs::file_status old = fs::status(target_, ignored);
  if (fs::exists(old)) fs::permissions(beside_, old.permissions(), ignored);
}

ReplacedFile::~ReplacedFile() {
  std::error_code ignored;
  if (!beside_.empty()) fs::remove(beside_, ignored);
}

void ReplacedFile::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // whose address may be none, which fwrite must not get
  if (std::fwrite(bytes.data(), 1, bytes.size(), stream_.get()) != bytes.size()) fail(errno);
}

void ReplacedFile::commit() {
  // On the disk before it has the name: else a crash could leave an empty file in place of the old one.
  if (std::fflush(stream_.get()) != 0 || fsync(fileno(stream_.get())) != 0) fail(errno);
  if (std::fclose(stream_.release()) != 0) fail(errno);
  std::error_code error;
  fs::rename(beside_, target_, error);
  if (error) fail(error.value());
  beside_.clear();
}

void ReplacedFile::fail(int error) const {
  throw FileError(operation_, "'" + target_.string() + "' cannot be written (" +
                                  std::generic_category().message(error) +
                                  "); it is as it was: make room or choose another folder");
}

}  // namespace halfway::detail
