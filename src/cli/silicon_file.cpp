#include "cli/silicon_file.hpp"

#include <zlib.h>

#include <charconv>
#include <memory>
#include <sstream>

#include "halfway/errors.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::cli {
namespace {

/// The lines of a file; zlib reads plain ones too.
class Lines {
 public:
  explicit Lines(const std::filesystem::path& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    std::error_code ignored;
    if (!file_ || !std::filesystem::is_regular_file(path, ignored))
      fail("a file that cannot be opened", "name another");
  }
  bool next(std::string& line) {
    line.clear();
    char piece[1024];
    while (gzgets(file_.get(), piece, sizeof piece) != nullptr) {
      line += piece;
      if (line.back() == '\n') break;
    }
    int status = Z_OK;
    gzerror(file_.get(), &status);
    if (status != Z_OK && status != Z_STREAM_END) fail("damaged or truncated data", "get the file anew");
    ++number_;
    return !line.empty();
  }
  [[noreturn]] void fail(const std::string& found, const std::string& advice) const {
    const std::string where = number_ == 0 ? "" : ", line " + std::to_string(number_);
    throw FileError("silicon_check", "'" + path_.string() + "'" + where + ": found " + found + "; " + advice);
  }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, Close> file_;
  int number_ = 0;
};

/// The word that follows `key` in the first line.
std::string value_of(const std::string& line, const std::string& key, const Lines& lines) {
  std::istringstream words(line);
  for (std::string word; words >> word;)
    if (word == key && words >> word) return word;
  lines.fail("a first line without '" + key + "'", "expected '# unit U inputs FORMAT output FORMAT K n c used'");
}

FloatFormat format_of(const std::string& line, const std::string& key, const Lines& lines) {
  const std::string text = value_of(line, key, lines);
  const std::optional<FloatFormat> format = find_format(text);
  if (!format) lines.fail("the unknown format " + text, "use a name that `halfway formats` lists");
  return *format;
}

/// A float32's code in a format that it is a number of; a NaN keeps the bits that the format has for it.
std::uint64_t narrow(const FloatFormat& to, std::uint64_t code, bool& exact) {
  const detail::Codes from(binary32), f(to);
  if (to.specials == Specials::ieee && from.is_nan(code)) {
    const int dropped = from.fraction_bits - f.fraction_bits;
    return f.with_sign((code & from.sign) != 0, f.infinity | (code & from.fraction) >> dropped);
  }
  detail::Context context;
  const std::uint64_t result = detail::convert_code(f, from, code, context);
  exact = context.events == 0;
  return result;
}

}  // namespace

SiliconFile read_silicon_file(const std::filesystem::path& path) {
  Lines lines(path);
  std::string line;
  if (!lines.next(line) || line[0] != '#') lines.fail("no first line that begins with '#'", "name another file");
  SiliconFile file{.unit = value_of(line, "unit", lines),
                   .card = value_of(line, "measured_on", lines),
                   .inputs = format_of(line, "inputs", lines),
                   .output = format_of(line, "output", lines),
                   .results = {}};
  const std::string count = value_of(line, "K", lines);
  std::size_t terms = 0;
  if (std::from_chars(count.data(), count.data() + count.size(), terms).ec != std::errc() || terms == 0 ||
      terms > 1 << 20)
    lines.fail("K = " + count, "expected a number of terms");
  const bool has_c = value_of(line, "c", lines) == "used";

  while (lines.next(line)) {
    std::istringstream words(line);
    std::vector<std::uint64_t> codes;
    words >> std::hex;
    for (std::uint32_t code; words >> code;) codes.push_back(code);
    if (codes.size() != 2 * terms + 2 || !words.eof())
      lines.fail(std::to_string(codes.size()) + " numbers", "expected " + std::to_string(2 * terms + 2));
    SiliconResult result{};
    bool exact = true;
    for (std::size_t i = 0; i < 2 * terms; ++i) {
      narrow(file.inputs, codes[i], exact);
      if (!exact) lines.fail("an operand that is no " + std::string(name(file.inputs)), "correct the first line");
      const bool keeps = file.inputs == tensor_float;
      (i < terms ? result.a : result.b).push_back(keeps ? codes[i] : narrow(file.inputs, codes[i], exact));
    }
    result.c = has_c ? narrow(file.output, codes[2 * terms], exact) : 0;
    result.d = narrow(file.output, codes[2 * terms + 1], exact);
    if (!exact) lines.fail("a result that is no " + std::string(name(file.output)), "correct the first line");
    file.results.push_back(std::move(result));
  }
  if (file.results.empty()) lines.fail("no results after the first line", "name another file");
  if (file.inputs == tensor_float) file.inputs = binary32;
  return file;
}

}  // namespace halfway::cli
