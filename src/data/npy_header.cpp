#include "data/npy_header.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace halfway::detail {

namespace {

constexpr std::string_view save_again = "write the file again with numpy.save";
constexpr auto max_extent = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

/// A recursive descent over just that dictionary: nothing is evaluated.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::uint64_t begin, const FileErrors& errors)
      : text_(text), begin_(begin), errors_(errors) {}

  NpyHeader read() {
    expect('{', "'{', which begins a dictionary");
    while (!take('}')) {
      skip_blanks();
      const std::size_t key_place = place_;
      const std::string_view key = read_string("a key in quotes or '}'");
      expect(':', "':' after the key " + quoted(key));
      read_value(key, key_place);
      if (take('}')) break;
      expect(',', "',' or '}'");
    }
    skip_blanks();
    if (place_ < text_.size()) fail("the end of the header after '}'");
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (!seen_[i]) fail_at(place_, "no key " + quoted(keys[i]), "'descr', 'fortran_order' and 'shape'");
    return header_;
  }

 private:
  static constexpr std::array<std::string_view, 3> keys{"descr", "fortran_order", "shape"};

  void read_value(std::string_view key, std::size_t key_place) {
    const auto which = static_cast<std::size_t>(std::ranges::find(keys, key) - keys.begin());
    if (which == keys.size()) fail_at(key_place, "the key " + quoted(key), "'descr', 'fortran_order' or 'shape'");
    if (seen_[which]) fail_at(key_place, "the key " + quoted(key) + " twice", "it once");
    seen_[which] = true;
    skip_blanks();
    switch (which) {
      case 0: return read_descr();
      case 1: header_.fortran_order = read_boolean(); return;
      default: header_.shape = read_shape();
    }
  }

  void read_descr() {
    const std::size_t place = place_;
    if (peek() == '[')
      fail_at(place, "a structured array", "elements of one number each", "save its fields one by one");
    const std::string_view descr = read_string("an element type in quotes");
    const std::string found = "the element type " + quoted(descr);
    const char order = descr.empty() ? '\0' : descr[0];
    const std::string_view type = descr.substr(std::min<std::size_t>(1, descr.size()));
    struct Known {
      std::string_view name;
      NpyType type;
    };
    using enum NpyKind;
    static constexpr std::array<Known, 16> known{{{"b1", {boolean, 1}},
                                                  {"i1", {signed_integer, 1}},
                                                  {"i2", {signed_integer, 2}},
                                                  {"i4", {signed_integer, 4}},
                                                  {"i8", {signed_integer, 8}},
                                                  {"u1", {unsigned_integer, 1}},
                                                  {"u2", {unsigned_integer, 2}},
                                                  {"u4", {unsigned_integer, 4}},
                                                  {"u8", {unsigned_integer, 8}},
                                                  {"f2", {floating, 2}},
                                                  {"f4", {floating, 4}},
                                                  {"f8", {floating, 8}},
                                                  {"V1", {raw, 1}},
                                                  {"f1", {raw, 1}},  // ml_dtypes' float8_e5m2
                                                  {"V2", {raw, 2}},
                                                  {"V4", {raw, 4}}}};
    const auto* const row = std::ranges::find(known, type, &Known::name);
    if (row == known.end()) {
      fail_at(place, found, "b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8, V1, V2 or V4 after a byte order",
              "convert the array with numpy's astype or view, and save that");
    }
    header_.type = row->type;
    const bool orderless = row->type.size == 1 || row->type.kind == raw;
    if (order != '<' && order != '>' && !(order == '|' && orderless))
      fail_at(place, found, "the byte order '<' or '>'" + std::string(orderless ? " or '|'" : "") + " before the type");
    header_.big_endian = order == '>';
  }

