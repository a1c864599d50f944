// IDX files: good ones in every dress, and bad ones in every way that a download goes wrong.
#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "data/digits_draw.hpp"
#include "halfway/data/digits.hpp"
#include "halfway/errors.hpp"
#include "support/temporary_folder.hpp"

using namespace halfway;
namespace fs = std::filesystem;

namespace {

/// An environment variable, put back afterwards.
struct HalfwayData {
  std::optional<std::string> before;
  explicit HalfwayData(const std::optional<std::string>& value) {
    if (const char* old = std::getenv("HALFWAY_DATA")) before = old;
    set(value);
  }
  ~HalfwayData() { set(before); }
  static void set(const std::optional<std::string>& value) {
    value ? setenv("HALFWAY_DATA", value->c_str(), 1) : unsetenv("HALFWAY_DATA");
  }
};

std::string idx(std::vector<std::uint32_t> extents, const std::vector<std::uint8_t>& values) {
  std::string file{'\0', '\0', '\x08', static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents)
    for (int shift = 24; shift >= 0; shift -= 8) file += static_cast<char>(extent >> shift & 255);
  return file.append(values.begin(), values.end());
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

const detail::RawDigits& train_digits() {
  static const detail::RawDigits digits = detail::draw_digits(0, 0, 300);
  return digits;
}
const detail::RawDigits& test_digits() {
  static const detail::RawDigits digits = detail::draw_digits(0, 300, 20);
  return digits;
}
std::string images_of(const detail::RawDigits& digits) {
  return idx({static_cast<std::uint32_t>(digits.labels.size()), 28, 28}, digits.images);
}
std::string labels_of(const detail::RawDigits& digits) {
  return idx({static_cast<std::uint32_t>(digits.labels.size())}, digits.labels);
}

/// A good set of 300 and 20 images, plain, in `folder`.
void write_set(const fs::path& folder) {
  write(folder / "train-images-idx3-ubyte", images_of(train_digits()));
  write(folder / "train-labels-idx1-ubyte", labels_of(train_digits()));
  write(folder / "t10k-images-idx3-ubyte", images_of(test_digits()));
  write(folder / "t10k-labels-idx1-ubyte", labels_of(test_digits()));
}

void check_set(const Mnist& mnist) {
  CHECK(mnist.train.x.shape() == Shape{300, 784});
  CHECK(mnist.test.x.shape() == Shape{20, 784});
  CHECK(std::ranges::equal(mnist.train.y.span<std::uint8_t>(), train_digits().labels));
  CHECK(std::ranges::equal(mnist.test.y.span<std::uint8_t>(), test_digits().labels));
  const auto same = [](float x, std::uint8_t value) { return x == static_cast<float>(value) / 255.0f; };
  CHECK(std::ranges::equal(mnist.train.x.span<float>(), train_digits().images, same));
  CHECK(std::ranges::equal(mnist.test.x.span<float>(), test_digits().images, same));
}

/// What load_mnist says about a good set of which one file is replaced; the file's path reads as FILE.
std::string error_with(const std::string& name, const std::string& bytes) {
  const TemporaryFolder folder;
  write_set(folder.path);
  const fs::path file = folder.path / name;
  fs::remove(folder.path / fs::path(name).stem());  // of name.gz
  write(file, bytes);
  try {
    load_mnist(folder.path);
  } catch (const FileError& error) {
    std::string text = error.what();
    const std::size_t at = text.find(file.string());
    if (at != std::string::npos) text.replace(at, file.string().size(), "FILE");
    if (const std::size_t other = text.find(folder.path.string()); other != std::string::npos)
      text.replace(other, folder.path.string().size(), "FOLDER");
    return text;
  }
  return "no error";
}

std::string told(const std::string& found, const std::string& expected) {
  return "[load_mnist] 'FILE': found " + found + "; expected " + expected +
         "; put the original file there (gzipped or not)";
}

const std::string images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte";

}  // namespace

TEST_CASE("plain files") {
  const TemporaryFolder folder;
  write_set(folder.path);
  const Mnist mnist = load_mnist(folder.path);
  check_set(mnist);
  CHECK(mnist.source ==
        "MNIST (LeCun, Cortes and Burges) from '" + folder.path.string() + "': 300 training and 20 test images.");
}

TEST_CASE("gzipped files, dotted names, a folder called mnist") {
  const TemporaryFolder folder;
  const fs::path inner = folder.path / "mnist";
  fs::create_directory(inner);
  write(inner / "train-images-idx3-ubyte.gz", gzip(images_of(train_digits())));
  write(inner / "train-labels.idx1-ubyte.gz", gzip(labels_of(train_digits())));
  write(inner / "t10k-images.idx3-ubyte", images_of(test_digits()));
  // gzip knows files of several members.
  const std::string text = labels_of(test_digits());
  write(inner / "t10k-labels-idx1-ubyte.gz", gzip(text.substr(0, 11)) + gzip(text.substr(11)));
  check_set(load_mnist(folder.path));
  check_set(load_mnist(inner));
}

TEST_CASE("files that break off") {
  const std::string good = images_of(train_digits()), packed = gzip(good);
  CHECK(error_with(images, good.substr(0, 0)) == told("something that is not an IDX file", "an IDX file of images"));
  CHECK(error_with(images, good.substr(0, 9)) ==
        told("a file that breaks off in its header", "the whole file (it is truncated)"));
  CHECK(error_with(images, good.substr(0, good.size() - 1)) ==
        told("235199 bytes of images", "235200, for its header announces 300 images (it is truncated)"));
  CHECK(error_with(labels, labels_of(train_digits()).substr(0, 8)) ==
        told("0 bytes of labels", "300, for its header announces 300 labels (it is truncated)"));
  // Of a gzip stream, down to the last byte of the checksum and the length behind the content.
  for (const std::size_t missing : {packed.size() - 2, packed.size() - 20, packed.size() / 2, std::size_t{9},
                                    std::size_t{8}, std::size_t{4}, std::size_t{1}}) {
    CAPTURE(missing);
    CHECK(error_with(images + ".gz", packed.substr(0, packed.size() - missing)) ==
          told("a gzip stream that breaks off", "its end (the file is truncated)"));
  }
}

TEST_CASE("files with something behind") {
  const std::string good = images_of(train_digits()), packed = gzip(good);
  const std::string more = told("more bytes after the 300 images that its header announces", "the end of the file");
  CHECK(error_with(images, good + '\0') == more);
  CHECK(error_with(images + ".gz", gzip(good + '\0')) == more);
  CHECK(error_with(images + ".gz", packed + gzip("x")) == more);
  CHECK(error_with(images + ".gz", packed + "rubbish") ==
        told("a damaged gzip stream (incorrect header check)", "an intact one"));
}

TEST_CASE("damaged gzip streams") {
  const std::string packed = gzip(images_of(train_digits()));
  std::string checksum = packed, length = packed;
  checksum[packed.size() - 6] ^= 1;
  length[packed.size() - 1] ^= 1;
  CHECK(error_with(images + ".gz", checksum) == told("a damaged gzip stream (incorrect data check)", "an intact one"));
  CHECK(error_with(images + ".gz", length) == told("a damaged gzip stream (incorrect length check)", "an intact one"));
  // One bit of the content, anywhere, is found: by inflate or by the checksum.
  for (std::size_t at = 10; at < packed.size(); at += packed.size() / 23) {
    std::string flipped = packed;
    flipped[at] ^= 0x10;
    CAPTURE(at);
    CHECK(error_with(images + ".gz", flipped) != "no error");
  }
}

TEST_CASE("mislabelled and foreign files") {
  CHECK(error_with(images, labels_of(train_digits())) ==
        told("an IDX file of 1 dimension(s)", "3, as images have (is it the other file of the pair?)"));
  CHECK(error_with(labels, images_of(train_digits())) ==
        told("an IDX file of 3 dimension(s)", "1, as labels have (is it the other file of the pair?)"));
  CHECK(error_with(labels + ".gz", gzip(images_of(train_digits()))) ==
        told("an IDX file of 3 dimension(s)", "1, as labels have (is it the other file of the pair?)"));
  CHECK(error_with(images, "<!DOCTYPE html><html>404</html>") ==
        told("something that is not an IDX file", "an IDX file of images"));
  CHECK(error_with(images, gzip(gzip("x"))) == told("something that is not an IDX file", "an IDX file of images"));
  std::string floats = images_of(train_digits());
  floats[2] = '\x0D';
  CHECK(error_with(images, floats) == told("an IDX file of element type 13", "type 8, unsigned bytes"));
  CHECK(error_with(images, idx({2, 32, 32}, std::vector<std::uint8_t>(2048))) ==
        told("images of 32 x 32 bytes", "images of 28 x 28 bytes"));
  CHECK(error_with(images, idx({0, 28, 28}, {})) == told("no images", "at least one"));
  CHECK(error_with(images, idx({4294967295, 28, 28}, {1, 2, 3})) ==
        told("3 bytes of images", "3367254359280, for its header announces 4294967295 images (it is truncated)"));

  std::vector<std::uint8_t> wrong = train_digits().labels;
  wrong[123] = 10;
  CHECK(error_with(labels, idx({300}, wrong)) == told("label 10 at index 123", "digits from 0 to 9"));
  CHECK(error_with(labels, labels_of(test_digits())) ==
        told("20 labels", "300, one for each image of 'FOLDER/train-images-idx3-ubyte'"));
}

TEST_CASE("missing files") {
  const TemporaryFolder folder;
  const std::string here = folder.path.string();
  CHECK_THROWS_WITH_AS(
      load_mnist(folder.path / "none"),
      ("[load_mnist] '" + here + "/none' does not exist; name the folder that holds the four MNIST files").c_str(),
      FileError);
  CHECK_THROWS_WITH_AS(load_mnist(folder.path),
                       ("[load_mnist] found no MNIST files in '" + here + "' or '" + here +
                        "/mnist'; looked for train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte "
                        "and t10k-labels-idx1-ubyte ('.idx' for '-idx' will do), each with .gz or without")
                           .c_str(),
                       FileError);
  write_set(folder.path);
  CHECK_THROWS_WITH_AS(load_mnist(folder.path / images),
                       ("[load_mnist] '" + here +
                        "/train-images-idx3-ubyte' is not a folder; name the folder that holds "
                        "the four MNIST files")
                           .c_str(),
                       FileError);
  fs::remove(folder.path / "t10k-labels-idx1-ubyte");
  CHECK_THROWS_WITH_AS(load_mnist(folder.path),
                       ("[load_mnist] '" + here +
                        "' holds other MNIST files, but none of t10k-labels-idx1-ubyte, "
                        "t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte, t10k-labels.idx1-ubyte.gz; add one")
                           .c_str(),
                       FileError);
  fs::create_directory(folder.path / "t10k-labels-idx1-ubyte");
  CHECK_THROWS_WITH_AS(load_mnist(folder.path),
                       ("[load_mnist] '" + here +
                        "/t10k-labels-idx1-ubyte': found something that is not a file; expected "
                        "a file; put the original file there (gzipped or not)")
                           .c_str(),
                       FileError);
}

TEST_CASE("digits(): the path, else HALFWAY_DATA, never something else silently") {
  const TemporaryFolder good, empty;
  write_set(good.path);
  {
    const HalfwayData variable(empty.path.string());
    check_set(digits(good.path));  // the path goes first
    try {
      digits();
      FAIL("an empty folder in HALFWAY_DATA was accepted");
    } catch (const FileError& error) {
      CHECK(std::string(error.what()).starts_with("[digits, from HALFWAY_DATA] found no MNIST files in '"));
    }
  }
  {
    const HalfwayData variable(good.path.string());
    check_set(digits());
    CHECK_THROWS_AS(digits(empty.path), FileError);
    CHECK_THROWS_AS(digits(""), FileError);
  }
  for (const std::optional<std::string>& unset : {std::optional<std::string>(), std::optional<std::string>("")}) {
    const HalfwayData variable(unset);
    const Mnist generated = digits();
    CHECK(generated.source.starts_with("Generated digits"));
    CHECK(generated.train.x.shape() == Shape{60000, 784});
    CHECK(generated.test.x.shape() == Shape{10000, 784});
  }
}

TEST_CASE("the real files, where HALFWAY_DATA points") {
  const char* folder = std::getenv("HALFWAY_DATA");
  if (folder == nullptr || *folder == '\0') {
    MESSAGE("HALFWAY_DATA is not set: unchecked that the real MNIST files are read");
    return;
  }
  const Mnist mnist = load_mnist(folder);
  REQUIRE(mnist.train.x.shape() == Shape{60000, 784});
  REQUIRE(mnist.test.x.shape() == Shape{10000, 784});
  // Published facts: the first labels, the counts of zeros, and mean and deviation of the training pixels.
  const auto labels = mnist.train.y.span<std::uint8_t>();
  const std::vector<std::uint8_t> first(labels.begin(), labels.begin() + 10);
  CHECK(first == std::vector<std::uint8_t>{5, 0, 4, 1, 9, 2, 1, 3, 1, 4});
  CHECK(std::ranges::count(labels, 0) == 5923);
  CHECK(std::ranges::count(mnist.test.y.span<std::uint8_t>(), 0) == 980);
  double sum = 0, squares = 0;
  for (const float x : mnist.train.x.span<float>()) {
    sum += x;
    squares += static_cast<double>(x) * x;
  }
  const double n = 60000.0 * 784, mean = sum / n;
  CHECK(mean == doctest::Approx(0.1307).epsilon(0.0005));
  CHECK(squares / n - mean * mean == doctest::Approx(0.3081 * 0.3081).epsilon(0.0005));
}
