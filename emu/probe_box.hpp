// A black box asked for dot products of exact numbers; every answer is kept.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "halfway/emu/probe.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::emu::detail {

using Code = std::uint64_t;

/// One dot product in codes: terms beyond those given are +0·+0.
struct DotProduct {
  std::vector<Code> a, b;
  Code c = 0, d = 0;
  std::uint64_t element = 0;  ///< of D, where it was asked
};

class ProbeBox {
 public:
  explicit ProbeBox(const BlackBox& box);

  const BlackBox& box() const { return box_; }
  std::size_t terms() const { return static_cast<std::size_t>(box_.terms); }
  /// Everything that was asked so far.
  const std::vector<DotProduct>& asked() const { return asked_; }

  /// Fills in d of each; as many at a time as the matrices have places on their diagonal.
  void ask(std::span<DotProduct> products);
  /// Σ products + c, each product a number 2^e·x that is given as ±x and e. What cannot be written as operands is
  /// refused by `can_multiply`.
  struct Product {
    std::size_t place;
    double a, b;
  };
  Code ask(std::span<const Product> products, double c = 0);
  double value(std::span<const Product> products, double c = 0) { return number(box_.result, ask(products, c)); }

  /// Factors of ±2^exponent·significand; the significand goes into a. Nothing if the formats do not reach so far;
  /// subnormal factors only if allowed.
  std::optional<Product> product(std::size_t place, int exponent, double significand = 1,
                                 bool subnormals = false) const;

  static Code code(const FloatFormat& format, double value);
  static double number(const FloatFormat& format, Code code);

 private:
  const BlackBox& box_;
  std::vector<DotProduct> asked_;
};

}  // namespace halfway::emu::detail
