// halfway.h: versions, formats, text, threads.
#include "c_api/guarded.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/detail/codes.hpp"
#include "halfway/formats/format_text.hpp"
#include "halfway/formats/text.hpp"

using namespace halfway;
using namespace halfway::c_api;

static_assert(HALFWAY_SPECIALS_NAN_ALL_ONES == static_cast<int>(Specials::nan_all_ones) &&
              HALFWAY_SPECIALS_NAN_MINUS_ZERO == static_cast<int>(Specials::nan_minus_zero) &&
              HALFWAY_SPECIALS_P3109 == static_cast<int>(Specials::p3109) &&
              HALFWAY_SPECIALS_NONE == static_cast<int>(Specials::none));

namespace {

double power_of_two(int exponent) {
  return std::bit_cast<double>(detail::round_number<binary64>({detail::Kind::finite, false, exponent, 1}));
}

double value_of(const FloatFormat& format, std::uint64_t code) {
  detail::Context exact;
  return std::bit_cast<double>(detail::convert_code(detail::codes_of<binary64>, detail::Codes(format), code, exact));
}

}  // namespace

int32_t halfway_abi_version(void) { return HALFWAY_ABI_VERSION; }
const char* halfway_version(void) { return HALFWAY_VERSION; }

int32_t halfway_format_count(void) { return static_cast<int32_t>(named_formats.size()); }
const char* halfway_format_name(int32_t index) {
  // The names are literals, each with its final 0.
  return index >= 0 && index < halfway_format_count() ? named_formats[static_cast<std::size_t>(index)].name.data()
                                                      : nullptr;
}

halfway_status halfway_describe_format(const char* format, halfway_format* description) {
  return guarded([&] {
    const FloatFormat f = c_api::format_of("halfway_describe_format", "format", format);
    require("halfway_describe_format", "description", description);
    const detail::Codes codes(f);
    *description = {.bits = f.bits(),
                    .storage_bytes = f.storage_bytes(),
                    .precision = f.precision,
                    .exponent_bits = f.exponent_bits,
                    .bias = f.bias,
                    .specials = static_cast<int32_t>(f.specials),
                    .is_signed = f.is_signed,
                    .has_zero = f.has_zero,
                    .has_infinity = f.has_infinity(),
                    .has_nan = f.has_nan(),
                    .has_minus_zero = f.has_minus_zero(),
                    .min_exponent = f.emin(),
                    .max_exponent = f.emax(),
                    .max = value_of(f, codes.max_finite),
                    .min_normal = value_of(f, codes.min_normal),
                    .min_subnormal = f.has_zero && f.fraction_bits() > 0 ? value_of(f, 1) : 0,
                    .epsilon = power_of_two(-f.fraction_bits())};
  });
}

halfway_status halfway_parse(const char* text, const char* format, const halfway_arithmetic* arithmetic,
                             uint64_t* code) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_parse";
    require(function, "text", text);
    require(function, "code", code);
    const Arithmetic how = arithmetic_of(function, arithmetic);
    const std::uint32_t random = is_stochastic(how.rounding) ? random_bits_of(how, 0) : 0;
    *code = parse(text, c_api::format_of(function, "format", format), how, random);
  });
}

halfway_status halfway_to_string(const char* format, uint64_t code, char* text, size_t size) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_to_string";
    store_text(function, to_string(c_api::format_of(function, "format", format), code), text, size);
  });
}

halfway_status halfway_exact_decimal(const char* format, uint64_t code, char* text, size_t size) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_exact_decimal";
    store_text(function, exact_decimal(c_api::format_of(function, "format", format), code), text, size);
  });
}

int32_t halfway_threads(void) { return execution::threads(); }
halfway_status halfway_set_threads(int32_t threads) {
  return guarded([&] { execution::set_threads(threads); });
}
