#include "emu/probe_box.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "emu/matrix_codes.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/errors.hpp"

namespace halfway::emu {
namespace detail {
namespace {

using halfway::detail::Context;

/// Row-major codes in a format's own storage.
class CodeMatrix {
 public:
  CodeMatrix(const FloatFormat& format, std::int64_t rows, std::int64_t cols)
      : bytes_(format.storage_bytes()),
        cols_(static_cast<std::size_t>(cols)),
        data_(static_cast<std::size_t>(rows * cols * bytes_) / sizeof(std::uint64_t) + 1) {}

  void set(std::size_t row, std::size_t col, Code code) { store_code(bytes_, data(), index(row, col), code); }
  Code get(std::size_t row, std::size_t col) { return load_code(bytes_, data(), index(row, col)); }
  void* data() { return data_.data(); }

 private:
  std::int64_t index(std::size_t row, std::size_t col) const { return static_cast<std::int64_t>(row * cols_ + col); }
  int bytes_;
  std::size_t cols_;
  std::vector<std::uint64_t> data_;  // aligned for every code
};

}  // namespace

ProbeBox::ProbeBox(const BlackBox& box) : box_(box) {
  if (!box.multiply || box.terms < 2 || box.rows < 1 || box.cols < 1)
    throw ValueError("probe", "the black box has " + std::to_string(box.terms) + " terms and results of " +
                                  std::to_string(box.rows) + "x" + std::to_string(box.cols) +
                                  (box.multiply ? "" : " and no function") +
                                  "; give it a function, 2 terms or more and sizes of 1 or more");
}

void ProbeBox::ask(std::span<DotProduct> products) {
  const auto at_a_time = static_cast<std::size_t>(std::min(box_.rows, box_.cols));
  for (std::size_t begin = 0; begin < products.size(); begin += at_a_time) {
    const std::span<DotProduct> part = products.subspan(begin, std::min(at_a_time, products.size() - begin));
    CodeMatrix a(box_.a, box_.rows, box_.terms), b(box_.b, box_.terms, box_.cols), c(box_.result, box_.rows, box_.cols),
        d(box_.result, box_.rows, box_.cols);
    for (std::size_t i = 0; i < part.size(); ++i) {
      for (std::size_t k = 0; k < part[i].a.size(); ++k) a.set(i, k, part[i].a[k]), b.set(k, i, part[i].b[k]);
      c.set(i, i, part[i].c);
    }
    box_.multiply(a.data(), b.data(), box_.takes_c ? c.data() : nullptr, d.data());
    for (std::size_t i = 0; i < part.size(); ++i) {
      part[i].d = d.get(i, i), part[i].element = i * static_cast<std::size_t>(box_.cols + 1);
      asked_.push_back(part[i]);
    }
  }
}

Code ProbeBox::ask(std::span<const Product> products, double c) {
  DotProduct dot{std::vector<Code>(terms(), 0), std::vector<Code>(terms(), 0), code(box_.result, c), 0};
  for (const Product& each : products)
    dot.a[each.place] = code(box_.a, each.a), dot.b[each.place] = code(box_.b, each.b);
  ask({&dot, 1});
  return asked_.back().d;
}

std::optional<ProbeBox::Product> ProbeBox::product(std::size_t place, int exponent, double significand,
                                                   bool subnormals) const {
  const auto lowest = [&](const FloatFormat& f) { return f.emin() - (subnormals ? f.fraction_bits() : 0); };
  const int high = static_cast<int>(std::floor(std::log2(std::fabs(significand))));  // of a significand such as 1.5
  const int b_exponent = std::clamp(exponent / 2, lowest(box_.b), box_.b.emax());
  const int a_exponent = std::clamp(exponent - b_exponent, lowest(box_.a), box_.a.emax() - high);
  const int rest = exponent - a_exponent;
  if (rest < lowest(box_.b) || rest > box_.b.emax()) return std::nullopt;
  const Product found{place, std::ldexp(significand, a_exponent), std::ldexp(1.0, rest)};
  if (number(box_.a, code(box_.a, found.a)) != found.a) return std::nullopt;
  return found;
}

Code ProbeBox::code(const FloatFormat& format, double value) {
  Context context;
  return halfway::detail::convert_code(Codes(format), halfway::detail::codes_of<binary64>,
                                       std::bit_cast<std::uint64_t>(value), context);
}

double ProbeBox::number(const FloatFormat& format, Code code) {
  Context context;
  return std::bit_cast<double>(
      halfway::detail::convert_code(halfway::detail::codes_of<binary64>, Codes(format), code, context));
}

}  // namespace detail

BlackBox black_box(const DotModel& model, const FloatFormat& operands, std::int64_t terms) {
  BlackBox box{.a = operands, .b = operands, .result = model.output(), .terms = terms};
  if (is_stochastic(model.rounding) || is_stochastic(model.addend_rounding)) box.rows = box.cols = 4;
  box.multiply = [model, box](const void* a, const void* b, const void* c, void* d) {
    const auto line = [&](const FloatFormat& format, const void* data, std::int64_t first, std::int64_t step) {
      std::vector<std::uint64_t> codes;
      for (std::int64_t k = 0; k < box.terms; ++k)
        codes.push_back(detail::load_code(format.storage_bytes(), data, first + k * step));
      return codes;
    };
    const int bytes = box.result.storage_bytes();
    for (std::int64_t i = 0; i < box.rows; ++i)
      for (std::int64_t j = 0; j < box.cols; ++j) {
        const auto row = line(box.a, a, i * box.terms, 1), col = line(box.b, b, j, box.cols);
        const std::int64_t at = i * box.cols + j;
        const std::uint64_t sum =
            dot_product(model, box.a, row, box.b, col, detail::load_code(bytes, c, at), static_cast<std::uint64_t>(at));
        detail::store_code(bytes, d, at, sum);
      }
  };
  return box;
}

}  // namespace halfway::emu
