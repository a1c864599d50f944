// Files of dot products that real matrix units have computed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "halfway/emu/dot_model.hpp"

namespace halfway::cli {

/// One dot product: codes of the operand format and of the output format.
struct SiliconResult {
  std::vector<std::uint64_t> a, b;
  std::uint64_t c, d;
};

/// A file's first line reads `# unit U inputs FORMAT output FORMAT K n c used|ignored measured_on CARD`; each further
/// line a[0..n) b[0..n) c d, every value as the bits of a float32, in hexadecimal.
struct SiliconFile {
  std::string unit, card;
  FloatFormat inputs, output;  ///< inputs of tf32 are float32 codes
  std::vector<SiliconResult> results;
};

/// Reads such a file, gzipped or not; c is rounded to the output format, +0 where it is ignored. Throws FileError.
SiliconFile read_silicon_file(const std::filesystem::path& path);

}  // namespace halfway::cli
