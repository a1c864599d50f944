// libFuzzer's entry (clang): npy_fuzz [-max_total_time=60] [FOLDER]. The first byte chooses .npy or .npz.
#include <cstddef>
#include <cstdint>

#include "fuzz/npy_one_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view file(reinterpret_cast<const char*>(data) + 1, size - 1);
  static_cast<void>(data[0] % 2 == 0 ? one_npy(file) : one_npz(file));
  return 0;
}
