// Good NumPy files, damaged at random (always the same): each is read or refused with FileError, and nothing else
// happens. ./dev test sanitize runs it under sanitizers; tests/fuzz has the same entry for libFuzzer.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/npy_corpus.hpp"
#include "fuzz/npy_one_input.hpp"
#include "support/temporary_folder.hpp"

using namespace halfway;

namespace {

class Damage {
 public:
  explicit Damage(std::uint32_t seed) : random_(seed) {}

  std::string operator()(std::string file, const std::vector<std::string>& files) {
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(file.size() + 1), length = below(std::min<std::size_t>(file.size() - at + 1, 9));
      switch (below(7)) {
        case 0: file.resize(at); break;
        case 1: file.erase(at, length); break;
        case 2: file.insert(at, file.substr(at, length)); break;
        case 3: file.insert(at, 1, character()); break;
        case 4: file.replace(at, length, length, character()); break;
        case 5:
          if (at < file.size()) file[at] = static_cast<char>(file[at] ^ 1 << below(8));
          break;
        default: {  // a piece of another file
          const std::string& other = files[below(files.size())];
          file.replace(at, length, other.substr(std::min(at, other.size()), below(40)));
        }
      }
    }
    return file;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  // What a header is made of, more often than other bytes.
  char character() {
    static const std::string common = "{}()',: \n0123456789<>|biufVTFL\"[]-.\\\xff" + std::string(1, '\0');
    return below(4) != 0 ? common[below(common.size())] : static_cast<char>(below(256));
  }
  std::mt19937 random_;  // its numbers are the same everywhere
};

/// How many of `count` damaged files could be read all the same.
std::size_t readable(const std::vector<std::string>& files, std::size_t count, bool (*one_input)(std::string_view)) {
  Damage damage(1);
  std::size_t read = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string file = damage(files[i % files.size()], files);
    CAPTURE(i);
    bool fine = false;
    CHECK_NOTHROW(fine = one_input(file));
    read += fine;
  }
  return read;
}

}  // namespace

TEST_CASE("damaged .npy files") {
  const std::size_t count = 100'000, read = readable(corpus::npy_files(), count, &one_npy);
  // Both outcomes happen, or the damage would be too small or too great to show anything.
  CHECK(read > count / 50);
  CHECK(read < count / 2);
}

TEST_CASE("damaged .npz files") {
  const TemporaryFolder folder;
  std::vector<NpzMember> members;
  for (const std::string& file : corpus::npy_files())
    members.push_back({std::to_string(members.size()), read_npy(corpus::bytes(file), "")});
  std::vector<std::string> files;
  for (const NpzCompression compression : {NpzCompression::stored, NpzCompression::deflated}) {
    for (const std::size_t size : {std::size_t{1}, members.size()}) {
      const auto file = folder.path / "a.npz";
      write_npz(file, std::vector<NpzView>(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(size)),
                compression);
      std::ifstream stream(file, std::ios::binary);
      files.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
  }
  const std::size_t count = 10'000, read = readable(files, count, &one_npz);
  CHECK(read > count / 500);  // what no reader looks at: attributes, dates, comments
  CHECK(read < count / 2);
}
