#include "tensor_core_questions.hpp"

#include <array>
#include <cmath>
#include <halfway/halfway.hpp>

namespace experiments {

using namespace halfway;

namespace {

constexpr std::int64_t terms = 64;

double power(int exponent) { return std::ldexp(1.0, exponent); }

template <class T>
double multiply(const emu::BlackBox& box, std::span<const float16> a, std::span<const float16> b, double c) {
  const T start(static_cast<float>(c));
  T result(0.0f);
  box.multiply(a.data(), b.data(), &start, &result);
  return static_cast<double>(static_cast<float>(result));
}

}  // namespace

Box::Box(const emu::DotModel& model) : box_(emu::black_box(model, binary16, terms)) {}

double Box::operator()(const std::vector<Product>& products, double c) const {
  std::array<float16, terms> a{}, b{};
  for (std::size_t k = 0; k < products.size(); ++k) a[k] = float16(products[k].a), b[k] = float16(products[k].b);
  return box_.result == binary16 ? multiply<float16>(box_, a, b, c) : multiply<float>(box_, a, b, c);
}

std::string Box::probed(std::string_view property) const {
  for (const emu::ProbedProperty& each : emu::probe(box_).properties)
    if (each.name == property) return each.value;
  return "-";
}

namespace {

std::string yes(bool is_so) { return is_so ? "yes" : "no"; }

/// Whether four products of 2^exponent are lost beside a 1, whether c or one of the products is that 1.
std::string lost_beside_one(const Box& box, int exponent) {
  const double half = power(exponent / 2), other = power(exponent - exponent / 2), tiny = power(exponent);
  int lost = box({{half, other}, {half, other}, {half, other}, {half, other}}, 1) == 1;
  for (int place = 0; place < 4; ++place) {
    const auto at = [&](int k) { return k == place ? Box::Product{1, 1} : Box::Product{half, other}; };
    lost += box({at(0), at(1), at(2), at(3)}, tiny) == 1;
  }
  return lost == 5 ? "lost" : lost == 0 ? "kept" : "it depends";
}

/// Where 2 + part and −2 − part go; `nearest` is the float32 number nearest to 2 + part.
std::string direction(const Box& box, double part, double nearest) {
  const Box::Product more{part * power(10), power(-10)}, less{-part * power(10), power(-10)};
  const double up = box({{1, 2}, more}), down = -box({{1, -2}, less});
  if (up == nearest && down == nearest) return "nearest";
  if (up < nearest && down < nearest) return "to zero";
  return up > down ? "upward" : "downward";
}

std::string extra_bits(const Box& box) {
  constexpr int most = 58;  // 2^30·2^−58: the smallest product of normal numbers
  int kept = 0;
  for (int k = 1; k <= most; ++k) {
    const int e = 30 - k;
    if (box({{power(15), power(15)}, {power(15), -power(15)}, {power(e - e / 2), power(e / 2)}}) != 0) kept = k;
  }
  return kept == most ? "all" : std::to_string(kept - 23);
}

bool carries(const Box& box) {
  bool kept = box({{1, 1}, {1, 1.5}, {1, 1.75}, {1, 1.875}}, 1.875) == 8;
  for (int place = 0; place < 4; ++place) {
    const auto at = [&](int k) { return Box::Product{1, k == place ? power(-23) : 1}; };
    kept = kept && box({at(0), at(1), at(2), at(3)}, 1 + power(-22) + power(-23)) == 4 + power(-21);
  }
  return kept;
}

/// Whether a larger c gives a smaller sum.
bool falls(const Box& box, const std::vector<Box::Product>& products) {
  return box(products, 1) < box(products, 1 - power(-24));
}

}  // namespace

const std::vector<Question> float32_sum_questions{
    {"subnormal float16 operands are kept",
     [](const Box& box) {
       return yes(box({{power(-24), 4}}) == power(-22));
     },
     {{"V100", "yes"},
      {"T4", "yes"},
      {"A100", "yes"},
      {"Ada", "yes"},
      {"H100", "yes"},
      {"B200", "yes"},
      {"MI100", "yes"},
      {"MI250", "no"},
      {"MI300", "yes"}}},
    {"a subnormal float32 c is kept",
     [](const Box& box) { return yes(box({}, power(-149)) == power(-149)); },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"products are exact",
     [](const Box& box) {
       const double below = 1 - power(-11), square = 1 - power(-10) + power(-22);
       return yes(box({{below, below}}) == square &&
                  box({{below, below}, {below, below}, {below, below}, {below, below}}) == 4 * square);
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"four terms of 2^-24 beside a 1, anywhere",
     [](const Box& box) { return lost_beside_one(box, -24); },
     {{"V100", "lost"}}},
    {"four terms of 2^-25 beside a 1, anywhere",
     [](const Box& box) { return lost_beside_one(box, -25); },
     {{"T4", "lost"}, {"A100", "lost"}}},
    {"four terms of 2^-26 beside a 1, anywhere", [](const Box& box) { return lost_beside_one(box, -26); }, {}},
    {"2 and 3/4 of its last place, - 2 likewise",
     [](const Box& box) { return direction(box, power(-23) + power(-24), 2 + power(-22)); },
     {{"V100", "to zero"}, {"T4", "to zero"}, {"A100", "to zero"}}},
    {"rounding of the float32 sum (of a tie) +",
     [](const Box& box) { return direction(box, power(-22) + power(-23), 2 + power(-21)); },
     {{"V100", "to zero"},
      {"T4", "to zero"},
      {"A100", "to zero"},
      {"Ada", "to zero"},
      {"H100", "to zero"},
      {"B200", "to zero"},
      {"MI100", "nearest"},
      {"MI250", "nearest"},
      {"MI300", "nearest"}}},
    {"1 - (1 - 2^-24), c being the latter",
     [](const Box& box) {
       return box({{1, 1}}, power(-24) - 1) == power(-23) ? "2^-23" : "2^-24";
     },
     {{"V100", "2^-23"}, {"T4", "2^-24"}, {"A100", "2^-24"}}},
    {"extra bits in the alignment +",
     extra_bits,
     {{"V100", "0"},
      {"A100", "1"},
      {"Ada", "1"},
      {"H100", "2"},
      {"B200", "2"},
      {"MI100", "all"},
      {"MI250", "all"},
      {"MI300", "1"}}},
    {"normalised after each addition",
     [](const Box& box) {
       const Box::Product tiny{power(-12), power(-12)};
       return yes(box({tiny, tiny, tiny, tiny}, 1 - power(-24)) == 1);
     },
     {{"V100", "no"}, {"T4", "no"}, {"A100", "no"}}},
    {"1 - 2^-24 - (1 - 2^-24)",
     [](const Box& box) {
       const double sum = box({{1, 1}, {power(-12), -power(-12)}}, power(-24) - 1);
       return sum == 0 ? "0" : sum == power(-23) ? "2^-23" : "other";
     },
     {{"V100", "2^-23"}, {"T4", "0"}, {"A100", "0"}}},
    {"carries out of five terms are kept",
     [](const Box& box) { return yes(carries(box)); },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"a larger c can give a smaller sum",
     [](const Box& box) {
       const double t = power(-12);
       const std::vector<Box::Product> few(4, {t, t}), halves{{t / 2, t}, {t / 2, t}, {t / 2, t}, {t / 2, 3 * t}},
           many(16, {t / 2, t / 2});  // of 2^-26, for units that keep two bits more
       return yes(falls(box, few) || falls(box, halves) || falls(box, many));
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"terms added at once +",
     [](const Box& box) { return box.probed("terms added at once"); },
     {{"V100", "4"}, {"A100", "8"}, {"Ada", "8"}, {"H100", "16"}, {"B200", "16"}, {"MI100", "4"}, {"MI300", "8"}}}};

const std::vector<Question> float16_sum_questions{
    {"subnormal operands are kept",
     [](const Box& box) {
       return yes(box({{power(-24), 4}}) == power(-22));
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"subnormal results are kept",
     [](const Box& box) {
       return yes(box({{power(-14), .5}}) != 0 && box({{power(-14), 1}}, -power(-15)) != 0);
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"products are exact",
     [](const Box& box) {
       const double below = 1 - power(-11);
       return yes(box({{below, below}, {below, power(-11)}}) == 1 - power(-10) + power(-11));
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}}},
    {"the sum is rounded to nearest",
     [](const Box& box) {
       return yes(box({{power(-24), .5}, {power(-24), .25}}) == power(-24));
     },
     {{"V100", "yes"}, {"T4", "yes"}, {"A100", "yes"}, {"Ada", "yes"}, {"H100", "yes"}, {"B200", "yes"}}}};

}  // namespace experiments
