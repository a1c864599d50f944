#include "emu/block_operand.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>

#include "formats/parallel.hpp"

namespace halfway::emu::detail {
namespace {

float number_of(const Unpacked& x) {
  if (x.kind == Kind::nan) return std::numeric_limits<float>::quiet_NaN();
  const double magnitude = x.kind == Kind::infinity ? std::numeric_limits<double>::infinity()
                                                    : std::ldexp(static_cast<double>(x.significand), x.exponent);
  return static_cast<float>(x.negative ? -magnitude : magnitude);
}

/// What codes mean, and where they stand: `lines` rows (columns) of `terms` elements, each with `blocks` scales.
class Reader {
 public:
  Reader(const DotModel& model, const BlockArray& x)
      : x(x),
        along_rows(x.axis == 1),
        terms(x.shape[static_cast<std::size_t>(x.axis)]),
        lines(x.shape[static_cast<std::size_t>(1 - x.axis)]),
        blocks(divide_up(terms, x.format.size)) {
    halfway::detail::in_ieee_environment([&] {
      for (Code code = 0; code < 256; ++code) {
        elements[code] = number_of(read_operand(model, x.format.element, code));
        const Unpacked scale = read_scale(x.format.scale, code);
        scales[code] = number_of(scale);
        exponents[code] = scale.kind == Kind::nan ? 0 : scale.exponent + x.format.scale.fraction_bits();
      }
    });
  }
  std::uint8_t code(std::int64_t line, std::int64_t k) const {
    return x.codes[static_cast<std::size_t>(along_rows ? line * terms + k : k * lines + line)];
  }
  std::uint8_t scale_code(std::int64_t line, std::int64_t block) const {
    return x.scales[static_cast<std::size_t>(along_rows ? line * blocks + block : block * lines + line)];
  }
  bool only_zeros(std::int64_t line, std::int64_t block) const {
    const std::int64_t end = std::min((block + 1) * x.format.size, terms);
    for (std::int64_t k = block * x.format.size; k < end; ++k)
      if (elements[code(line, k)] != 0) return false;
    return true;
  }
  MatrixIn matrix(const float* numbers, std::int64_t steps) const {
    if (along_rows) return {numbers, DType::float32, lines, steps, steps, 1};
    return {numbers, DType::float32, steps, lines, lines, 1};
  }

  const BlockArray& x;
  bool along_rows;
  std::int64_t terms, lines, blocks;
  std::array<float, 256> elements, scales;
  std::array<int, 256> exponents;
};

/// The scales' exponents [block][line]; or false.
bool read_exponents(const Reader& reader, std::int16_t* exponents, ScaleExponents& found) {
  const FloatFormat& f = reader.x.format.element;
  // Any element times a scale between these is a normal number.
  const int least_safe = binary32.emin() - f.emin() + f.fraction_bits(), most_safe = binary32.emax() - f.emax();
  std::atomic<bool> all_safe = true;
  std::atomic<int> least = most_safe, most = least_safe;
  const auto lower = [](std::atomic<int>& x, int value, auto before) {
    for (int now = x; before(value, now) && !x.compare_exchange_weak(now, value);) continue;
  };
  halfway::detail::parallel_for(
      reader.blocks, 1, reader.blocks * reader.lines, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
        int own_least = most_safe, own_most = least_safe;
        for (std::int64_t block = begin; block < end; ++block)
          for (std::int64_t line = 0; line < reader.lines; ++line) {
            int exponent = reader.exponents[reader.scale_code(line, block)];
            if (exponent < least_safe || exponent > most_safe) {
              if (!reader.only_zeros(line, block)) all_safe = false;
              exponent = 0;  // whatever: zeros have no exponent
            } else {
              own_least = std::min(own_least, exponent), own_most = std::max(own_most, exponent);
            }
            exponents[block * reader.lines + line] = static_cast<std::int16_t>(exponent);
          }
        lower(least, own_least, std::less()), lower(most, own_most, std::greater());
      });
  found.least = least, found.most = std::max<int>(most, least);
  return all_safe;
}

}  // namespace

Unpacked read_scale(const FloatFormat& format, Code code) {
  Unpacked x = halfway::detail::unpack(Codes(format), code);
  x.negative = false;
  if (x.kind == Kind::infinity) x = {Kind::nan, false, 0, 0};
  return x;
}

