// .npz: a ZIP archive of .npy files, through libzip.
#include <zip.h>

#include <memory>
#include <set>

#include "data/npy_read.hpp"
#include "data/replace_file.hpp"
#include "halfway/data/npy.hpp"
#include "halfway/errors.hpp"

namespace halfway {

namespace {

using detail::FileErrors;

constexpr std::string_view suffix = ".npy";
constexpr std::string_view copy_again = "copy the file again, or write it again with numpy.savez";

/// libzip's report of what went wrong.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

/// One member, unpacked as it is read.
class MemberSource final : public detail::ByteSource {
 public:
  MemberSource(zip_t* archive, zip_uint64_t index, std::uint64_t size, const FileErrors& errors)
      : member_(zip_fopen_index(archive, index, 0)), size_(size), errors_(errors) {
    if (!member_)
      errors.fail("a member that cannot be opened (" + std::string(zip_strerror(archive)) + ")", "one that can",
                  copy_again);
  }
  std::uint64_t size() const override { return size_; }
  void read(std::span<std::byte> out) override {
    while (!out.empty()) {
      const zip_int64_t got = zip_fread(member_.get(), out.data(), out.size());
      if (got <= 0) damaged(got == 0);
      out = out.subspan(static_cast<std::size_t>(got));
    }
  }
  /// Nothing may follow; libzip compares the checksum when it meets the end.
  void require_end() {
    std::byte more{};
    if (const zip_int64_t got = zip_fread(member_.get(), &more, 1); got != 0) damaged(got > 0);
  }

 private:
  [[noreturn]] void damaged(bool wrong_length) {
    const std::string why = wrong_length ? "not of the length that the archive says" : zip_file_strerror(member_.get());
    errors_.fail("damaged data (" + why + ")", "an intact archive", copy_again);
  }

  std::unique_ptr<zip_file_t, CloseMember> member_;
  std::uint64_t size_;
  const FileErrors& errors_;
};

/// What the archive says of a member, as far as it can be true: memory follows from it.
zip_stat_t checked_stat(zip_t* archive, zip_uint64_t index, const FileErrors& errors) {
  zip_stat_t stat;
  constexpr zip_uint64_t needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive, index, 0, &stat) != 0 || (stat.valid & needed) != needed)
    errors.fail("a member without size or method", "an intact archive", copy_again);
  if (stat.encryption_method != ZIP_EM_NONE) errors.fail("an encrypted member", "a plain one", "decrypt the archive");
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    errors.fail("compression method " + std::to_string(stat.comp_method), "0 (stored) or 8 (deflated)",
                "write the file again with numpy.savez_compressed");
  }
  // Deflate spends at least one bit on 129 bytes.
  constexpr zip_uint64_t max_ratio = 8 * 129;
  const bool possible =
      stat.comp_method == ZIP_CM_STORE ? stat.size == stat.comp_size : stat.size / max_ratio <= stat.comp_size;
  if (!possible) {
    errors.fail(std::to_string(stat.size) + " bytes packed into " + std::to_string(stat.comp_size),
                "sizes that are possible", copy_again);
  }
  return stat;
}

/// Takes `source` over. libzip's check of consistency refuses two members of one name too.
Archive open(zip_source_t* source, ZipError& error, const FileErrors& errors) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  const bool empty =
      source != nullptr && zip_source_stat(source, &stat) == 0 && stat.size == 0;  // an archive to libzip
  if (source != nullptr && !empty) {
    if (zip_t* const archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, error.get()))
      return Archive(archive);
  }
  if (source != nullptr) zip_source_free(source);
  errors.fail(empty ? "an empty file" : "no ZIP archive that can be read (" + error.text() + ")", "an .npz file",
              copy_again);
}

