#include "emu/probe_properties.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>

#include "halfway/formats/format_text.hpp"

namespace halfway::emu::detail {
namespace {

using Product = ProbeBox::Product;

double power(int exponent) { return std::ldexp(1.0, exponent); }
std::string yes(bool is_so) { return is_so ? "yes" : "no"; }
std::string hexadecimal(const FloatFormat& format, Code code) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%0*llX", (format.bits() + 3) / 4, static_cast<unsigned long long>(code));
  return text;
}

class Questions {
 public:
  Questions(ProbeBox& box, const Scale& scale, const std::optional<SumTree>& order)
      : box_(box), a_(box.box().a), b_(box.box().b), result_(box.box().result), has_c_(box.box().takes_c) {
    if (order) step_ = order->widest_step(), step_is_exact_ = loses_nothing(*order);
    // Large enough for fractions of units in the last place of 24 bits beside it.
    base_ = std::min(scale.large, std::max(0, a_.emin() + b_.emin() + 27));
  }

  std::vector<ProbedProperty> all();

 private:
  using Sum = std::optional<double>;
  /// The sum of ±2^e·x at the places 0, 1, …, and c; nothing if operands do not reach so far.
  struct Part {
    int exponent;
    double significand = 1;
  };
  Sum sum(std::initializer_list<Part> parts, double c = 0, bool subnormals = false) {
    std::vector<Product> products;
    for (const Part& part : parts) {
      const std::size_t place = products.size() < step_.size() ? step_[products.size()] : products.size();
      const auto product = box_.product(place, part.exponent, part.significand, subnormals);
      if (!product || place >= box_.terms()) return std::nullopt;
      products.push_back(*product);
    }
    return box_.value(products, c);
  }
  /// The step that is widest may be anywhere; the number of terms in it that a question can use.
  std::size_t at_once() const { return step_.size(); }
  static bool loses_nothing(const SumTree& tree) {
    if (tree.exact) return true;
    for (const SumTree& child : tree.children)
      if (loses_nothing(child)) return true;
    return false;
  }

  void add(std::string_view name, std::string value) { found_.push_back({name, std::move(value)}); }
  void operands();
  void subnormals();
  void products();
  void precision();
  void rounding(bool with_c);
  void alignment();
  void carries();
  void monotonicity();
  void specials();
  void repetition();

