// Beside ml_dtypes, NumPy and gfloat: every code's value and the codes of structured inputs, as tests/golden/formats/
// make.py wrote them. Each difference is one that docs/formats.md lists, and is counted.
#include <cmath>
#include <string>
#include <string_view>

#include "formats_cases.hpp"
#include "halfway/formats/operations.hpp"

using namespace halfway;

namespace {

struct MlDtypesRow {
  std::string_view name, values, codes;
};
constexpr MlDtypesRow ml_dtypes_rows[] = {
#include "../golden/formats/ml_dtypes.inc"
};
struct GfloatRow {
  std::string_view name, codes[18];
};
constexpr GfloatRow gfloat_rows[] = {
#include "../golden/formats/gfloat.inc"
};

std::uint32_t hexadecimal(std::string_view text, std::size_t i, std::size_t digits) {
  return static_cast<std::uint32_t>(std::stoul(std::string(text.substr(i * digits, digits)), nullptr, 16));
}

/// As make.py's inputs().
std::vector<float> inputs(const std::vector<double>& magnitudes) {
  std::vector<float> positive;
  for (const std::uint32_t code : {0u, 1u, 0x00200000u, 0x00400000u, 0x00400001u, 0x007FFFFFu, 0x00800000u, 0x7F7FFFFFu,
                                   0x7F800000u, 0x7F800001u, 0x7FC00000u, 0x7FFFFFFFu})
    positive.push_back(std::bit_cast<float>(code));
  const std::size_t count = magnitudes.size();
  for (std::size_t i = 0; i < count; ++i) {
    const double here = magnitudes[i], after = i + 1 < count ? magnitudes[i + 1] : 2 * here - magnitudes[i - 1];
    for (const double point : {here, here + (after - here) / 2}) {
      const auto x = static_cast<float>(point);
      for (const float each : {x, std::nextafter(x, 0.0f), std::nextafter(x, HUGE_VALF)}) positive.push_back(each);
    }
  }
  std::vector<float> all;
  for (const float x : positive) {
    all.push_back(x);
    all.push_back(std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) ^ 0x80000000u));
  }
  return all;
}

/// What ml_dtypes, or NumPy for float16, makes of an input of which we make `ours`: docs/formats.md lists where they
/// differ, and why.
std::uint32_t theirs_instead_of(std::uint32_t ours, const FloatFormat& f, float x) {
  const detail::Codes codes(f);
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint64_t sign = std::signbit(x) ? codes.sign : 0;
  if (f == binary16 && std::isnan(x)) {  // NumPy moves the payload; one that would vanish leaves a 1
    const std::uint64_t payload = bits >> 13 & 0x3FF;
    return static_cast<std::uint32_t>(sign | codes.infinity | (payload == 0 ? 1 : payload));
  }
  if (f.specials == Specials::none && std::isnan(x)) return static_cast<std::uint32_t>(sign ^ codes.sign);
  if (codes.is_nan(ours)) return static_cast<std::uint32_t>(ours | (f.has_zero ? sign : 0));  // NaNs keep the sign
  if (f == e8m0fnu && bits > 0x00400000 && bits < 0x00600000) return 1;  // 2^−127 to 1.5·2^−127 goes up
  return ours;
}

/// How many of the inputs those are.
int listed_differences(const FloatFormat& f) {
  if (f == binary16) return 5;  // of six NaNs, all but the positive canonical one
  if (f == e4m3fn) return 6;    // three negative NaNs, three negative overflows
  if (f.specials == Specials::nan_minus_zero) return 0;
  return 3;  // the negative NaNs; of e8m0fnu, three numbers
}

}  // namespace

TEST_CASE("ml_dtypes and NumPy: the value of every code") {
  for (const MlDtypesRow& row : ml_dtypes_rows) {
    if (row.values.empty()) continue;
    const FloatFormat f = find_format(row.name).value();
    const detail::Codes codes(f);
    int wrong = 0;
    REQUIRE(row.values.size() == std::size_t{8} << f.bits());
    for (std::uint32_t code = 0; code >> f.bits() == 0; ++code) {
      detail::Context context;
      const auto ours =
          static_cast<std::uint32_t>(detail::convert_code(detail::codes_of<binary32>, codes, code, context));
      const std::uint32_t theirs = hexadecimal(row.values, code, 8);
      const bool both_nan = std::isnan(std::bit_cast<float>(theirs)) && std::isnan(std::bit_cast<float>(ours));
      wrong += ours != theirs && !both_nan;
    }
    CAPTURE(std::string(row.name));
    CHECK(wrong == 0);
  }
}

