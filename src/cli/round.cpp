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

/// Calls `use` with the elements, which are booleans or integers.
template <class Use>
void visit_integers(const NpyArray& in, Use use) {
  const bool is_signed = in.type.kind == NpyKind::signed_integer;
  if (in.type.kind == NpyKind::boolean) return use(in.values<bool>());
  switch (in.type.size) {
    case 1: return is_signed ? use(in.values<std::int8_t>()) : use(in.values<std::uint8_t>());
    case 2: return is_signed ? use(in.values<std::int16_t>()) : use(in.values<std::uint16_t>());
    case 4: return is_signed ? use(in.values<std::int32_t>()) : use(in.values<std::uint32_t>());
    default: return is_signed ? use(in.values<std::int64_t>()) : use(in.values<std::uint64_t>());
  }
}

/// Integers as float64 numbers that round as they do: where they have more bits, to odd, which keeps what any rounding
/// to 24 bits wants to know. To float64 itself they are rounded under `how`, and what was inexact is counted.
std::vector<double> widened(const std::string& name, const NpyArray& in, const FloatFormat& format,
                            const Arithmetic& how, EventCounts& events) {
  const bool is_last = format == binary64;
  if (!is_last && in.type.size == 8 && is_stochastic(how.rounding) && format.precision + how.random_bits + 2 > 53)
    throw ValueError("halfway round", name + ": integers of 64 bits leave float64 no room for " +
                                          std::to_string(how.random_bits) + " random bits; use " +
                                          std::to_string(51 - format.precision) + " or fewer");
  std::vector<double> doubles;
  doubles.reserve(static_cast<std::size_t>(in.size()));
  visit_integers(in, [&](auto integers) {
    for (std::size_t i = 0; i < integers.size(); ++i) {
      const auto rounded = [&](Rounding rounding) { return round_to<double>(integers[i], rounding); };
      const std::uint32_t random = is_stochastic(how.rounding) ? random_bits_of(how, i) : 0;
      doubles.push_back(is_last ? round_to<double>(integers[i], how, random) : rounded(Rounding::to_odd));
      if (is_last) events.inexact += rounded(Rounding::toward_negative) != rounded(Rounding::toward_positive);
    }
  });
  return doubles;
}

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
  const auto round = [&](const ConstArray& from) {
    evaluate(Operation::convert, {&from, 1}, out, how, &result.events);
  };
  if (in.type.kind == NpyKind::floating || in.type.kind == NpyKind::raw) {
    const bool is_raw = in.type.kind == NpyKind::raw;
    const FloatFormat from = is_raw ? raw_format(name, in, input_format) : floating_format(in.type.size);
    if (is_raw) require_codes(name, in, from);
    round({in.data.data(), from, size});
    result.from = to_string(from);
  } else {
    round(array_of(widened(name, in, format, how, result.events)));
    result.from = integer_name(in.type);
  }
  return result;
}

}  // namespace halfway::cli
