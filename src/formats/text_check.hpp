#pragma once
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "halfway/errors.hpp"
#include "halfway/formats/detail/codes.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway::detail {

/// The codes of a format that is known only now; ValueError if there is no such format, or no such code in it.
inline Codes codes_for(std::string_view operation, const FloatFormat& format, std::uint64_t code = 0) {
  if (!is_supported(format))
    throw ValueError(operation, "received a format of " + std::to_string(format.exponent_bits) + " exponent bits, " +
                                    std::to_string(format.precision) + " bits of precision and bias " +
                                    std::to_string(format.bias) + ", which is_supported() refuses; take another");
  if (format.bits() < 64 && code >> format.bits() != 0) {
    std::array<char, 16> hex{};
    char* const end = std::to_chars(hex.data(), hex.data() + hex.size(), code, 16).ptr;
    throw ValueError(operation, "received the code 0x" + std::string(hex.data(), end) + ", but a " + to_string(format) +
                                    " has " + std::to_string(format.bits()) + " bits; clear the others");
  }
  return Codes(format);
}

}  // namespace halfway::detail
