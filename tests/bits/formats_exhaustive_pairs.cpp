// + − × ÷ and the comparisons of float16 and of bfloat16 over all 2^32 pairs, and fma, on every target, against float64
// arithmetic: the exact result, or one rounded to odd, brought to 16 bits by adding and subtracting a large number.
//
// A float64 quotient rounded to nearest has 53 ≥ 2·11 + 2 bits, so rounding it again is innocuous (Figueroa 1995).
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <iostream>
#include <vector>

#include "formats/parallel.hpp"
#include "formats_convert.hpp"
#include "formats_oracle.hpp"
#include "halfway/formats/bulk.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats_exhaustive_pairs.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#ifndef HALFWAY_PAIRS_ROW
#define HALFWAY_PAIRS_ROW
/// One number beside all numbers of its format, as float64, and the codes that a bulk operation gave.
struct Row {
  halfway::Operation operation;
  halfway::FloatFormat format;
  double a;
  const double* b;
  const double* c;  ///< of fma
  const std::uint16_t* codes;
};
inline constexpr std::size_t row_size = 65536;
#endif

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// x + y rounded to odd: TwoSum, then the last bit.
template <class D, class V>
HWY_INLINE V SumToOdd(D d, V x, V y) {
  const hn::RebindToUnsigned<D> du;
  const V s = hn::Add(x, y), part = hn::Sub(s, x);
  const V error = hn::Add(hn::Sub(x, hn::Sub(s, part)), hn::Sub(y, part));
  const auto bits = hn::BitCast(du, s);
  // Towards the error where that is away from zero: setting the bit; else the number before, if this one is even.
  const auto inward = hn::Ne(hn::BitCast(du, hn::And(hn::Xor(s, error), hn::Set(d, -0.0))), hn::Zero(du));
  const auto one = hn::Set(du, 1);
  const auto even = hn::Eq(hn::And(bits, one), hn::Zero(du));
  const auto moved = hn::IfThenElse(inward, hn::Sub(bits, one), hn::Or(bits, one));
  const auto inexact =
      hn::And(hn::BitCast(du, hn::VecFromMask(d, hn::Ne(error, hn::Zero(d)))), hn::VecFromMask(du, even));
  // Of an infinite or NaN sum the error is NaN: they stay.
  const auto finite = hn::BitCast(du, hn::VecFromMask(d, hn::Lt(hn::Abs(s), hn::Set(d, HUGE_VAL))));
  return hn::BitCast(d, hn::IfThenElse(hn::MaskFromVec(hn::And(inexact, finite)), moved, bits));
}

/// To the codes of an IEEE format, to nearest even, in 64-bit lanes.
class Rounder {
 public:
  explicit Rounder(const FloatFormat& f)
      : fraction_bits_(f.fraction_bits()),
        min_normal_(std::ldexp(1.0, f.emin())),
        infinity_(std::ldexp(1.0, f.emax() + 1)),
        last_place_(std::ldexp(1.5, 53 - f.precision)),
        per_subnormal_(std::ldexp(1.0, f.fraction_bits() - f.emin())),
        bias_(static_cast<std::uint64_t>(1023 - f.bias) << f.fraction_bits()),
        nan_(f == binary16 ? 0x7E00 : 0x7FC0) {}

  template <class D, class V>
  HWY_INLINE auto operator()(D d, V x) const {
    const hn::RebindToUnsigned<D> du;
    const auto sign = hn::ShiftRight<63>(hn::BitCast(du, x));
    // What is beyond any number of the format is as good as twice its infinity.
    const V magnitude = hn::Min(hn::Abs(x), hn::Set(d, 2 * infinity_));
    const V power = hn::BitCast(d, hn::And(hn::BitCast(du, magnitude), hn::Set(du, std::uint64_t{0x7FF} << 52)));
    const V large = hn::Mul(hn::Max(power, hn::Set(d, min_normal_)), hn::Set(d, last_place_));
    const V rounded = hn::Min(hn::Sub(hn::Add(magnitude, large), large), hn::Set(d, infinity_));
    // Its bits moved in place, with the other bias; a subnormal number counts the smallest one.
    const auto normal = hn::Sub(hn::ShiftRightSame(hn::BitCast(du, rounded), 52 - fraction_bits_), hn::Set(du, bias_));
    const V count = hn::Add(hn::Mul(rounded, hn::Set(d, per_subnormal_)), hn::Set(d, 0x1p52));
    const auto subnormal = hn::And(hn::BitCast(du, count), hn::Set(du, 0xFFFF));
    const auto is_normal = hn::RebindMask(du, hn::Ge(rounded, hn::Set(d, min_normal_)));
    const auto code = hn::Or(hn::IfThenElse(is_normal, normal, subnormal), hn::ShiftLeft<15>(sign));
    return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(x)), hn::Set(du, nan_), code);
  }

 private:
  int fraction_bits_;
  double min_normal_, infinity_, last_place_, per_subnormal_;
  std::uint64_t bias_, nan_;
};

