// basic_float as a type: what it is, what it converts to and from, comparisons, classification, limits.
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <unordered_set>

#include "formats_cases.hpp"
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

/// A format's types by name, and custom ones of every kind of specials.
template <class Check>
void for_all_types(Check check) {
  check(float16());
  check(bfloat16());
  check(float8_e3m4());
  check(float8_e4m3());
  check(float8_e4m3fn());
  check(float8_e4m3fnuz());
  check(float8_e4m3b11fnuz());
  check(float8_e5m2());
  check(float8_e5m2fnuz());
  check(float8_e8m0fnu());
  check(float6_e2m3fn());
  check(float6_e3m2fn());
  check(float4_e2m1fn());
  check(basic_float<FloatFormat{4, 4, 8, Specials::p3109}>());
  check(basic_float<FloatFormat{4, 5, 16, Specials::p3109, false}>());
  check(basic_float<FloatFormat{4, 5, 15, Specials::nan_all_ones, false}>());
  check(basic_float<FloatFormat{3, 3, 3, Specials::none, false}>());
  check(basic_float<FloatFormat{1, 5, 15, Specials::p3109}>());
}

template <class T>
void check_widening_and_classes(T) {
  const oracle::Format format(T::format);
  int wrong = 0;
  for_all<T>([&](T x, std::uint32_t code) {
    const bool nan = format.is_nan(code), infinite = format.is_infinity(code), finite = !nan && !infinite;
    const float as_float = x;
    const double as_double = static_cast<double>(x), value = format.any_value(code);
    if (nan) {
      wrong += std::bit_cast<std::uint32_t>(as_float) != 0x7FC00000;
      wrong += std::bit_cast<std::uint64_t>(as_double) != 0x7FF8000000000000;
    } else {
      wrong += as_double != value || static_cast<double>(as_float) != value;
      wrong += std::signbit(as_float) != format.negative(code);
    }
    const bool normal = finite && std::fabs(value) >= format.min_normal(), zero = finite && value == 0;
    wrong += isnan(x) != nan || isinf(x) != infinite || isfinite(x) != finite || isnormal(x) != normal;
    wrong += fpclassify(x) != (nan        ? FP_NAN
                               : infinite ? FP_INFINITE
                               : normal   ? FP_NORMAL
                               : zero     ? FP_ZERO
                                          : FP_SUBNORMAL);
    wrong += static_cast<bool>(x) == zero;
    // The sign of a zero or a NaN is there to be turned where the code with the other sign means the same.
    const std::uint32_t turned = code ^ format.sign(), magnitude = code & ~format.sign();
    const bool has_sign = format.sign() != 0 && (nan ? format.is_nan(turned) : !format.is_nan(turned));
    const std::uint32_t minus = has_sign ? turned : format.sign() == 0 && !zero ? format.nan() : code;
    wrong += signbit(x) != format.negative(code) || (-x).bits() != minus;
    wrong += abs(x).bits() != (has_sign ? magnitude : code);
    if (format.sign() != 0) wrong += copysign(x, T(-1)).bits() != (has_sign ? magnitude | format.sign() : code);
    wrong += copysign(x, T(1)).bits() != (has_sign ? magnitude : code);
  });
  const std::string what = cases::describe(T::format);
  CAPTURE(what);
  CHECK(wrong == 0);
}

template <class T>
void check_limits(T) {
  using L = std::numeric_limits<T>;
  const oracle::Format format(T::format);
  const auto value = [](T x) { return static_cast<double>(x); };
  const double largest = format.magnitude(format.max_finite()), one_up = std::ldexp(1.0, 1 - T::format.precision);
  int wrong = 0;
  wrong += value(L::max()) != largest || value(L::min()) != format.min_normal();
  wrong += value(L::lowest()) != (L::is_signed ? -largest : format.magnitude(0));
  wrong += value(L::denorm_min()) != format.magnitude(T::format.has_zero ? 1 : 0);
  wrong += L::epsilon().bits() != format.round(one_up, Rounding::ties_to_even);
  wrong += L::infinity().bits() != format.infinite(false, {}).code || L::quiet_NaN().bits() != format.nan();
  wrong += L::has_infinity != format.has_infinity() || L::has_quiet_NaN != format.has_nan();
  wrong += L::max_exponent10 != static_cast<int>(std::floor(std::log10(largest)));
  wrong += L::min_exponent10 != static_cast<int>(std::ceil(std::log10(format.min_normal())));
  wrong += L::max_exponent != std::ilogb(largest) + 1 || L::min_exponent != std::ilogb(format.min_normal()) + 1;
  wrong += L::digits10 != static_cast<int>((L::digits - 1) * std::log10(2));
  wrong += L::max_digits10 != static_cast<int>(std::ceil(L::digits * std::log10(2) + 1));
  wrong += isfinite(L::signaling_NaN()) && L::has_quiet_NaN;
  const std::string what = cases::describe(T::format);
  CAPTURE(what);
  CHECK(wrong == 0);
}

template <class T>
void check_comparisons(T) {
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
  for_all_types([](auto x) { check_widening_and_classes(x); });
}

TEST_CASE("numeric_limits of every format") {
  for_all_types([](auto x) { check_limits(x); });
  check_limits(basic_float<FloatFormat{4, 4, 382}>());
  check_limits(basic_float<FloatFormat{4, 8, -127}>());
  check_limits(basic_float<FloatFormat{1, 2, -1, Specials::none}>());
}

TEST_CASE("comparisons are those of the values: NaN unordered, zeros equal") {
  for_all_types([](auto x) { check_comparisons(x); });
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
