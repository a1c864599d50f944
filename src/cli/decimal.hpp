// Differences and ratios of decimal numbers of any length: rounding errors without rounding errors.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace halfway::cli {

/// A finite decimal number, exactly; a difference forgets what stands 10,000 digits and more behind the first.
class Decimal {
 public:
  Decimal() = default;
  /// Of a text that halfway::parse accepts as a finite decimal number.
  explicit Decimal(std::string_view text);

  bool is_zero() const { return digits_.empty(); }
  friend Decimal operator-(Decimal x, Decimal y);
  /// As printf's %g: six significant digits.
  std::string six_digits() const;
  /// The same of this / divisor, which is not zero.
  std::string six_digits_of_ratio(const Decimal& divisor) const;

 private:
  /// A number in [1, 10), but for zero, and the power of ten by which it is multiplied.
  struct Scientific {
    double mantissa;
    std::int64_t exponent;
  };
  Scientific scientific() const;
  /// The power of ten of the first digit.
  std::int64_t leading() const { return exponent_ + static_cast<std::int64_t>(digits_.size()) - 1; }
  static std::string text_of(Scientific x);
  void trim();

  bool negative_ = false;
  std::string digits_;  // an integer without leading zeros, times 10^exponent_
  std::int64_t exponent_ = 0;
};

}  // namespace halfway::cli