  ProbeBox& box_;
  const FloatFormat a_, b_, result_;
  const bool has_c_;
  std::vector<std::size_t> step_;
  bool step_is_exact_ = false;
  int base_ = 0, precision_ = 0, operand_bits_ = 0;
  bool varies_ = false;
  std::vector<ProbedProperty> found_;
};

constexpr const char* unreachable = "not reachable with these formats";

void Questions::operands() {
  for (int k = 1; k < a_.precision; ++k)
    if (const Sum x = sum({{0, 1 + power(-k)}}); x && *x != 1) operand_bits_ = k;
  add("fraction bits of operands used", std::to_string(operand_bits_));
}

void Questions::subnormals() {
  const auto kept = [&](bool is_zero) { return is_zero ? "become zero" : "kept"; };
  if (a_.has_zero && a_.fraction_bits() > 0) {
    // The largest subnormal number: a unit that drops last bits keeps it.
    const double tiny = power(a_.emin()) - power(a_.emin() - a_.fraction_bits());
    const Product product{0, tiny, power(std::max(0, result_.emin() - a_.emin() + 4))};
    if (ProbeBox::number(b_, ProbeBox::code(b_, product.b)) == product.b && product.b > 0)
      add("subnormal operands", kept(box_.value({&product, 1}) == 0));
  }
  if (has_c_) add("subnormal c", kept(box_.value({}, power(result_.emin() - 2)) == 0));
  const Sum small = sum({{result_.emin() - 1}});
  add("subnormal results", small ? kept(*small == 0) : unreachable);
}

void Questions::products() {
  // (1 + u)² beside −(1 + 2u), as c or as three terms: u² is left if the product is exact.
  const double u = power(-operand_bits_);
  if (operand_bits_ == 0 || box_.terms() < 4) return add("products", unreachable);
  const std::array<Product, 4> all{Product{0, 1 + u, 1 + u}, {1, -1, 1}, {2, -u, 1}, {3, -u, 1}};
  const bool exact = box_.value(all) == u * u || (has_c_ && box_.value({all.data(), 1}, -(1 + 2 * u)) == u * u);
  add("products", exact ? "exact" : "rounded, or cut where they are added");
}

void Questions::precision() {
  for (int k = 1; k < binary64.precision; ++k) {
    const Sum x = has_c_ ? sum({{base_ - k}}, power(base_)) : sum({{base_}, {base_ - k}});
    if (x && *x == power(base_) + power(base_ - k)) precision_ = k + 1;
  }
  add("bits of an accumulator", std::to_string(precision_));
}

/// Which direction gives these results for ¼, ½ and ¾ of a unit in the last place beside an even number.
void Questions::rounding(bool with_c) {
  const std::string_view name = with_c ? "rounding where c is added" : "rounding of the sum of products";
  if (varies_) return add(name, "stochastic, or an order that changes");
  constexpr std::array parts{1.0, 2.0, 3.0};  // quarters
  std::array<std::array<int, 3>, 2> ups{};
  for (int negative = 0; negative < 2; ++negative)
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const double sign = negative == 0 ? 1 : -1, significand = parts[i] == 3 ? 1.5 : 1;
      const int exponent = base_ - (precision_ - 1) - (parts[i] == 1 ? 2 : 1);
      const Part small{exponent, sign * significand};
      const Sum x = with_c ? sum({small}, sign * power(base_)) : sum({{base_, sign}, small});
      if (!x) return add(name, unreachable);
      ups[static_cast<std::size_t>(negative)][i] = std::fabs(*x) > power(base_);
    }
  using Ups = std::array<int, 3>;
  constexpr Ups none{0, 0, 0}, all{1, 1, 1}, even{0, 0, 1}, away{0, 1, 1};
  const Ups up = ups[0], down = ups[1];
  const auto both = [&](const Ups& x) { return up == x && down == x; };
  if (both(even)) return add(name, "ties_to_even");
  if (both(away)) return add(name, "ties_to_away");
  if (both(all)) return add(name, "to_odd");
  if (up == all && down == none) return add(name, "toward_positive");
  if (up == none && down == all) return add(name, "toward_negative");
  if (!both(none)) return add(name, "none of IEEE 754's");
  // Nothing of one product is left of half a unit; an odd number and a tie tell whether the sum is rounded up at all.
  const int last = base_ - (precision_ - 1);
  const Sum odd = with_c ? sum({{last - 1}}, power(base_) + power(last)) : sum({{base_}, {last}, {last - 1}});
  add(name, odd && *odd > power(base_) + power(last) ? "ties_to_even, of terms cut toward zero" : "toward_zero");
}

void Questions::alignment() {
  add("terms added at once", std::to_string(at_once()));
  if (at_once() < 3) return;
  if (step_is_exact_) return add("bits kept below the largest exponent", "all");
  int kept = 0;
  bool cut = false;
  const int large = std::min({a_.emax() + b_.emax(), result_.emax(), 40});
  for (int k = 1; k < 60; ++k) {
    const Sum x = sum({{large}, {large, -1}, {large - k}}, 0, true);
    if (!x) break;
    if (*x != 0) kept = k;
    if (*x == 0) cut = true;
  }
  add("bits kept below the largest exponent", (cut ? "" : "at least ") + std::to_string(kept));
  if (!cut || large < 2) return;
  // 1.5·1.5 = 2.25: does its exponent count as that of 2, or of its factors?
  const auto wide = [&](std::size_t place, double sign) {
    Product x = *box_.product(place, large - 2);
    x.a *= 1.5 * sign, x.b *= 1.5;
    return x;
  };
  if (a_.fraction_bits() < 1 || b_.fraction_bits() < 1) return;
  const auto small = box_.product(step_[2], large - 2 - kept, 1, true);
  if (!small) return;
  const std::array<Product, 3> all{wide(step_[0], 1), wide(step_[1], -1), *small};
  add("exponent of a product", box_.value(all) != 0 ? "sum of the factors' exponents" : "normalised");
}

