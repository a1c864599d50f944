// A black box probed: order, properties, and the rows that give the same bits.
#include "halfway/emu/probe.hpp"

#include <algorithm>

#include "emu/matrix_codes.hpp"
#include "emu/probe_properties.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/formats/philox.hpp"

namespace halfway::emu {
namespace {

using detail::Code;
using detail::Codes;
using detail::DotProduct;

/// Random codes of several kinds: what tells rows apart that one question does not.
class RandomCodes {
 public:
  static constexpr int kinds = 8;

  RandomCodes(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

  Code next(const FloatFormat& format, int kind, std::size_t place) {
    const Codes f(format);
    const std::uint64_t bits = word(), choice = bits >> 58;
    const bool negative = (bits >> 57 & 1) != 0;
    const auto with_exponent = [&](int exponent) {
      const int field = std::clamp(exponent + format.bias, 0, static_cast<int>(f.max_finite >> f.fraction_bits));
      const Code code = static_cast<Code>(field) << f.fraction_bits | (bits & f.fraction);
      return f.with_sign(negative, std::min(code, f.max_finite));
    };
    const int range = format.emax() - format.emin() + 1;
    switch (kind) {
      case 0: return bits & (f.sign | f.magnitude);                                                 // everything
      case 1: return with_exponent(static_cast<int>(choice % 3) - 1);                               // around 1
      case 2: return with_exponent(format.emin() + static_cast<int>(bits >> 40 & 0xFFFF) % range);  // any exponent
      case 3: return with_exponent(static_cast<int>(choice % 25) - 12);
      case 4:  // neighbours of opposite sign
        last_ = place % 2 == 0 ? with_exponent(0) : last_ ^ f.sign ^ (choice % 2);
        return last_;
      case 5: return f.with_sign(negative, (bits & f.fraction) >> (choice % 8));       // subnormal
      case 6: return with_exponent(format.emin() / 2 + static_cast<int>(choice % 5));  // products about to underflow
      default: return choice < 40 ? 0 : with_exponent(static_cast<int>(choice % 7) * 4 - 12);  // mostly zeros
    }
  }

 private:
  std::uint64_t word() {
    const auto block = philox(seed_, stream_, count_++);
    return std::uint64_t{block[0]} << 32 | block[1];
  }
  std::uint64_t seed_, stream_, count_ = 0;
  Code last_ = 0;
};

std::vector<DotProduct> random_products(const BlackBox& box, std::uint64_t seed) {
  constexpr std::uint64_t of_a_kind = 48;
  std::vector<DotProduct> all;
  for (std::uint64_t i = 0; i < of_a_kind * RandomCodes::kinds; ++i) {
    const int kind = static_cast<int>(i % RandomCodes::kinds);
    RandomCodes random(seed, i);
    DotProduct dot;
    const auto terms = static_cast<std::size_t>(i % 3 == 0 ? box.terms : i % 16 + 2);  // few terms meet the edges more
    for (std::size_t k = 0; k < static_cast<std::size_t>(box.terms); ++k) {
      const bool filled = k < terms;
      dot.a.push_back(filled ? random.next(box.a, kind, k) : 0),
          dot.b.push_back(filled ? random.next(box.b, kind, 0) : 0);
    }
    if (box.takes_c && i % 4 != 0) dot.c = random.next(box.result, i % 2 == 0 ? kind : 1, 0);
    all.push_back(std::move(dot));
  }
  return all;
}

/// A row that can stand for the box: it takes the operands, and its sums are what the box gives or are rounded to that.
bool comparable(const DotModel& model, const BlackBox& box) {
  const FloatFormat& from = model.output();
  return model.accepts(box.a) && model.accepts(box.b) && from.precision >= box.result.precision &&
         from.emin() <= box.result.emin() && from.emax() >= box.result.emax();
}

bool agrees(const DotModel& model, const BlackBox& box, const DotProduct& dot) {
  const FloatFormat from = model.output();
  std::optional<Code> c;
  if (box.takes_c) c = detail::convert(from, box.result, dot.c);
  const Code sum = dot_product(model, box.a, dot.a, box.b, dot.b, c, dot.element);
  return detail::convert(box.result, from, sum) == dot.d;
}

}  // namespace

ProbeReport probe(const BlackBox& given, std::uint64_t seed) {
  detail::ProbeBox box(given);
  const detail::Scale scale = detail::scale_of(box);
  ProbeReport report;
  const auto order = detail::order_of(box, scale);
  if (order) report.order = detail::to_string(*order);
  report.properties = detail::properties_of(box, scale, order);
  std::vector<DotProduct> random = random_products(given, seed);
  box.ask(random);
  report.dot_products = static_cast<std::int64_t>(box.asked().size());
  report.comparisons = static_cast<int>(random.size());
  report.wrong = report.comparisons + 1;
  for (const DotModel* model : dot_models()) {
    if (!comparable(*model, given)) continue;
    const auto same = [&](const DotProduct& dot) { return agrees(*model, given, dot); };
    const int wrong = report.comparisons - static_cast<int>(std::ranges::count_if(random, same));
    if (wrong == 0 && std::ranges::all_of(box.asked(), same)) report.models.push_back(model);
    if (wrong < report.wrong) report.wrong = wrong, report.nearest = model;
  }
  if (!report.models.empty()) report.nearest = nullptr, report.wrong = 0;
  return report;
}

}  // namespace halfway::emu
