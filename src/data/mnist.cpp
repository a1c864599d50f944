#include "data/mnist.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "data/digits_raw.hpp"
#include "data/idx.hpp"
#include "halfway/errors.hpp"

namespace halfway {
namespace detail {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view parts[] = {"train-images", "train-labels", "t10k-images", "t10k-labels"};

std::string quoted(const fs::path& path) { return std::string("'").append(path.string()).append("'"); }

// A folder that may not be searched counts as one without the file.
bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// The names that a file goes by: train-images-idx3-ubyte, train-images.idx3-ubyte, each also with .gz.
std::vector<std::string> names_of(std::string_view part) {
  const std::string kind = part.ends_with("images") ? "idx3-ubyte" : "idx1-ubyte";
  std::vector<std::string> names;
  for (const char* joint : {"-", "."})
    for (const char* end : {"", ".gz"}) names.push_back(std::string(part) + joint + kind + end);
  return names;
}

/// The path of a part in a folder, or an empty path.
fs::path find(const fs::path& folder, std::string_view part) {
  for (const std::string& name : names_of(part))
    if (is_there(folder / name)) return folder / name;
  return {};
}

/// `directory` or `directory`/mnist, whichever holds any of the files.
fs::path find_folder(const fs::path& directory, std::string_view operation) {
  if (!is_folder(directory)) {
    throw FileError(operation, quoted(directory) + (is_there(directory) ? " is not a folder" : " does not exist") +
                                   "; name the folder that holds the four MNIST files");
  }
  for (const fs::path& folder : {directory, directory / "mnist"}) {
    const auto here = [&](std::string_view part) { return !find(folder, part).empty(); };
    if (std::any_of(std::begin(parts), std::end(parts), here)) return folder;
  }
  throw FileError(operation, "found no MNIST files in " + quoted(directory) + " or " + quoted(directory / "mnist") +
                                 "; looked for train-images-idx3-ubyte, train-labels-idx1-ubyte, "
                                 "t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte ('.idx' for '-idx' will do), each "
                                 "with .gz or without");
}

fs::path find_file(const fs::path& folder, std::string_view part, std::string_view operation) {
  fs::path file = find(folder, part);
  if (!file.empty()) return file;
  std::string looked_for;
  for (const std::string& name : names_of(part)) looked_for += (looked_for.empty() ? "" : ", ") + name;
  throw FileError(operation, quoted(folder) + " holds other MNIST files, but none of " + looked_for + "; add one");
}

Split read_split(const fs::path& folder, const std::string& stem, std::string_view operation) {
  const fs::path images = find_file(folder, stem + "-images", operation);
  const fs::path labels = find_file(folder, stem + "-labels", operation);
  RawDigits digits;
  digits.images = read_idx(images, {"images", {image_side, image_side}}, operation);
  digits.labels = read_idx(labels, {"labels", {}}, operation);
  const auto wrong = std::find_if(digits.labels.begin(), digits.labels.end(), [](std::uint8_t y) { return y > 9; });
  if (wrong != digits.labels.end()) {
    bad_file(operation, labels,
             "label " + std::to_string(*wrong) + " at index " + std::to_string(wrong - digits.labels.begin()),
             "digits from 0 to 9");
  }
  const std::size_t count = digits.images.size() / image_pixels;
  if (digits.labels.size() != count) {
    bad_file(operation, labels, std::to_string(digits.labels.size()) + " labels",
             std::to_string(count) + ", one for each image of " + quoted(images));
  }
  return make_split(digits);
}

}  // namespace

Mnist load_mnist(const fs::path& directory, std::string_view operation) {
  const fs::path folder = find_folder(directory, operation);
  Mnist mnist{read_split(folder, "train", operation), read_split(folder, "t10k", operation), {}};
  mnist.source = "MNIST (LeCun, Cortes and Burges) from " + quoted(folder) + ": " +
                 std::to_string(mnist.train.y.elements()) + " training and " + std::to_string(mnist.test.y.elements()) +
                 " test images.";
  return mnist;
}

}  // namespace detail

Mnist load_mnist(const std::filesystem::path& directory) { return detail::load_mnist(directory, "load_mnist"); }

}  // namespace halfway
