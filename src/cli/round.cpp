#include "cli/round.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "halfway/errors.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway::cli {

namespace {

/// How numbers of `format` stand in a NumPy file: the types of NumPy where there is one, else raw codes.
NpyType stored_type(const FloatFormat& format) {
  const bool is_numpy = format == binary16 || format == binary32 || format == binary64;
  return {is_numpy ? NpyKind::floating : NpyKind::raw, format.storage_bytes()};
}

NpyType result_type(const FloatFormat& format, Held held) {
  switch (held) {
    case Held::as_float32: return stored_type(binary32);
    case Held::as_float64: return stored_type(binary64);
    case Held::as_codes: break;
  }
  return stored_type(format);
}

FloatFormat floating_format(int size) { return size == 2 ? binary16 : size == 4 ? binary32 : binary64; }

FloatFormat raw_format(const std::string& name, const NpyArray& in, const std::optional<FloatFormat>& given) {
  const std::string held = name + " holds " + to_string(in.type) + ", raw codes";
  if (!given)
    throw DTypeError("halfway round", held + " of a format that the file does not name; name it with --input-format");
  if (given->storage_bytes() != in.type.size) {
    throw DTypeError("halfway round", held + ", and " + to_string(*given) + " has codes of " +
                                          std::to_string(given->storage_bytes()) +
                                          " byte(s); name the right format with --input-format");
  }
  return *given;
}

/// Every code must be one of the format: the 6 bits of float6_e2m3fn leave the upper 2 of a byte zero.
void require_codes(const std::string& name, const NpyArray& in, const FloatFormat& format) {
  const auto require = [&](auto codes) {
    const auto wrong = std::ranges::find_if(codes, [&](std::uint64_t code) { return code >> format.bits() != 0; });
    if (wrong == codes.end()) return;
    throw ValueError("halfway round",
                     fmt::format("{}: element {} is 0x{:X}, which is no code of {}; name the right format with "
                                 "--input-format",
                                 name, wrong - codes.begin(), *wrong, to_string(format)));
  };
  switch (in.type.size) {
    case 1: return require(in.values<std::uint8_t>());
    case 2: return require(in.values<std::uint16_t>());
    default: return require(in.values<std::uint32_t>());
  }
}

/// Booleans are the integers 0 and 1.
IntegerType integers_of(NpyType type) { return {8 * type.size, type.kind == NpyKind::signed_integer}; }

std::string integer_name(NpyType type) {
  if (type.kind == NpyKind::boolean) return "bool";
  return (type.kind == NpyKind::signed_integer ? "int" : "uint") + std::to_string(8 * type.size);
}

}  // namespace

Rounded round_array(const std::string& name, const NpyArray& in, const std::optional<FloatFormat>& input_format,
                    const FloatFormat& format, Held held, const Arithmetic& how) {
  const std::int64_t size = in.size();
  const NpyType type = result_type(format, held);
  Rounded result{{type, in.shape, in.fortran_order, {}}, "", {}};
  result.array.data.resize(static_cast<std::size_t>(size * type.size));
  const Array out{result.array.data.data(), format, size, 1, held};
  ConstArray operand{in.data.data(), binary64, size};
  if (in.type.kind == NpyKind::floating || in.type.kind == NpyKind::raw) {
    const bool is_raw = in.type.kind == NpyKind::raw;
    operand.format = is_raw ? raw_format(name, in, input_format) : floating_format(in.type.size);
    if (is_raw) require_codes(name, in, operand.format);
    result.from = to_string(operand.format);
  } else {
    operand.integers = integers_of(in.type);
    result.from = integer_name(in.type);
  }
  evaluate(Operation::convert, {&operand, 1}, out, how, &result.events);
  return result;
}

}  // namespace halfway::cli