TEST_CASE("ml_dtypes and NumPy: float32 to every format") {
  for (const MlDtypesRow& row : ml_dtypes_rows) {
    const FloatFormat f = find_format(row.name).value();
    const oracle::Format exact(f);
    const detail::Codes codes(f);
    std::vector<double> magnitudes;
    const std::uint32_t step = f.bits() == 16 ? 211 : 1, last = exact.max_finite();
    for (std::uint32_t i = 0; i <= last; i += step) magnitudes.push_back(exact.values()[i]);
    if (step > 1) magnitudes.insert(magnitudes.end(), {exact.values()[last - 1], exact.values()[last]});
    const std::vector<float> all = inputs(magnitudes);
    const std::size_t digits = f.bits() == 16 ? 4 : f.bits() == 4 ? 1 : 2;
    REQUIRE(row.codes.size() == digits * all.size());
    int differences = 0, wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      detail::Context context;
      const auto ours = static_cast<std::uint32_t>(
          detail::convert_code(codes, detail::codes_of<binary32>, std::bit_cast<std::uint32_t>(all[i]), context));
      const std::uint32_t theirs = hexadecimal(row.codes, i, digits);
      differences += ours != theirs;
      wrong += theirs != theirs_instead_of(ours, f, all[i]);
    }
    CAPTURE(std::string(row.name));
    CHECK(wrong == 0);
    CHECK(differences == listed_differences(f));
  }
}

TEST_CASE("gfloat: P3109's and OCP's formats, five directions and four stochastic variants, saturating or not") {
  constexpr Rounding modes[] = {Rounding::ties_to_even,    Rounding::ties_to_away,    Rounding::toward_zero,
                                Rounding::toward_positive, Rounding::toward_negative, Rounding::stochastic,
                                Rounding::stochastic_odd,  Rounding::stochastic_fast, Rounding::stochastic_fastest};
  constexpr NamedFormat p3109[] = {{"p3109_k8p4", {4, 4, 8, Specials::p3109}},
                                   {"p3109_k8p3", {3, 5, 16, Specials::p3109}},
                                   {"p3109_k6p3", {3, 3, 4, Specials::p3109}},
                                   {"p3109_k8p4u", {4, 5, 16, Specials::p3109, false}}};
  for (const GfloatRow& row : gfloat_rows) {
    FloatFormat f = find_format(row.name).value_or(binary32);
    for (const NamedFormat& each : p3109)
      if (each.name == row.name) f = each.format;
    const detail::Codes codes(f);
    const oracle::Format exact(f);
    const std::size_t digits = f.bits() == 16 ? 4 : 2;
    int wrong = 0;
    for (std::size_t mode = 0; mode < 9; ++mode)
      for (std::size_t saturate = 0; saturate < 2; ++saturate) {
        const std::string_view text = row.codes[2 * mode + saturate];
        REQUIRE(text.size() == 100 * digits);
        std::uint64_t state = 1;
        for (std::size_t i = 0; i < 100; ++i) {  // as make.py's points()
          state = state * 6364136223846793005u + 1442695040888963407u;
          const std::size_t count = exact.values().size(), low = (state >> 44) % count,
                            below = std::min(low, count - 2);
          const std::uint64_t draw = state >> 8;
          const int r = std::array{0, 1, 2, 3, 5, 8, 11, 16}[draw % 8];
          const std::uint64_t k = (draw >> 3) % (std::uint64_t{4} << r);
          double x = exact.values()[low] +
                     (exact.values()[below + 1] - exact.values()[below]) * std::ldexp(static_cast<double>(k), -r - 2);
          if (state >> 62 == 0) x *= 2;
          if (f.is_signed && state >> 63 != 0) x = -x;
          detail::Context context{.how = {.rounding = modes[mode],
                                          .overflow = saturate != 0 ? Overflow::saturate : Overflow::infinity,
                                          .random_bits = r},
                                  .random = static_cast<std::uint32_t>((draw >> 24) % (std::uint64_t{1} << r))};
          const auto ours =
              detail::convert_code(codes, detail::codes_of<binary64>, std::bit_cast<std::uint64_t>(x), context);
          const std::uint32_t theirs = hexadecimal(text, i, digits);
          wrong += ours != theirs && !(codes.is_nan(ours) && codes.is_nan(theirs));  // of e4m3fn's two, theirs is 0xFF
        }
      }
    CAPTURE(std::string(row.name));
    CHECK(wrong == 0);
  }
}
