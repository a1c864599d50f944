// Codes of a few bits as a stream of bits.
#include <string>

#include "halfway/errors.hpp"
#include "halfway/formats/block_format.hpp"

namespace halfway {

namespace {

void require_width(const char* operation, int bits) {
  if (bits < 1 || bits > 8)
    throw ValueError(operation, "received codes of " + std::to_string(bits) + " bits; they have 1 to 8");
}

}  // namespace

std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, int bits) {
  require_width("pack_codes", bits);
  std::vector<std::uint8_t> packed;
  packed.reserve((codes.size() * static_cast<std::size_t>(bits) + 7) / 8);
  std::uint32_t waiting = 0;
  int count = 0;  // bits that wait
  for (const std::uint8_t code : codes) {
    if (code >> bits != 0)
      throw ValueError("pack_codes", "received the code " + std::to_string(code) + ", which has more than " +
                                         std::to_string(bits) + " bits; clear the others");
    waiting |= std::uint32_t{code} << count;
    for (count += bits; count >= 8; count -= 8, waiting >>= 8) packed.push_back(static_cast<std::uint8_t>(waiting));
  }
  if (count > 0) packed.push_back(static_cast<std::uint8_t>(waiting));
  return packed;
}

std::vector<std::uint8_t> unpack_codes(std::span<const std::uint8_t> packed, int bits, std::int64_t count) {
  require_width("unpack_codes", bits);
  const auto size = static_cast<std::int64_t>(packed.size());
  if (count < 0 || count > 8 * size / bits || (count * bits + 7) / 8 != size)
    throw ShapeError("unpack_codes", "received " + std::to_string(size) + " bytes for " + std::to_string(count) +
                                         " codes of " + std::to_string(bits) +
                                         " bits; pass the bytes that pack_codes makes of as many");
  std::vector<std::uint8_t> codes(static_cast<std::size_t>(count));
  std::uint32_t waiting = 0;
  int waiting_bits = 0;
  std::size_t next = 0;
  for (std::uint8_t& code : codes) {
    if (waiting_bits < bits) {
      waiting |= std::uint32_t{packed[next++]} << waiting_bits;
      waiting_bits += 8;
    }
    code = static_cast<std::uint8_t>(waiting & ((1u << bits) - 1));
    waiting >>= bits;
    waiting_bits -= bits;
  }
  return codes;
}

}  // namespace halfway