NpzFile read_members(zip_source_t* source, ZipError& error, const std::string& file) {
  const Archive archive = open(source, error, {"read_npz", file});
  NpzFile result;
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
  for (zip_uint64_t i = 0; i < count; ++i) {
    const char* const whole = zip_get_name(archive.get(), i, 0);
    const std::string_view name = whole == nullptr ? "" : whole;
    const FileErrors member_errors{"read_npz", file + "', member '" + std::string(name)};
    if (!name.ends_with(suffix)) member_errors.fail("another file", "members that end in .npy", "take it out");
    const zip_stat_t stat = checked_stat(archive.get(), i, member_errors);
    if (stat.comp_method == ZIP_CM_DEFLATE) result.compression = NpzCompression::deflated;
    MemberSource member(archive.get(), i, stat.size, member_errors);
    NpyArray array = detail::read_array(member, member_errors);
    member.require_end();
    result.members.push_back({std::string(name.substr(0, name.size() - suffix.size())), std::move(array)});
  }
  return result;
}

}  // namespace

NpzFile read_npz(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))
    FileErrors{"read_npz", file.string()}.fail("nothing that is a file", "an .npz file", "check the path");
  ZipError error;
  return read_members(zip_source_file_create(file.c_str(), 0, -1, error.get()), error, file.string());
}

NpzFile read_npz(std::span<const std::byte> bytes, std::string_view name) {
  ZipError error;
  return read_members(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()), error, std::string(name));
}

void write_npz(const std::filesystem::path& file, std::span<const NpzView> members, NpzCompression compression) {
  constexpr std::string_view operation = "write_npz";
  if (members.empty()) throw ValueError(operation, "no member came, and there is no archive of none; pass one or more");
  const std::filesystem::path target = detail::writable_target(operation, file);
  const auto fail = [&](const std::string& why) {
    throw FileError(operation, "'" + file.string() + "' cannot be written (" + why +
                                   "); it is as it was: make room or choose another folder");
  };
  // What libzip reads while it closes the archive: headers here, elements where they are.
  std::vector<std::string> headers(members.size());
  std::vector<std::array<zip_buffer_fragment_t, 2>> pieces(members.size());
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!names.insert(members[i].name).second)
      throw ValueError(operation, "two members are named '" + std::string(members[i].name) + "'; rename one of them");
    headers[i] = detail::checked_npy_header(operation, members[i].array);
    // libzip only reads them, whatever its pointers say.
    const auto piece = [](std::span<const std::byte> bytes) {
      auto* const data = reinterpret_cast<zip_uint8_t*>(const_cast<std::byte*>(bytes.data()));
      return zip_buffer_fragment_t{data, bytes.size()};
    };
    pieces[i] = {piece(std::as_bytes(std::span(headers[i]))), piece(members[i].array.data)};
  }

  int code = 0;
  Archive archive(zip_open(target.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) {
    ZipError error;
    zip_error_init_with_code(error.get(), code);
    fail(error.text());
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    ZipError error;
    zip_source_t* const source = zip_source_buffer_fragment_create(pieces[i].data(), 2, 0, error.get());
    if (source == nullptr) fail(error.text());
    const std::string name = std::string(members[i].name) + std::string(suffix);
    const zip_int64_t index = zip_file_add(archive.get(), name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      fail(zip_strerror(archive.get()));
    }
    const auto entry = static_cast<zip_uint64_t>(index);
    const zip_int32_t method = compression == NpzCompression::stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    constexpr zip_uint16_t midnight = 0, first_of_1980 = 1 << 5 | 1;
    if (zip_set_file_compression(archive.get(), entry, method, 0) != 0 ||
        zip_file_set_dostime(archive.get(), entry, midnight, first_of_1980, 0) != 0)
      fail(zip_strerror(archive.get()));
  }
  // libzip writes beside the place and renames. An archive that it did not close is still ours to discard.
  if (zip_close(archive.get()) != 0) fail(zip_strerror(archive.get()));
  static_cast<void>(archive.release());
}

}  // namespace halfway
