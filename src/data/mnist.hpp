// Reading MNIST, on behalf of the public functions.
#pragma once
#include <filesystem>
#include <string_view>

#include "halfway/data/mnist.hpp"

namespace halfway::detail {

/// load_mnist, with the name of the operation that its errors begin with.
Mnist load_mnist(const std::filesystem::path& directory, std::string_view operation);

}  // namespace halfway::detail