  bool read_boolean() {
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(place_).starts_with(word)) {
        place_ += word.size();
        return value;
      }
    }
    fail("True or False");
  }

  std::vector<std::int64_t> read_shape() {
    std::vector<std::int64_t> shape;
    expect('(', "'(', which begins a tuple of extents");
    bool comma = true;
    while (!take(')')) {
      if (!comma) fail("',' or ')'");
      shape.push_back(read_extent());
      comma = take(',');
      if (!comma && shape.size() == 1) fail("',' after the only extent of a tuple");
    }
    return shape;
  }

  std::int64_t read_extent() {
    skip_blanks();
    const std::size_t place = place_;
    std::uint64_t extent = 0;
    for (; is_digit(peek()); ++place_) {
      const auto digit = static_cast<std::uint64_t>(peek() - '0');
      if (extent > (max_extent - digit) / 10) fail_at(place, "an extent of 2^63 or more", "a smaller one");
      extent = 10 * extent + digit;
    }
    if (place_ == place) fail("an extent in digits");
    if (text_[place] == '0' && place_ > place + 1) fail_at(place, "an extent that begins with 0", "digits without it");
    if (peek() == 'L') ++place_;  // a long of Python 2
    return static_cast<std::int64_t>(extent);
  }

  std::string_view read_string(const std::string& expected) {
    skip_blanks();
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail(expected);
    const std::size_t first = ++place_;
    while (peek() != quote) {
      if (place_ == text_.size() || peek() == '\\' || peek() == '\n') fail("the closing quote of a plain string");
      ++place_;
    }
    return text_.substr(first, place_++ - first);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char peek() const { return place_ < text_.size() ? text_[place_] : '\0'; }
  void skip_blanks() {
    while (place_ < text_.size() && std::string_view(" \t\r\n").find(text_[place_]) != std::string_view::npos) ++place_;
  }
  bool take(char c) {
    skip_blanks();
    if (place_ == text_.size() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  void expect(char c, const std::string& expected) {
    if (!take(c)) fail(expected);
  }

  [[noreturn]] void fail(const std::string& expected) const {
    std::string found = "the end of the header";
    if (place_ < text_.size()) {
      const char c = text_[place_];
      constexpr std::string_view hex = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(c);
      found = c >= ' ' && c <= '~' ? quoted({&c, 1}) : std::string("the byte 0x") + hex[code >> 4] + hex[code & 15];
    }
    fail_at(place_, found, expected);
  }
  [[noreturn]] void fail_at(std::size_t place, const std::string& found, const std::string& expected,
                            std::string_view advice = save_again) const {
    errors_.fail_at(begin_ + place, found, expected, advice);
  }

  std::string_view text_;
  std::uint64_t begin_;
  const FileErrors& errors_;
  std::size_t place_ = 0;
  std::array<bool, 3> seen_{};
  NpyHeader header_;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view dictionary, std::uint64_t begin, const FileErrors& errors) {
  return HeaderReader(dictionary, begin, errors).read();
}

std::string format_npy_header(const NpyView& array) {
  std::string shape = "(";
  for (const std::int64_t extent : array.shape) shape += std::to_string(extent) + ", ";
  if (array.shape.size() == 1) shape.pop_back();                                   // (3,)
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);                      // (3, 4)
  const bool orderless = array.type.size == 1 && array.type.kind != NpyKind::raw;  // ml_dtypes has "<V1"
  const std::string order = orderless ? "|" : std::endian::native == std::endian::little ? "<" : ">";
  std::string header = "{'descr': '" + order + to_string(array.type) +
                       "', 'fortran_order': " + (array.fortran_order ? "True" : "False") + ", 'shape': " + shape +
                       "), }";
  // NumPy leaves room for the extent along which an array may grow to become 21 digits long.
  if (!array.shape.empty()) {
    constexpr std::size_t growth_digits = 21;
    const std::int64_t growing = array.fortran_order ? array.shape.back() : array.shape.front();
    header.append(growth_digits - std::to_string(growing).size(), ' ');
  }
  // The data begin at a multiple of 64. (NumPy adds a whole 64 where nothing is missing.)
  const auto wrapped = [&](char version, std::size_t length_bytes) {
    std::string prefix = std::string(npy_magic) + version + '\0';
    const std::size_t length = header.size() + 1;
    const std::size_t padding = 64 - (prefix.size() + length_bytes + length) % 64;
    for (std::size_t i = 0; i < length_bytes; ++i) prefix += static_cast<char>((length + padding) >> 8 * i & 255);
    return prefix + header + std::string(padding, ' ') + '\n';
  };
  std::string text = wrapped('\1', 2);
  constexpr std::size_t version_1_limit = 10 + 65536;
  return text.size() < version_1_limit ? text : wrapped('\2', 4);
}

std::optional<std::uint64_t> array_bytes(std::span<const std::int64_t> shape, int element_size) {
  auto bytes = static_cast<std::uint64_t>(element_size);
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent == 0) {
      empty = true;
    } else if (bytes > max_extent / static_cast<std::uint64_t>(extent)) {
      return std::nullopt;
    } else {
      bytes *= static_cast<std::uint64_t>(extent);
    }
  }
  return empty ? 0 : bytes;
}

}  // namespace halfway::detail
