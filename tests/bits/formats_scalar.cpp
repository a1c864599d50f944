// basic_float as a type: what it is, what it converts to and from, comparisons, classification, limits.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <unordered_set>

#include "formats_oracle.hpp"
#include "halfway/formats/dtype.hpp"
#include "halfway/formats/literals.hpp"
#include "halfway/formats/rounding.hpp"

using namespace halfway;

static_assert(sizeof(float16) == 2 && sizeof(bfloat16) == 2 && sizeof(float8_e4m3fn) == 1 && sizeof(float8_e5m2) == 1);
static_assert(std::is_trivially_copyable_v<float16> && std::is_standard_layout_v<float16>);
static_assert(std::bit_cast<std::uint16_t>(float16(1.0)) == 0x3C00 && float16() == float16(0));
static_assert(std::is_same_v<decltype(float16(1) + 1.0f), float> &&
              std::is_same_v<decltype(1.0 * bfloat16(1)), double>);
static_assert(std::is_same_v<decltype(float16(1) * float16(1)), float16>);
static_assert(bfloat16(1.00390625).bits() == 0x3F80 && bfloat16(1.01171875).bits() == 0x3F82);  // ties
static_assert(std::is_convertible_v<float16, float> && !std::is_convertible_v<float, float16>);
static_assert(!std::is_convertible_v<bfloat16, float16> && std::is_constructible_v<float16, bfloat16>);
static_assert(!std::is_convertible_v<int, float16> && std::is_constructible_v<float16, int>);
static_assert(fma(3_f16, 4_f16, 5_f16) == 17_f16 && sqrt(2_f16).bits() == 0x3DA8 && -1_bf16 < 1_bf16);
static_assert((1_f16 / 0_f16).bits() == 0x7C00 && (0_f16 / 0_f16).bits() == 0x7E00 &&
              (0_bf16 / 0_bf16).bits() == 0x7FC0);
static_assert(256_f16 * 256_f16 == std::numeric_limits<float16>::infinity() && (1e-5_f16 * 1e-5_f16).bits() == 0);

