// std::numeric_limits and std::hash of the formats. basic_float.hpp includes it, so that nobody meets the empty ones.
#pragma once
#include <limits>
#include <string_view>

#include "halfway/formats/basic_float.hpp"

namespace halfway::detail {

/// ⌊log10(significand·2^exponent)⌋. What the divisions cut off is some 2^−55 of the number; no number of 24 bits is
/// that near to a power of ten without being one.
constexpr int floor_log10(std::uint64_t significand, int exponent) {
  int digits = 0;
  for (;;) {
    const int up = leading_zeros(significand);  // to [2^63, 2^64)
    significand <<= up;
    exponent -= up;
    const bool below_one = exponent < -63;
    const bool below_ten = exponent < -60 || (exponent == -60 && significand < std::uint64_t{10} << 60);
    if (below_ten && !below_one) return digits;
    if (below_one) {
      significand = (significand >> 4) * 10;
      exponent += 4;
      --digits;
    } else {
      significand /= 10;
      ++digits;
    }
  }
}

}  // namespace halfway::detail

template <halfway::FloatFormat F>
class std::numeric_limits<halfway::basic_float<F>> {
  using T = halfway::basic_float<F>;
  static constexpr const halfway::detail::Codes& codes = halfway::detail::codes_of<F>;
  static constexpr T code(std::uint64_t bits) { return T::from_bits(static_cast<typename T::storage_type>(bits)); }
  static constexpr halfway::detail::Unpacked largest = halfway::detail::unpack(codes, F.max_finite());

 public:
  static constexpr bool is_specialized = true;
  static constexpr bool is_signed = F.is_signed;
  static constexpr bool is_integer = false;
  static constexpr bool is_exact = false;
  static constexpr bool has_infinity = F.has_infinity();
  static constexpr bool has_quiet_NaN = F.has_nan();
  static constexpr bool has_signaling_NaN =
      F.specials == halfway::Specials::ieee && F.fraction_bits() >= 2;  // codes; none of them signals
  static constexpr std::float_denorm_style has_denorm =
      F.has_zero && F.precision > 1 ? std::denorm_present : std::denorm_absent;
  static constexpr bool has_denorm_loss = false;
  static constexpr std::float_round_style round_style = std::round_to_nearest;
  static constexpr bool is_iec559 = F.specials == halfway::Specials::ieee && F.is_signed;
  static constexpr bool is_bounded = true;
  static constexpr bool is_modulo = false;
  static constexpr bool traps = false;
  static constexpr bool tinyness_before = false;

  static constexpr int radix = 2;
  static constexpr int digits = F.precision;
  static constexpr int digits10 = halfway::detail::floor_log10(1, F.precision - 1);
  static constexpr int max_digits10 = halfway::detail::floor_log10(1, F.precision) + 2;  // ⌈precision·log10(2)⌉ + 1
  static constexpr int min_exponent = F.emin() + 1;
  static constexpr int min_exponent10 =
      F.emin() == 0 ? 0 : halfway::detail::floor_log10(1, F.emin()) + 1;  // the ceiling
  static constexpr int max_exponent = F.emax() + 1;
  static constexpr int max_exponent10 = halfway::detail::floor_log10(largest.significand, largest.exponent);

  static constexpr T min() noexcept { return code(codes.min_normal); }
  static constexpr T max() noexcept { return code(codes.max_finite); }
  static constexpr T lowest() noexcept { return F.is_signed ? -max() : code(0); }
  static constexpr T epsilon() noexcept {
    return code(halfway::detail::round_number<F>({halfway::detail::Kind::finite, false, 1 - F.precision, 1}));
  }
  static constexpr T round_error() noexcept {
    return code(halfway::detail::round_number<F>({halfway::detail::Kind::finite, false, -1, 1}));
  }
  /// The canonical NaN where there is no infinity, the largest number where there is neither.
  static constexpr T infinity() noexcept {
    return code(halfway::detail::round_number<F>({halfway::detail::Kind::infinity, false, 0, 0}));
  }
  static constexpr T quiet_NaN() noexcept { return code(codes.nan); }
  static constexpr T signaling_NaN() noexcept { return code(has_signaling_NaN ? codes.infinity | 1 : codes.nan); }
  static constexpr T denorm_min() noexcept { return code(F.has_zero ? 1 : 0); }
};

/// Equal numbers have equal hashes (−0 and +0 too).
template <halfway::FloatFormat F>
struct std::hash<halfway::basic_float<F>> {
  std::size_t operator()(halfway::basic_float<F> x) const noexcept {
    return std::hash<std::uint32_t>{}(x ? std::uint32_t{x.bits()} : 0u);
  }
};