std::optional<ScaledNumbers> scaled_numbers(const DotModel& model, const BlockArray& x, Workspace& memory) {
  if (x.format.scale.precision != 1) return std::nullopt;
  const Reader reader(model, x);
  const std::int64_t elements = reader.terms * reader.lines, scales = reader.blocks * reader.lines;
  constexpr std::int64_t spare = 64;  // read beyond the end, as whole vectors
  auto* const numbers =
      reinterpret_cast<float*>(memory.reserve(elements * static_cast<std::int64_t>(sizeof(float)) +
                                              (scales + spare) * static_cast<std::int64_t>(sizeof(std::int16_t))));
  auto* const exponents = reinterpret_cast<std::int16_t*>(numbers + elements);
  std::fill_n(exponents + scales, spare, std::int16_t{0});
  ScaledNumbers result{reader.matrix(numbers, reader.terms),
                       {x.format.element, x.format.size, reader.lines, exponents, 0, 0}};
  if (!read_exponents(reader, exponents, result.scales)) return std::nullopt;
  const std::int64_t rows = x.shape[0], width = x.shape[1];
  halfway::detail::parallel_for(rows, 1, elements, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::uint8_t* const codes = x.codes.data() + row * width;
      float* const to = numbers + row * width;
      if (reader.along_rows) {
        for (std::int64_t block = 0; block < reader.blocks; ++block) {
          const float scale = reader.scales[reader.scale_code(row, block)];
          const std::int64_t last = std::min((block + 1) * x.format.size, width);
          for (std::int64_t i = block * x.format.size; i < last; ++i) to[i] = reader.elements[codes[i]] * scale;
        }
      } else {
        const std::uint8_t* const scale_codes = x.scales.data() + row / x.format.size * width;
        for (std::int64_t i = 0; i < width; ++i) to[i] = reader.elements[codes[i]] * reader.scales[scale_codes[i]];
      }
    }
  });
  return result;
}

MatrixIn grouped_numbers(const DotModel& model, const BlockArray& x, Workspace& memory) {
  const Reader reader(model, x);
  const std::int64_t group = model.group, groups = divide_up(reader.terms, model.block) * (model.block / group);
  const std::int64_t group_steps = group + kStepsOfScale, steps = groups * group_steps;
  auto* const numbers = reinterpret_cast<float*>(
      memory.reserve(std::max<std::int64_t>(steps * reader.lines, 1) * static_cast<std::int64_t>(sizeof(float))));
  // Groups of one line, or of all lines at once: along rows lines lie apart, otherwise steps do.
  const std::int64_t line_stride = reader.along_rows ? steps : 1, step_stride = reader.along_rows ? 1 : reader.lines;
  const auto fill = [&](std::int64_t g, std::int64_t first, std::int64_t last) {
    float* const to = numbers + g * group_steps * step_stride;
    const std::int64_t used = std::clamp<std::int64_t>(reader.terms - g * group, 0, group);
    const auto at = [&](std::int64_t line, std::int64_t k) -> float& {
      return to[line * line_stride + k * step_stride];
    };
    for (std::int64_t k = 0; k < group; ++k)
      for (std::int64_t line = first; line < last; ++line)
        at(line, k) = k < used ? reader.elements[reader.code(line, g * group + k)] : 0;
    for (std::int64_t line = first; line < last; ++line) {
      const std::uint8_t code = used > 0 ? reader.scale_code(line, g * group / x.format.size) : 0;
      const float scale = used > 0 ? reader.scales[code] : 0;
      at(line, group) = scale;
      at(line, group + 1) = scale == 0 ? kNoExponent : static_cast<float>(reader.exponents[code]);
      std::uint32_t filled = 0;
      for (std::int64_t k = 0; k < used; ++k) filled |= std::uint32_t{at(line, k) != 0} << k;
      at(line, group + 2) = static_cast<float>(filled);
    }
  };
  const std::int64_t outer = reader.along_rows ? reader.lines : groups;
  halfway::detail::parallel_for(outer, 1, steps * reader.lines, Subnormals::keep,
                                [&](std::int64_t begin, std::int64_t end) {
                                  for (std::int64_t i = begin; i < end; ++i) {
                                    if (!reader.along_rows) fill(i, 0, reader.lines);
                                    for (std::int64_t g = 0; reader.along_rows && g < groups; ++g) fill(g, i, i + 1);
                                  }
                                });
  return reader.matrix(numbers, steps);
}

}  // namespace halfway::emu::detail