namespace {

/// Each code of a 16- or 8-bit type.
template <class T, class Use>
void for_all(Use use) {
  for (std::uint32_t code = 0; code < (1u << T::format.bits()); ++code)
    use(T::from_bits(static_cast<typename T::storage_type>(code)), code);
}

template <class T>
void check_widening_and_classes() {
  const oracle::Format format(T::format);
  int wrong = 0;
  for_all<T>([&](T x, std::uint32_t code) {
    const std::uint32_t magnitude = code & ~format.sign();
    const bool nan = format.is_nan(code), infinite = format.is_infinity(code), finite = !nan && !infinite;
    const float as_float = x;
    const double as_double = static_cast<double>(x);
    if (nan) {
      wrong += std::bit_cast<std::uint32_t>(as_float) != 0x7FC00000;
      wrong += std::bit_cast<std::uint64_t>(as_double) != 0x7FF8000000000000;
    } else {
      const double value = infinite ? (format.negative(code) ? -INFINITY : INFINITY) : format.value(code);
      wrong += as_double != value || static_cast<double>(as_float) != value;
      wrong += std::signbit(as_float) != format.negative(code);
    }
    const bool normal = finite && magnitude >= (1u << (T::format.precision - 1));
    wrong += isnan(x) != nan || isinf(x) != infinite || isfinite(x) != finite || isnormal(x) != normal;
    wrong += fpclassify(x) != (nan              ? FP_NAN
                               : infinite       ? FP_INFINITE
                               : normal         ? FP_NORMAL
                               : magnitude == 0 ? FP_ZERO
                                                : FP_SUBNORMAL);
    wrong += signbit(x) != format.negative(code) || abs(x).bits() != magnitude || (-x).bits() != (code ^ format.sign());
    wrong += copysign(x, T(-1)).bits() != (magnitude | format.sign()) || copysign(x, T(1)).bits() != magnitude;
    wrong += static_cast<bool>(x) != (magnitude != 0);
  });
  CHECK(wrong == 0);
}

template <class T>
void check_comparisons() {
  int wrong = 0;
  const auto codes = oracle::interesting_codes(T::format, 60);
  const std::hash<T> hash;
  for (const auto i : codes)
    for (const auto j : codes) {
      const T a = T::from_bits(static_cast<typename T::storage_type>(i));
      const T b = T::from_bits(static_cast<typename T::storage_type>(j));
      const auto x = static_cast<double>(a), y = static_cast<double>(b);
      wrong += (a == b) != (x == y) || (a != b) != (x != y) || (a < b) != (x < y) || (a <= b) != (x <= y);
      wrong += (a > b) != (x > y) || (a >= b) != (x >= y) || (a <=> b) != (x <=> y);
      wrong += a == b && hash(a) != hash(b);
    }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("widening is exact and classification is the format's, for every code") {
  check_widening_and_classes<float16>();
  check_widening_and_classes<bfloat16>();
  check_widening_and_classes<float8_e4m3fn>();
  check_widening_and_classes<float8_e5m2>();
}

TEST_CASE("comparisons are those of the values: NaN unordered, zeros equal") {
  check_comparisons<float16>();
  check_comparisons<bfloat16>();
  check_comparisons<float8_e4m3fn>();
  check_comparisons<float8_e5m2>();
  std::unordered_set<float16> zeros{0_f16, -0_f16};
  CHECK(zeros.size() == 1);
}

TEST_CASE("operators are the operations on codes, compound assignment too") {
  const auto codes = oracle::interesting_codes(binary16, 10);
  for (const auto i : codes)
    for (const auto j : codes) {
      const float16 a = float16::from_bits(static_cast<std::uint16_t>(i)),
                    b = float16::from_bits(static_cast<std::uint16_t>(j));
      float16 sum = a, difference = a, product = a, quotient = a;
      sum += b, difference -= b, product *= b, quotient /= b;
      const bool good = sum.bits() == detail::add<binary16>(i, j) && (a + b).bits() == sum.bits() &&
                        difference.bits() == detail::subtract<binary16>(i, j) && (a - b).bits() == difference.bits() &&
                        product.bits() == detail::multiply<binary16>(i, j) && (a * b).bits() == product.bits() &&
                        quotient.bits() == detail::divide<binary16>(i, j) && (a / b).bits() == quotient.bits();
      if (!good) {
        CAPTURE(i);
        CAPTURE(j);
        CHECK(good);
      }
    }
}

TEST_CASE("integers round once, however large") {
  CHECK(bfloat16(16'842'753).bits() == 0x4B81);  // through float it would be a tie, and 0x4B80
  CHECK(bfloat16((std::int64_t{1} << 62) + (std::int64_t{1} << 54)).bits() == 0x5E80);
  CHECK(bfloat16((std::int64_t{1} << 62) + (std::int64_t{1} << 54) + 1).bits() == 0x5E81);
  CHECK(bfloat16(std::numeric_limits<std::int64_t>::min()).bits() == 0xDF00);
  CHECK(bfloat16(std::numeric_limits<std::uint64_t>::max()).bits() == 0x5F80);
  CHECK(float16(65519).bits() == 0x7BFF);
  CHECK(float16(65520).bits() == 0x7C00);
  CHECK(float16(-65520).bits() == 0xFC00);
  CHECK(float16(true).bits() == 0x3C00);
  CHECK(float8_e4m3fn(464).bits() == 0x7E);
  CHECK(float8_e4m3fn(465).bits() == 0x7F);
  const oracle::Format format(binary16);
  int wrong = 0;
  for (int i = -70'000; i <= 70'000; ++i) wrong += float16(i).bits() != format.round(i, Rounding::ties_to_even);
  CHECK(wrong == 0);
}

TEST_CASE("long double rounds once") {
  constexpr long double tiny = 0x1p-60L;
  CHECK(float16(1 + 0x1p-11L).bits() == 0x3C00);
  CHECK(float16(1 + 0x1p-11L + tiny).bits() == 0x3C01);
  CHECK(float16(1 + 0x3p-11L - tiny).bits() == 0x3C01);
  CHECK(float16(-1 - 0x1p-11L - tiny).bits() == 0xBC01);
  CHECK(float16(std::numeric_limits<long double>::max()).bits() == 0x7C00);
  CHECK(float16(-std::numeric_limits<long double>::denorm_min()).bits() == 0x8000);
  CHECK(bfloat16(std::numeric_limits<long double>::quiet_NaN()).bits() == 0x7FC0);
  CHECK(bfloat16(-std::numeric_limits<long double>::infinity()).bits() == 0xFF80);
}

TEST_CASE("numeric_limits") {
  using H = std::numeric_limits<float16>;
  using B = std::numeric_limits<bfloat16>;
  CHECK((H::digits == 11 && H::digits10 == 3 && H::max_digits10 == 5));
  CHECK((H::min_exponent == -13 && H::min_exponent10 == -4 && H::max_exponent == 16 && H::max_exponent10 == 4));
  CHECK((B::digits == 8 && B::digits10 == 2 && B::max_digits10 == 4));
  CHECK((B::min_exponent == -125 && B::min_exponent10 == -37 && B::max_exponent == 128 && B::max_exponent10 == 38));
  CHECK((H::is_specialized && H::is_signed && !H::is_integer && !H::is_exact && H::is_iec559 && H::radix == 2));
  CHECK((H::has_infinity && H::has_quiet_NaN && H::has_signaling_NaN && H::has_denorm == std::denorm_present));
  CHECK((H::min().bits() == 0x0400 && H::max().bits() == 0x7BFF && H::lowest().bits() == 0xFBFF));
  CHECK((H::epsilon() == float16(0x1p-10) && H::round_error() == 0.5f && H::denorm_min() == float16(0x1p-24)));
  CHECK((H::infinity().bits() == 0x7C00 && H::quiet_NaN().bits() == 0x7E00 && isnan(H::signaling_NaN())));
  CHECK((B::min() == bfloat16(0x1p-126) && B::max().bits() == 0x7F7F && B::denorm_min() == bfloat16(0x1p-133)));
  CHECK((B::epsilon() == bfloat16(0x1p-7) && B::infinity().bits() == 0x7F80 && B::quiet_NaN().bits() == 0x7FC0));
  using E = std::numeric_limits<float8_e4m3fn>;
  CHECK((E::max() == 448.0f && !E::has_infinity && isnan(E::infinity()) && E::max_exponent10 == 2 && !E::is_iec559));
  CHECK((E::min() == float8_e4m3fn(0x1p-6) && E::denorm_min() == float8_e4m3fn(0x1p-9) && E::digits10 == 0));
  // The template over a format gives float's own limits.
  using F = std::numeric_limits<basic_float<binary32>>;
  using L = std::numeric_limits<float>;
  CHECK((F::digits10 == L::digits10 && F::max_digits10 == L::max_digits10 && F::min_exponent10 == L::min_exponent10));
  CHECK((F::max_exponent10 == L::max_exponent10 && F::min_exponent == L::min_exponent && F::epsilon() == L::epsilon()));
  CHECK((F::max() == L::max() && F::min() == L::min() && F::denorm_min() == L::denorm_min()));
}

TEST_CASE("dtypes: names, sizes, C++ types") {
  std::ostringstream out;
  out << DType::bfloat16 << ' ' << DType::bool_;
  CHECK(out.str() == "bfloat16 bool");
  for (std::size_t i = 0; i < detail::dtype_table.size(); ++i) {
    const auto t = static_cast<DType>(i);
    CHECK(find_dtype(name(t)) == t);
    CHECK(visit_dtype(t, [](auto x) { return dtype_of<decltype(x)>; }) == t);
    CHECK(visit_dtype(t, [](auto x) { return static_cast<int>(sizeof(x)); }) == size_of(t));
  }
  CHECK(find_dtype("half") == DType::float16);
  CHECK(
      !find_dtype("float"
                  "17"));
}
