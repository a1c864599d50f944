// .npy: "\x93NUMPY", version, length of the header, header, elements.
#include "halfway/data/npy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <system_error>

#include "data/npy_read.hpp"
#include "data/replace_file.hpp"
#include "halfway/errors.hpp"

namespace halfway {

namespace detail {

namespace {

constexpr std::string_view copy_again = "copy the file again, or write it again with numpy.save";

class FileSource final : public ByteSource {
 public:
  FileSource(const std::filesystem::path& file, const FileErrors& errors) : errors_(errors) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
      errors.fail("nothing that is a file", "an .npy file", "check the path");
    size_ = std::filesystem::file_size(file, error);
    stream_.open(file, std::ios::binary);
    if (error || !stream_) errors.fail("a file that cannot be opened", "one that may be read", "check its permissions");
  }
  std::uint64_t size() const override { return size_; }
  void read(std::span<std::byte> out) override {
    stream_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    if (!stream_) errors_.fail("an error of the disk, or a file that shrinks", "to read to its end", copy_again);
  }

 private:
  const FileErrors& errors_;
  std::ifstream stream_;
  std::uint64_t size_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : size_(bytes.size()), rest_(bytes) {}
  std::uint64_t size() const override { return size_; }
  void read(std::span<std::byte> out) override {
    std::ranges::copy(rest_.first(out.size()), out.begin());
    rest_ = rest_.subspan(out.size());
  }

 private:
  std::uint64_t size_;
  std::span<const std::byte> rest_;
};

/// Reads a source piece by piece, each only after seeing that it is there.
class PieceReader {
 public:
  PieceReader(ByteSource& source, const FileErrors& errors) : source_(source), errors_(errors) {}
  std::uint64_t place() const { return place_; }
  std::uint64_t left() const { return source_.size() - place_; }

  std::string read(std::uint64_t bytes, const std::string& what) {
    if (left() < bytes)
      errors_.fail_at(source_.size(), "the end of the file", std::to_string(bytes) + " bytes of " + what, copy_again);
    std::string text(static_cast<std::size_t>(bytes), '\0');
    source_.read(std::as_writable_bytes(std::span(text)));
    place_ += bytes;
    return text;
  }

 private:
  ByteSource& source_;
  const FileErrors& errors_;
  std::uint64_t place_ = 0;
};

NpyHeader read_header(PieceReader& pieces, const FileErrors& errors) {
  if (pieces.read(npy_magic.size(), "magic") != npy_magic)
    errors.fail_at(0, "other bytes", R"("\x93NUMPY", with which .npy files begin)", "name an .npy file");
  const std::string version = pieces.read(2, "version");
  const int major = static_cast<unsigned char>(version[0]), minor = static_cast<unsigned char>(version[1]);
  if (major < 1 || major > 3 || minor != 0) {
    errors.fail_at(npy_magic.size(), "version " + std::to_string(major) + "." + std::to_string(minor),
                   "1.0, 2.0 or 3.0", "write the file again with numpy.save");
  }
  std::uint64_t length = 0;
  const std::string length_bytes = pieces.read(major == 1 ? 2 : 4, "header length");
  for (std::size_t i = 0; i < length_bytes.size(); ++i)
    length |= std::uint64_t{static_cast<unsigned char>(length_bytes[i])} << 8 * i;
  const std::uint64_t begin = pieces.place();
  return parse_npy_header(pieces.read(length, "header"), begin, errors);
}

void swap_bytes(std::vector<std::byte>& data, int size) {
  const auto step = static_cast<std::size_t>(size);
  for (std::size_t i = 0; i < data.size(); i += step) std::reverse(&data[i], &data[i] + step);
}

/// To read any other byte through a bool is undefined.
void require_booleans(std::span<const std::byte> data, std::uint64_t begin, const FileErrors& errors) {
  const auto wrong = std::ranges::find_if(data, [](std::byte byte) { return byte > std::byte{1}; });
  if (wrong == data.end()) return;
  errors.fail_at(begin + static_cast<std::uint64_t>(wrong - data.begin()),
                 "a boolean of " + std::to_string(std::to_integer<int>(*wrong)), "0 or 1", copy_again);
}

}  // namespace

void FileErrors::fail(const std::string& found, const std::string& expected, std::string_view advice) const {
  throw FileError(operation, ("'" + file + "': found " + found + "; expected " + expected + "; ").append(advice));
}

void FileErrors::fail_at(std::uint64_t byte, const std::string& found, const std::string& expected,
                         std::string_view advice) const {
  throw FileError(
      operation, ("'" + file + "', byte " + std::to_string(byte) + ": found " + found + "; expected " + expected + "; ")
                     .append(advice));
}

void wrong_npy_type(NpyType asked, NpyType held) {
  throw DTypeError("NpyArray::values", to_string(asked) + " was asked of an array of " + to_string(held) +
                                           "; read it as what it is, and convert");
}

NpyArray read_array(ByteSource& source, const FileErrors& errors) {
  PieceReader pieces(source, errors);
  NpyHeader header = read_header(pieces, errors);
  const auto bytes = array_bytes(header.shape, header.type.size);
  if (!bytes) errors.fail_at(npy_magic.size() + 2, "a shape of 2^63 bytes or more", "a smaller one", copy_again);
  if (*bytes != pieces.left()) {
    const bool short_of = pieces.left() < *bytes;
    errors.fail_at(short_of ? source.size() : pieces.place() + *bytes,
                   short_of ? "the end of the file after " + std::to_string(pieces.left()) + " bytes of elements"
                            : std::to_string(pieces.left() - *bytes) + " bytes behind the elements",
                   std::to_string(*bytes) + " bytes of elements, as the header says", copy_again);
  }
  NpyArray array{header.type, std::move(header.shape), header.fortran_order, {}};
  array.data.resize(static_cast<std::size_t>(*bytes));
  const std::uint64_t begin = pieces.place();
  source.read(array.data);
  if (array.type.kind == NpyKind::boolean) require_booleans(array.data, begin, errors);
  if (header.big_endian != (std::endian::native == std::endian::big)) swap_bytes(array.data, array.type.size);
  return array;
}

std::string checked_npy_header(std::string_view operation, const NpyView& array) {
  const bool negative = std::ranges::any_of(array.shape, [](std::int64_t extent) { return extent < 0; });
  const auto bytes = negative ? std::nullopt : array_bytes(array.shape, array.type.size);
  if (bytes != array.data.size()) {
    std::string shape;
    for (const std::int64_t extent : array.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
    throw ShapeError(operation, "an array of shape (" + shape + ") of " + to_string(array.type) + " came with " +
                                    std::to_string(array.data.size()) + " bytes, which do not fit; pass all elements");
  }
  return format_npy_header(array);
}

}  // namespace detail

std::string to_string(NpyType type) { return static_cast<char>(type.kind) + std::to_string(type.size); }

NpyArray read_npy(const std::filesystem::path& file) {
  const detail::FileErrors errors{"read_npy", file.string()};
  detail::FileSource source(file, errors);
  return detail::read_array(source, errors);
}

NpyArray read_npy(std::span<const std::byte> bytes, std::string_view name) {
  detail::MemorySource source(bytes);
  return detail::read_array(source, {"read_npy", std::string(name)});
}

void write_npy(const std::filesystem::path& file, const NpyView& array) {
  const std::string header = detail::checked_npy_header("write_npy", array);
  detail::ReplacedFile out("write_npy", file);
  out.write(header);
  out.write(array.data);
  out.commit();
}

}  // namespace halfway