/// How many of the codes are wrong.
std::int64_t WrongCodes(const Row& row) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<std::uint32_t, decltype(d)> d32;
  const hn::Rebind<std::uint16_t, decltype(d)> d16;
  const auto a = hn::Set(d, row.a);
  const Rounder codes_of(row.format);
  std::int64_t wrong = 0;
  for (std::size_t i = 0; i < row_size; i += hn::Lanes(d)) {
    const auto b = hn::LoadU(d, row.b + i);
    auto exact = a;
    switch (row.operation) {
      case Operation::add: exact = SumToOdd(d, a, b); break;
      case Operation::subtract: exact = SumToOdd(d, a, hn::Neg(b)); break;
      case Operation::multiply: exact = hn::Mul(a, b); break;
      case Operation::fma: exact = SumToOdd(d, hn::Mul(a, b), hn::LoadU(d, row.c + i)); break;  // the product is exact
      default: exact = hn::Div(a, b);
    }
    const auto actual = hn::PromoteTo(du, hn::PromoteTo(d32, hn::LoadU(d16, row.codes + i)));
    wrong += static_cast<std::int64_t>(hn::CountTrue(du, hn::Ne(codes_of(d, exact), actual)));
  }
  return wrong;
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(WrongCodes);

namespace {

/// All pairs of one operation: the best target against float64, the others against the best.
template <class T>
void check_pairs(Operation operation) {
  constexpr std::size_t rows = 32, size = rows * row_size;
  const oracle::Format format(T::format);
  std::vector<T> x(size), y(size), best(size), other(size);
  std::vector<double> values(row_size);
  for (std::size_t i = 0; i < size; ++i) y[i] = T::from_bits(static_cast<std::uint16_t>(i % row_size));
  for (std::uint32_t code = 0; code < row_size; ++code) values[code] = format.any_value(code);
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  std::int64_t wrong = 0, unequal = 0;
  const auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> others{};
  for (std::uint32_t first = 0; first < row_size; first += rows) {
    for (std::size_t i = 0; i < size; ++i) x[i] = T::from_bits(static_cast<std::uint16_t>(first + i / row_size));
    execution::use_target(targets.front());
    const std::array operands{array_of(x), array_of(y)};
    evaluate(operation, operands, result_array(best));
    std::array<std::int64_t, rows> wrong_in{};
    const auto check = HWY_DYNAMIC_DISPATCH(WrongCodes);
    detail::parallel_for(rows, 1, size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
      for (auto row = static_cast<std::size_t>(begin); row < static_cast<std::size_t>(end); ++row)
        wrong_in[row] = check({operation, T::format, values[first + row], values.data(), nullptr,
                               reinterpret_cast<const std::uint16_t*>(best.data() + row * row_size)});
    });
    for (const std::int64_t each : wrong_in) wrong += each;
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 1; i < targets.size(); ++i) {
      execution::use_target(targets[i]);
      evaluate(operation, operands, result_array(other));
      unequal += !same_bits(best, other);
    }
    others += std::chrono::steady_clock::now() - now;
  }
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - start;
  std::cout << name_of<T::format> << " " << name(operation) << ": all pairs in " << (all - others).count() << " s on "
            << targets.front() << ", " << others.count() << " s on the others\n";
  CHECK(wrong == 0);
  CHECK(unequal == 0);
}