void Questions::carries() {
  // A step full of products just below 4·2^e.
  if (at_once() < 2) return;
  const double x = 2 - power(1 - std::min(a_.precision, 4)), y = 2 - power(1 - std::min(b_.precision, 4));
  std::vector<Product> all;
  for (const std::size_t place : step_) all.push_back({place, x, y});
  const double exact = static_cast<double>(step_.size()) * x * y;
  const int bits =
      std::min(a_.precision, 4) + std::min(b_.precision, 4) + static_cast<int>(std::bit_width(step_.size()));
  if (bits > precision_ || exact > power(result_.emax())) return;  // rounded in any case
  add("carries of a full step kept", yes(box_.value(all) == exact));
}

void Questions::monotonicity() {
  if (!has_c_ || at_once() < 2 || precision_ < 2) return;
  bool monotonic = true, tried = false;
  for (int k = precision_ - 1; k < precision_ + 4; ++k) {  // the smaller c makes room for what the larger one cuts off
    std::vector<Product> products;
    for (const std::size_t place : step_)
      if (const auto product = box_.product(place, base_ - k)) products.push_back(*product);
    if (products.size() != step_.size()) break;
    tried = true;
    const double below = box_.value(products, power(base_) - power(base_ - precision_)),
                 above = box_.value(products, power(base_));
    monotonic = monotonic && below <= above;
  }
  if (tried) add("monotonic in c", monotonic ? "no counterexample found" : "no");
}

void Questions::specials() {
  const auto code_of = [&](std::initializer_list<Product> products, double c = 0) {
    return hexadecimal(result_, box_.ask(products, c));
  };
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  if (a_.has_infinity()) add("infinity - infinity", code_of({{0, infinity, 1}, {1, -infinity, 1}}));
  if (a_.has_infinity()) add("infinity * 0", code_of({{0, infinity, 0}}));
  if (a_.has_nan()) add("NaN operand", code_of({{0, nan, 1}}));
  const double most = power(a_.emax()) * power(b_.emax());
  if (most > power(result_.emax()) * 2) {
    const Product large{0, power(a_.emax()), power(b_.emax())}, opposite{1, -large.a, large.b};
    const double x = box_.value(std::array{large, opposite});
    add("products beyond the range", std::isnan(x) ? "infinities" : x == 0 ? "cancel" : "something else");
    const double alone = box_.value({&large, 1});
    add("results beyond the range", std::isinf(alone) ? "infinity" : "the largest number");
  }
  const auto sign = [](double x) { return std::signbit(x) ? "-0" : "+0"; };
  add("1 - 1", sign(sum({{0}, {0, -1}}).value_or(0)));
  if (has_c_ && a_.has_minus_zero() && result_.has_minus_zero()) {
    std::vector<Product> zeros;
    for (std::size_t k = 0; k < box_.terms(); ++k) zeros.push_back({k, -0.0, 1});
    add("-0 everywhere", sign(box_.value(zeros, -0.0)));
  }
}

/// Whether the same numbers give the same bits at every place of D and each time.
void Questions::repetition() {
  std::vector<Product> products;
  const int small = base_ - std::max(precision_, 2);
  for (std::size_t k = 0; k < std::min<std::size_t>(box_.terms(), 16); ++k)
    if (const auto product = box_.product(k, k == 0 ? base_ : small)) products.push_back(*product);
  DotProduct dot{std::vector<Code>(box_.terms()), std::vector<Code>(box_.terms()), 0, 0};
  for (const Product& each : products)
    dot.a[each.place] = ProbeBox::code(a_, each.a), dot.b[each.place] = ProbeBox::code(b_, each.b);
  std::vector<DotProduct> same(16, dot);
  box_.ask(same);
  for (const DotProduct& each : same) varies_ = varies_ || each.d != same[0].d;
  add("same bits each time and at each place", yes(!varies_));
}

std::vector<ProbedProperty> Questions::all() {
  operands();
  subnormals();
  products();
  precision();
  repetition();
  if (has_c_) rounding(true);
  rounding(false);
  alignment();
  carries();
  monotonicity();
  specials();
  return std::move(found_);
}

}  // namespace

std::vector<ProbedProperty> properties_of(ProbeBox& box, const Scale& scale, const std::optional<SumTree>& order) {
  return Questions(box, scale, order).all();
}

}  // namespace halfway::emu::detail
