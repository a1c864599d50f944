// IDX: two zero bytes, the element type (8: unsigned byte), the number of dimensions, that many big-endian 32-bit
// extents, the elements in row-major order.
#include "data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <system_error>

#include "halfway/errors.hpp"

namespace halfway::detail {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 16;
constexpr std::uint8_t unsigned_byte = 8;

/// The bytes of a file, or those that it holds gzipped (RFC 1952: one member or several).
class Bytes {
 public:
  Bytes(const std::filesystem::path& file, std::string_view operation) : file_(file), operation_(operation) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) fail("something that is not a file", "a file");
    stream_.open(file, std::ios::binary);
    if (!stream_) fail("a file that cannot be opened", "one that may be read");
    refill();
    gzipped_ = inflater_.avail_in >= 2 && input_[0] == 0x1F && input_[1] == 0x8B;
    constexpr int gzip_window = 15 + 16;
    if (gzipped_ && inflateInit2(&inflater_, gzip_window) != Z_OK) fail("a gzip file, but zlib fails", "zlib to work");
  }
  ~Bytes() {
    if (gzipped_) inflateEnd(&inflater_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// Fills `out` as far as there are bytes; returns how many there were.
  std::size_t read(std::span<std::uint8_t> out) {
    inflater_.next_out = out.data();
    inflater_.avail_out = static_cast<uInt>(out.size());
    while (inflater_.avail_out > 0) {
      if (inflater_.avail_in == 0 && !refill()) {
        if (gzipped_ && !between_members_) fail("a gzip stream that breaks off", "its end (the file is truncated)");
        break;
      }
      if (gzipped_) {
        inflate_some();
      } else {
        copy_some();
      }
    }
    return out.size() - inflater_.avail_out;
  }

 private:
  bool refill() {
    stream_.read(reinterpret_cast<char*>(input_.data()), chunk);
    if (stream_.bad()) fail("a file that cannot be read to its end", "no error of the disk");
    inflater_.next_in = input_.data();
    inflater_.avail_in = static_cast<uInt>(stream_.gcount());
    return inflater_.avail_in > 0;
  }
  void copy_some() {
    const uInt count = std::min(inflater_.avail_in, inflater_.avail_out);
    std::copy_n(inflater_.next_in, count, inflater_.next_out);
    inflater_.next_in += count;
    inflater_.avail_in -= count;
    inflater_.next_out += count;
    inflater_.avail_out -= count;
  }
  void inflate_some() {
    between_members_ = false;
    const int status = inflate(&inflater_, Z_NO_FLUSH);
    if (status == Z_STREAM_END) {
      between_members_ = true;
      inflateReset(&inflater_);
    } else if (status != Z_OK) {
      const std::string why = inflater_.msg != nullptr ? inflater_.msg : "damaged data";
      fail("a damaged gzip stream (" + why + ")", "an intact one");
    }
  }
  [[noreturn]] void fail(const std::string& found, const std::string& expected) const {
    bad_file(operation_, file_, found, expected);
  }

  std::filesystem::path file_;
  std::string_view operation_;
  std::ifstream stream_;
  std::array<std::uint8_t, chunk> input_;
  z_stream inflater_{};  // of a plain file only its four counters are used
  bool gzipped_ = false, between_members_ = false;
};

std::string text_of(std::span<const std::uint32_t> extents) {
  std::string text;
  for (const std::uint32_t extent : extents) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "one byte" : text + " bytes";
}

}  // namespace

void bad_file(std::string_view operation, const std::filesystem::path& file, const std::string& found,
              const std::string& expected) {
  throw FileError(operation, "'" + file.string() + "': found " + found + "; expected " + expected +
                                 "; put the original file there (gzipped or not)");
}

std::vector<std::uint8_t> read_idx(const std::filesystem::path& file, const IdxContent& expected,
                                   std::string_view operation) {
  const std::string items(expected.name);
  const auto fail = [&](const std::string& found, const std::string& wanted) {
    bad_file(operation, file, found, wanted);
  };
  Bytes bytes(file, operation);

  const std::size_t dimensions = 1 + expected.extents.size();
  std::array<std::uint8_t, 4> magic{};
  const std::size_t magic_bytes = bytes.read(magic);
  if (magic_bytes < magic.size() || magic[0] != 0 || magic[1] != 0)
    fail("something that is not an IDX file", "an IDX file of " + items);
  if (magic[2] != unsigned_byte)
    fail("an IDX file of element type " + std::to_string(magic[2]), "type 8, unsigned bytes");
  if (magic[3] != dimensions) {
    fail("an IDX file of " + std::to_string(magic[3]) + " dimension(s)",
         std::to_string(dimensions) + ", as " + items + " have (is it the other file of the pair?)");
  }

  std::vector<std::uint32_t> extents(dimensions);
  for (std::uint32_t& extent : extents) {
    std::array<std::uint8_t, 4> word{};
    if (bytes.read(word) < word.size())
      fail("a file that breaks off in its header", "the whole file (it is truncated)");
    extent = std::uint32_t{word[0]} << 24 | std::uint32_t{word[1]} << 16 | std::uint32_t{word[2]} << 8 | word[3];
  }
  const std::span<const std::uint32_t> item = std::span(extents).subspan(1);
  if (!std::equal(item.begin(), item.end(), expected.extents.begin(), expected.extents.end()))
    fail(items + " of " + text_of(item), items + " of " + text_of(expected.extents));
  if (extents[0] == 0) fail("no " + items, "at least one");

  std::uint64_t size = extents[0];
  for (const std::uint32_t extent : item) size *= extent;  // < 2^32 · 784
  std::vector<std::uint8_t> values;
  while (values.size() < size) {
    const std::size_t begin = values.size();
    values.resize(static_cast<std::size_t>(std::min<std::uint64_t>(size, begin + 16 * chunk)));
    const std::size_t got = bytes.read(std::span(values).subspan(begin));
    if (begin + got < values.size()) {
      fail(std::to_string(begin + got) + " bytes of " + items, std::to_string(size) + ", for its header announces " +
                                                                   std::to_string(extents[0]) + " " + items +
                                                                   " (it is truncated)");
    }
  }
  std::array<std::uint8_t, 1> more{};
  if (bytes.read(more) > 0) {
    fail("more bytes after the " + std::to_string(extents[0]) + " " + items + " that its header announces",
         "the end of the file");
  }
  return values;
}

}  // namespace halfway::detail