/// All pairs of each comparison, on every target.
template <class T>
void check_comparisons() {
  constexpr std::size_t rows = 32, size = rows * row_size;
  const oracle::Format format(T::format);
  std::vector<T> x(size), y(size);
  std::vector<double> values(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto code = static_cast<std::uint16_t>(i % row_size);
    y[i] = T::from_bits(code);
    values[i] = format.any_value(code);
  }
  std::vector<std::uint8_t> expected(size), actual(size);
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  std::int64_t unequal = 0;
  for (std::uint32_t first = 0; first < row_size; first += rows) {
    for (std::size_t i = 0; i < size; ++i) x[i] = T::from_bits(static_cast<std::uint16_t>(first + i / row_size));
    const auto check = [&](Comparison comparison, auto compares) {
      for (std::size_t i = 0; i < size; ++i) expected[i] = compares(values[first + i / row_size], values[i]);
      for (const std::string& target : targets) {
        execution::use_target(target);
        compare(comparison, array_of(x), array_of(y), actual);
        unequal += !same_bits(expected, actual);
      }
    };
    check(Comparison::equal, [](double a, double b) { return a == b; });
    check(Comparison::not_equal, [](double a, double b) { return a != b; });
    check(Comparison::less, [](double a, double b) { return a < b; });
    check(Comparison::less_equal, [](double a, double b) { return a <= b; });
    check(Comparison::greater, [](double a, double b) { return a > b; });
    check(Comparison::greater_equal, [](double a, double b) { return a >= b; });
    check(Comparison::unordered, [](double a, double b) { return a != a || b != b; });
  }
  CHECK(unequal == 0);
}

/// 2^30 random triples: in every other row c is near −a·b, so that much cancels.
template <class T>
void check_fma() {
  constexpr std::int64_t rows = 1 << 14;
  const oracle::Format format(T::format);
  std::vector<double> values(row_size);
  for (std::uint32_t code = 0; code < row_size; ++code) values[code] = format.any_value(code);
  const ExecutionGuard guard;
  const auto targets = execution::targets();
  const auto check = HWY_DYNAMIC_DISPATCH(WrongCodes);
  std::int64_t all_wrong = 0;
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& target : targets) {
    execution::use_target(target);
    const std::int64_t count = target == targets.front() ? rows : rows / 64;
    std::vector<std::int64_t> wrong(static_cast<std::size_t>(count));
    detail::parallel_for(
        count, 1, count * std::int64_t{row_size}, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
          std::vector<T> x(row_size), y(row_size), z(row_size), result(row_size);
          std::vector<double> b(row_size), c(row_size);
          for (std::int64_t row = begin; row < end; ++row) {
            const auto a = static_cast<std::uint16_t>(philox(1, 0, static_cast<std::uint64_t>(row))[0]);
            std::fill(x.begin(), x.end(), T::from_bits(a));
            for (std::size_t i = 0; i < row_size; i += 4) {
              const auto words = philox<7>(2, static_cast<std::uint64_t>(row), i / 4);
              for (std::size_t k = 0; k < 4; ++k) {
                y[i + k] = T::from_bits(static_cast<std::uint16_t>(words[k]));
                z[i + k] = T::from_bits(static_cast<std::uint16_t>(words[k] >> 16));
              }
            }
            if (row % 2 != 0) {
              multiply(x, y, result);
              for (std::size_t i = 0; i < row_size; ++i)
                z[i] = T::from_bits(static_cast<std::uint16_t>((result[i].bits() ^ 0x8000) + z[i].bits() % 5 - 2));
            }
            for (std::size_t i = 0; i < row_size; ++i) b[i] = values[y[i].bits()], c[i] = values[z[i].bits()];
            const std::array operands{array_of(x), array_of(y), array_of(z)};
            evaluate(Operation::fma, operands, result_array(result));
            wrong[static_cast<std::size_t>(row)] = check({Operation::fma, T::format, values[a], b.data(), c.data(),
                                                          reinterpret_cast<const std::uint16_t*>(result.data())});
          }
        });
    for (const std::int64_t each : wrong) all_wrong += each;
  }
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::cout << name_of<T::format> << " fma: " << rows * std::int64_t{row_size} << " triples in " << time.count()
            << " s\n";
  CHECK(all_wrong == 0);
}

constexpr Operation operations[] = {Operation::add, Operation::subtract, Operation::multiply, Operation::divide};

}  // namespace

TEST_CASE("float16: all pairs") {
  for (const Operation operation : operations) check_pairs<float16>(operation);
  check_comparisons<float16>();
}
TEST_CASE("fma: 2^30 random triples of each") {
  check_fma<float16>();
  check_fma<bfloat16>();
}
TEST_CASE("bfloat16: all pairs") {
  for (const Operation operation : operations) check_pairs<bfloat16>(operation);
  check_comparisons<bfloat16>();
}

}  // namespace halfway
#endif  // HWY_ONCE
