// The definition of a matrix product, in integers: codes in, codes out, one output after the other.
#include <vector>

#include "emu/dot_ref.hpp"
#include "emu/matmul_check.hpp"
#include "emu/matrix_codes.hpp"
#include "emu/split.hpp"
#include "halfway/emu/matmul.hpp"

namespace halfway::emu {
namespace {

using detail::Code;
using detail::Codes;
using detail::convert;
using detail::load_code;
using detail::store_code;
using detail::Unpacked;
using halfway::detail::Context;
using halfway::detail::convert_code;

/// The code, in the format that the unit reads, of an element rounded to the algorithm's precision type. Where the unit
/// flushes, what is subnormal as a float32 is a zero before it is rounded.
Code rounded(const DotModel& model, const MatrixIn& x, std::int64_t row, std::int64_t col, const FloatFormat& to) {
  const Code code = load_code(x, row, col);
  const FloatFormat from = float_format(x.dtype);
  if (from == to) return code;
  Context narrowing{.how = {.inputs = model.inputs}};
  return convert_code(Codes(to), Codes(binary32), convert(binary32, from, code), narrowing);
}

/// An operand as the unit reads it: its rows, for each component of a split one set. B is given transposed.
class Lines {
 public:
  Lines(const DotModel& model, const MatrixIn& x, const FloatFormat& precision, const DotAlgorithm& algorithm)
      : terms_(x.cols),
        read_as_(precision == tensor_float ? binary32 : precision),
        components_(static_cast<std::size_t>(detail::components_for(algorithm.num_primitive_operations))) {
    std::vector<Code> codes(components_.size());
    for (std::int64_t i = 0; i < x.rows; ++i)
      for (std::int64_t k = 0; k < terms_; ++k) {
        if (detail::is_split(algorithm)) {
          const Code single = convert(binary32, float_format(x.dtype), load_code(x, i, k));
          detail::split_ref(precision, algorithm.split, model.inputs, single, codes);
          if (read_as_ == bfloat)
            for (Code& code : codes) code >>= 16;
        } else {
          codes[0] = rounded(model, x, i, k, precision);
        }
        for (std::size_t part = 0; part < codes.size(); ++part)
          components_[part].push_back(detail::read_operand(model, read_as_, codes[part]));
      }
  }
  std::span<const Unpacked> line(int component, std::int64_t i) const {
    return std::span(components_[static_cast<std::size_t>(component)])
        .subspan(static_cast<std::size_t>(i * terms_), static_cast<std::size_t>(terms_));
  }
  int fraction_bits() const { return read_as_.fraction_bits(); }

 private:
  std::int64_t terms_;
  FloatFormat read_as_;
  std::vector<std::vector<Unpacked>> components_;
};

/// What a rounded sum in column j becomes: + bias, rounded; relu. Flushing as the model does.
Code finished(const DotModel& model, const MatmulExtras& extras, DType dtype, Code x, std::int64_t j) {
  const Codes f(float_format(dtype));
  if (extras.bias != nullptr) {
    const MatrixIn bias{extras.bias, dtype, 1, j + 1, j + 1, 1};
    // The sum is made in float32 (float64) and then rounded to D's dtype.
    const Codes wide(dtype == DType::float64 ? binary64 : binary32);
    Context how{.how = {.inputs = model.results, .results = model.results}};
    const auto widened = [&](Code code) {
      return halfway::detail::unpack(wide, convert(wide.format, f.format, code), how);
    };
    const Unpacked y = widened(load_code(bias, 0, j)), z = widened(x);
    const Code sum = dtype == DType::float64 ? halfway::detail::add<halfway::detail::u128>(wide, z, y, how)
                                             : halfway::detail::add<std::uint64_t>(wide, z, y, how);
    x = convert(f.format, wide.format, wide.is_nan(sum) ? wide.nan : sum);
  }
  const bool positive = (x & f.sign) == 0 && !f.is_zero(x);
  return extras.relu && !positive && !f.is_nan(x) ? 0 : x;
}

}  // namespace

void matmul_ref(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& preset,
                const DotModel& unit, const MatmulExtras& extras) {
  const DotAlgorithm algorithm = for_operands(preset, float_format(a.dtype), float_format(b.dtype));
  detail::check_matmul(a, b, d, algorithm, unit, extras);
  DotModel model = unit;
  if (algorithm == dot::f64_f64_f64) model.result = binary64;
  const Lines rows(model, a, algorithm.lhs_precision_type, algorithm);
  const Lines cols(model, b.transposed(), algorithm.rhs_precision_type, algorithm);
  const auto pairs = detail::primitive_operations(algorithm.num_primitive_operations);
  const int fraction_bits = rows.fraction_bits() + cols.fraction_bits();
  const FloatFormat from = model.output(), to = float_format(d.dtype);
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.cols; ++j) {
      std::optional<Code> c;
      if (extras.c) c = convert(from, float_format(extras.c->dtype), load_code(*extras.c, i, j));
      const auto product = [&](const detail::ComponentPair& pair, std::optional<Code> addend = {}) {
        return detail::dot_ref(model, {rows.line(pair.lhs, i), cols.line(pair.rhs, j), fraction_bits}, addend,
                               static_cast<std::uint64_t>(i * d.cols + j));
      };
      const Code sum = pairs.size() == 1 ? product(pairs[0], c) : detail::split_sum(model, pairs, c, product);
      store_code(d, i, j, finished(model, extras, d.dtype, convert(to, from, sum), j));
    }
}

}  // namespace halfway::emu
