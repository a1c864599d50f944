#include "cli/decimal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace halfway::cli {

Decimal::Decimal(std::string_view text) {
  const std::size_t letter = std::min(text.find_first_of("eE"), text.size());
  constexpr long long enough = 1'000'000'000;
  if (letter < text.size())
    exponent_ = std::clamp(std::strtoll(std::string(text.substr(letter + 1)).c_str(), nullptr, 10), -enough, enough);
  bool fraction = false;
  for (const char c : text.substr(0, letter)) {
    if (c == '-') negative_ = true;
    if (c == '.') fraction = true;
    if (c < '0' || c > '9') continue;
    digits_ += c;
    if (fraction) --exponent_;
  }
  trim();
}

void Decimal::trim() {
  digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
  const std::size_t size = digits_.find_last_not_of('0') + 1;
  exponent_ += static_cast<std::int64_t>(digits_.size() - size);
  digits_.resize(size);
}

Decimal operator-(Decimal x, Decimal y) {
  y.negative_ = !y.negative_;
  if (x.is_zero()) return y;
  if (y.is_zero()) return x;
  constexpr std::int64_t far_apart = 10'000;  // beyond all digits that anybody sees
  const std::int64_t above = x.leading() - y.leading();
  if (above > far_apart) return x;
  if (above < -far_apart) return y;
  if (x.exponent_ < y.exponent_) std::swap(x, y);
  x.digits_.append(static_cast<std::size_t>(x.exponent_ - y.exponent_), '0');
  x.exponent_ = y.exponent_;
  // |x| ≥ |y| from here on, both written with one digit more than x has.
  if (std::pair(x.digits_.size(), x.digits_) < std::pair(y.digits_.size(), y.digits_)) std::swap(x, y);
  x.digits_.insert(0, 1, '0');
  y.digits_.insert(0, x.digits_.size() - y.digits_.size(), '0');
  const int sign = x.negative_ == y.negative_ ? 1 : -1;
  int carry = 0;
  for (std::size_t i = x.digits_.size(); i-- > 0;) {
    const int digit = (x.digits_[i] - '0') + sign * (y.digits_[i] - '0') + carry;
    carry = digit > 9 ? 1 : digit < 0 ? -1 : 0;
    x.digits_[i] = static_cast<char>('0' + digit - 10 * carry);
  }
  x.trim();
  return x;
}

Decimal::Scientific Decimal::scientific() const {
  if (is_zero()) return {0, 0};
  const std::string text = digits_.substr(0, 1) + "." + digits_.substr(1, 20);
  const double magnitude = std::strtod(text.c_str(), nullptr);
  return {negative_ ? -magnitude : magnitude, leading()};
}

std::string Decimal::text_of(Scientific x) {
  constexpr std::int64_t within_double = 290;
  if (x.exponent > -within_double && x.exponent < within_double)
    return fmt::format("{:.6g}", std::strtod(fmt::format("{:.17g}e{}", x.mantissa, x.exponent).c_str(), nullptr));
  return fmt::format("{:.6g}e{}", x.mantissa, x.exponent);
}

std::string Decimal::six_digits() const { return text_of(scientific()); }

std::string Decimal::six_digits_of_ratio(const Decimal& divisor) const {
  const Scientific x = scientific(), y = divisor.scientific();
  const double ratio = x.mantissa / y.mantissa;  // in (0.1, 10)
  const bool below_one = std::fabs(ratio) < 1;
  return text_of({below_one ? 10 * ratio : ratio, x.exponent - y.exponent - (below_one ? 1 : 0)});
}

}  // namespace halfway::cli
