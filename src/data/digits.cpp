#include "halfway/data/digits.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "data/digits_draw.hpp"
#include "data/digits_raw.hpp"
#include "data/mnist.hpp"
#include "halfway/errors.hpp"
#include "tensor/tensor_impl.hpp"

namespace halfway {
namespace {

/// value / 255 for each byte, rounded by the compiler: whatever the floating-point environment is at run time.
constexpr std::array<float, 256> shades = [] {
  std::array<float, 256> table{};
  for (std::size_t value = 0; value < table.size(); ++value) table[value] = static_cast<float>(value) / 255.0f;
  return table;
}();

}  // namespace

Split detail::make_split(const RawDigits& digits) {
  const auto count = static_cast<std::int64_t>(digits.labels.size());
  NewTensor x(DType::float32, {count, image_pixels});
  std::transform(digits.images.begin(), digits.images.end(), static_cast<float*>(x.data()),
                 [](std::uint8_t value) { return shades[value]; });
  return {std::move(x).finish(), tensor(digits.labels, {count})};
}

Mnist generated_digits(std::uint64_t seed, std::int64_t train, std::int64_t test) {
  constexpr std::int64_t most = std::int64_t{1} << 31;
  if (train < 0 || test < 0 || train > most || test > most) {
    throw ValueError("generated_digits", "received " + std::to_string(train) + " training and " + std::to_string(test) +
                                             " test digits; each must be from 0 to 2^31");
  }
  // The two halves of the sequence, so that neither count changes the other's digits.
  return {detail::make_split(detail::draw_digits(seed, 0, train)),
          detail::make_split(detail::draw_digits(seed, most, test)),
          "Generated digits (drawn by the library, not MNIST), seed " + std::to_string(seed) + ": " +
              std::to_string(train) + " training and " + std::to_string(test) + " test images."};
}

Mnist digits(const std::optional<std::filesystem::path>& data) {
  if (data) return detail::load_mnist(*data, "digits");
  if (const char* folder = std::getenv("HALFWAY_DATA"); folder != nullptr && *folder != '\0')
    return detail::load_mnist(folder, "digits, from HALFWAY_DATA");
  return generated_digits();
}

}  // namespace halfway
