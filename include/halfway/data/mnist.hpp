// The MNIST digits from their IDX files.
#pragma once
#include <filesystem>
#include <string>

#include "halfway/tensor/tensor.hpp"

namespace halfway {

/// Samples and what they are.
struct Split {
  Tensor x;  ///< float32 [n, 784]: images of 28 × 28, row after row, byte / 255 in float32; 0 is paper, 1 is ink
  Tensor y;  ///< uint8 [n]: the digit, 0 … 9
};

/// A set of digits in the shape of MNIST.
struct Mnist {
  Split train, test;
  std::string source;  ///< a sentence: what it is and where it came from
};

/// Reads {train,t10k}-{images-idx3,labels-idx1}-ubyte in `directory` or its folder mnist; each file gzipped (….gz) or
/// not, and `.idx3` for `-idx3` will do. The samples keep the files' order.
///
/// Throws FileError if a file is missing, truncated, damaged, mislabelled or foreign; it names the file and says what
/// was found and what was expected. Format: http://yann.lecun.com/exdb/mnist/ (IDX: big-endian extents, then bytes).
Mnist load_mnist(const std::filesystem::path& directory);

}  // namespace halfway
