// Every row of the table of matrix units, and models that no unit has, against exact rationals.
#include <doctest/doctest.h>

#include <cstdio>
#include <random>
#include <set>

#include "bits/emu_dot_oracle.hpp"
#include "halfway/emu/dot_product.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using Codes = std::vector<std::uint64_t>;

/// How codes are drawn.
enum class Draw { bits, ones, wide, cancelling, ties, edges, tiny, subnormal, specials, zeros };
constexpr int draws = 10;

class Source {
 public:
  Source(const FloatFormat& format, Draw draw, std::uint64_t seed) : f_(format), draw_(draw), random_(seed) {}

  std::uint64_t next() {
    const int top = (1 << f_.exponent_bits) - 1;
    const auto around = [&](int exponent, int spread) {
      const int field = f_.bias + exponent + below(2 * spread + 1) - spread;
      return code(flip(), std::clamp(field, 0, top - 1), random_());
    };
    switch (draw_) {
      case Draw::bits: return random_() & ((std::uint64_t{1} << f_.bits()) - 1);
      case Draw::ones: return around(0, 2);
      case Draw::wide: return code(flip(), below(top), random_());
      case Draw::cancelling:
        last_ = last_ == 0 ? around(0, 1) : std::exchange(last_, 0) ^ code(true, 0, 0) ^ std::uint64_t(below(2));
        return last_;
      case Draw::ties:
        return code(flip(), std::clamp(f_.bias + (below(5) - 2) * f_.fraction_bits() / 2, 0, top - 1),
                    below(3) == 0 ? 1 : 0);
      case Draw::edges: return code(flip(), flip() ? top - 1 - below(2) : below(3), random_());
      case Draw::tiny: return around(-f_.bias / 2, 3);
      case Draw::subnormal: return below(4) == 0 ? around(f_.bias - 2, 1) : code(flip(), below(3) / 2, random_());
      case Draw::specials:
        switch (below(16)) {
          case 0: return code(flip(), top, 0);
          case 1: return code(flip(), top, random_());
          case 2: return code(flip(), 0, 0);
          default: return around(0, 1);
        }
      case Draw::zeros: break;
    }
    return code(one_sign_ ? negative_ : flip(), 0, below(8) == 0 ? 1 : 0);
  }
  Codes next(std::size_t count) {
    Codes codes;
    for (std::size_t i = 0; i < count; ++i) codes.push_back(next());
    return codes;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool flip() { return (random_() & 1) != 0; }
  std::uint64_t code(bool negative, int field, std::uint64_t fraction) const {
    return std::uint64_t{negative} << (f_.bits() - 1) | static_cast<std::uint64_t>(field) << f_.fraction_bits() |
           (fraction & ((std::uint64_t{1} << f_.fraction_bits()) - 1));
  }
  FloatFormat f_;
  Draw draw_;
  std::mt19937_64 random_;
  std::uint64_t last_ = 0;
  bool one_sign_ = flip(), negative_ = flip();  // zeros of one sign make sums of −0
};

constexpr FloatFormat any_operands[]{binary16, bfloat, binary32};

/// Compares `repeats` dot products of each draw and several lengths; returns how many different results there were.
std::size_t compare(const DotModel& model, int repeats) {
  const test::DotOracle oracle(model);
  std::set<std::uint64_t> results;
  std::uint64_t seed = 1;
  const std::span<const FloatFormat> formats = model.operands.empty() ? any_operands : model.operands;
  for (const FloatFormat& listed : formats)
    for (const FloatFormat& other : formats)
      for (int draw = 0; draw < draws * repeats; ++draw, ++seed) {
        const bool mixes = listed.bits() == 8 && other.bits() == 8;
        if (listed != other && !mixes) continue;
        const FloatFormat a_format = listed == tensor_float ? binary32 : listed;
        const FloatFormat b_format = other == tensor_float ? binary32 : other;
        constexpr std::size_t lengths[]{0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 40, 70};
        const std::size_t terms = model.pass > 70 && seed % 4 == 0 ? static_cast<std::size_t>(model.pass) + 6
                                                                   : lengths[seed % std::size(lengths)];
        const Draw kind = static_cast<Draw>(draw % draws);
        const Codes a = Source(a_format, kind, seed).next(terms),
                    b = Source(b_format, kind, seed + 1000000).next(terms);
        std::optional<std::uint64_t> c;
        if (seed % 3 != 0) c = Source(model.output(), seed % 2 == 0 ? kind : Draw::bits, seed + 2000000).next();
        const std::uint64_t result = dot_product(model, a_format, a, b_format, b, c);
        const std::uint64_t expected = oracle(a_format, a, b_format, b, c);
        results.insert(result);
        const std::string what = std::string(model.name) + " " + std::string(name(a_format)) + " draw " +
                                 std::to_string(draw % draws) + " terms " + std::to_string(terms) + " seed " +
                                 std::to_string(seed);
        CAPTURE(what);
        CHECK(result == expected);
      }
  return results.size();
}

/// The code of ±2^exponent, or of the format's number nearest to it.
std::uint64_t power_code(const FloatFormat& format, int exponent, bool negative) {
  halfway::detail::Context context;
  const halfway::detail::Codes f(format);
  const int kept = std::clamp(exponent, f.emin - f.fraction_bits, f.emax);
  return halfway::detail::round_pack(f, negative, kept, std::uint64_t{1}, context);
}

/// Products and c that are powers of two at the distances where units cut, so that what is cut decides a tie.
void compare_staircase(const DotModel& model, const FloatFormat& format, int repeats) {
  constexpr int all_steps[]{0, 1, 8, 13, 14, 22, 23, 24, 25, 26, 30, 31, 32, 33, 34}, few_steps[]{0, 8, 24, 25, 32};
  const test::DotOracle oracle(model);
  std::mt19937_64 random(17);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const FloatFormat operands = format == tensor_float ? binary32 : format, result = model.output();
  const int smallest = std::max(2 * (format.emin() - format.fraction_bits()), result.emin() - 40);
  for (int i = 0; i < repeats; ++i) {
    const int bases[]{smallest + pick(40), result.emin(), result.emin() - result.precision,
                      std::min(2 * format.emax(), result.emax()) - pick(30)};
    const int base = bases[pick(4)];
    const std::span<const int> steps = pick(2) == 0 ? std::span<const int>(all_steps) : few_steps;
    const auto step = [&] { return steps[random() % steps.size()]; };
    Codes a, b;
    for (int k = 0, terms = 2 + pick(4); k < terms; ++k) {
      const int exponent = base - step();
      a.push_back(power_code(operands, exponent - exponent / 2, pick(2) == 0));
      b.push_back(power_code(operands, exponent / 2, false));
    }
    std::uint64_t c = power_code(result, base - (pick(2) == 0 ? 0 : step()), pick(2) == 0);
    if (pick(2) == 0) c |= 1;
    if (pick(4) == 0) c = 0;
    const std::string what = std::string(model.name) + " staircase " + std::to_string(i);
    CAPTURE(what);
    CHECK(dot_product(model, operands, a, operands, b, c) == oracle(operands, a, operands, b, c));
  }
}

}  // namespace

TEST_CASE("dot_product: every matrix unit, every kind of number, in exact rationals") {
  for (const DotModel* model : dot_models()) CHECK(compare(*model, 24) > 100);
}

TEST_CASE("dot_product: where units cut, every bit that is left counts") {
  for (const DotModel* model : dot_models())
    for (const FloatFormat& format : model->operands)
      compare_staircase(*model, format, model->addend == Addend::late ? 6000 : 1500);
}

TEST_CASE("dot_product: models that no unit has, in exact rationals") {
  const DotModel studies[]{
      {.name = "float16 chain", .result = binary16, .pass_result = binary16},
      {.name = "bfloat16 chain towards zero", .result = bfloat, .rounding = Rounding::toward_zero},
      {.name = "float16 chunks of 8", .pass = 8, .result = binary16, .pass_result = binary16},
      {.name = "chain of pairs, x86 NaN", .instruction = 8, .order = TermOrder::pairs_apart, .nan = NanRule::first_nan},
      {.name = "four lanes", .kind = Summation::lanes, .instruction = 16, .lanes = 4, .addend = Addend::last},
      {.name = "tree of 7", .kind = Summation::tree, .instruction = 7, .addend = Addend::last},
      {.name = "exact by 8 in float16", .kind = Summation::exact, .block = 8, .result = binary16},
      {.name = "aligned, c last, to odd",
       .kind = Summation::aligned,
       .instruction = 8,
       .addend = Addend::last,
       .fraction_bits = 20,
       .rounding = Rounding::to_odd},
      {.name = "aligned, floor of MMA-Sim", .kind = Summation::aligned, .block = 16, .alignment_floor = -126},
      {.name = "aligned in bfloat16, flushing",
       .kind = Summation::aligned,
       .inputs = Subnormals::flush,
       .results = Subnormals::flush,
       .block = 4,
       .fraction_bits = 9,
       .result = bfloat},
  };
  for (const DotModel& model : studies) CHECK(compare(model, 24) > 100);
  DotModel promoted = hopper_wgmma_f8;  // to float32 every 128 terms, as DeepSeek-V3 does
  promoted.pass = 128;
  CHECK(compare(promoted, 20) > 100);
}

TEST_CASE("dot_product: 2^23 - 2^23 - 0.5 - 0.25 - 0.125 on each unit (Table 8 of arXiv 2511.10909)") {
  const auto product = [](const DotModel& model, std::size_t terms, std::size_t operand = 0) {
    const FloatFormat from = model.operands[operand];
    const auto code = [&](float x) {
      halfway::detail::Context context;
      return halfway::detail::convert_code(halfway::detail::Codes(from), halfway::detail::Codes(binary32), to_code(x),
                                           context);
    };
    Codes a(terms, code(0)), b(terms, code(0));
    const float left[]{-0x1p13f, -0.5f, -0.25f, -0.125f}, right[]{0x1p10f, 1, 1, 1};
    for (std::size_t i = 0; i < 4; ++i) a[i] = code(left[i]), b[i] = code(right[i]);
    return from_code<float>(static_cast<std::uint32_t>(dot_product(model, from, a, from, b, to_code(0x1p23f))));
  };
  CHECK(product(mi100_f16, 4) == -0.875f);
  CHECK(product(mi100_bf16, 4) == -0.875f);
  CHECK(product(mi250_bf16, 4) == -0.375f);
  CHECK(product(mi250_bf16_1k, 4) == 0.0f);
  CHECK(product(mi250_f16, 4) == 0.0f);
  CHECK(product(mi300_f16, 8) == -0.5f);
  CHECK(product(mi300_f8, 16, 1) == -1.0f);
  CHECK(product(volta_f16, 4) == 0.0f);
  CHECK(product(ampere_f16, 8) == -0.5f);
  CHECK(product(hopper_f16, 16) == -0.75f);
}

TEST_CASE("matmul_ref and matmul: a unit's model, row by row of D") {
  std::mt19937_64 random(5);
  constexpr std::int64_t m = 3, n = 2, k = 40;
  std::vector<float16> a(m * k), b(k * n), d16(m * n);
  for (float16& x : a) x = from_code<float16>(static_cast<std::uint16_t>(0x3800 + random() % 0x800));
  for (float16& x : b)
    x = from_code<float16>(static_cast<std::uint16_t>((random() & 0x8000) | (0x3800 + random() % 0x800)));
  for (const DotModel* model : {&hopper_f16, &hopper_f16_f16, &mi300_f16, &tdpfp16ps, &kulisch}) {
    const bool half = model->result == binary16;
    const DotAlgorithm algorithm{DType::float16, DType::float16, half ? DType::float16 : DType::float32};
    std::vector<float> d(m * n);
    const MatrixView<const float16> left(a.data(), m, k), right(b.data(), k, n);
    const MatrixOut out =
        half ? MatrixOut(MatrixView<float16>(d16.data(), m, n)) : MatrixOut(MatrixView<float>(d.data(), m, n));
    for (const auto product : {matmul_ref, matmul}) {
      product(left, right, out, algorithm, *model);
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          Codes row, col;
          for (std::int64_t t = 0; t < k; ++t)
            row.push_back(to_code(a[static_cast<std::size_t>(i * k + t)])),
                col.push_back(to_code(b[static_cast<std::size_t>(t * n + j)]));
          const auto at = static_cast<std::size_t>(i * n + j);
          const std::uint64_t got = half ? to_code(d16[at]) : to_code(d[at]);
          CHECK(got == dot_product(*model, binary16, row, binary16, col));
        }
    }
  }
}

TEST_CASE("dot models: names, labels, what is refused") {
  std::set<std::pair<std::string_view, int>> names;
  for (const DotModel* model : dot_models()) {
    names.insert({model->name, model->revision});
    CHECK(find_dot_model(model->name, model->revision) == model);
    CHECK_FALSE(model->source.empty());
    CHECK_NOTHROW(check_model(*model, "test"));
    if (model->evidence != Evidence::definition && model != &xla_reference && model != &vdpbf16ps)
      CHECK_FALSE(model->unsettled.empty());
  }
  CHECK(names.size() == dot_models().size());
  CHECK(find_dot_model("hopper_mma", binary16, binary32) == &hopper_f16);
  CHECK(find_dot_model("hopper_mma", tensor_float, binary32) == &hopper_tf32);
  CHECK(find_dot_model("hopper_mma", e5m2, binary16) == &hopper_mma_f8_f16);
  CHECK(find_dot_model("hopper_mma", e2m1fn, binary16) == nullptr);
  CHECK(find_dot_model("hopper_mma_f16", 2) == nullptr);
  CHECK(label(hopper_f16.evidence) == "checked against published silicon output");
  CHECK(label(vdpbf16ps.evidence) == "checked on silicon");
  CHECK(label(mi300_f16.evidence) == "from published descriptions");

  const Codes one{0x3C00}, two{0x3C00, 0x3C00};
  CHECK_THROWS_AS(dot_product(hopper_f16, binary16, one, binary16, two), ShapeError);
  CHECK_THROWS_AS(dot_product(vdpbf16ps, binary16, one, binary16, one), DTypeError);
  CHECK_THROWS_AS(dot_product({.name = "late chain", .addend = Addend::late}, binary16, one, binary16, one),
                  ValueError);
  CHECK_THROWS_AS(dot_product({.name = "no block", .kind = Summation::aligned}, binary16, one, binary16, one),
                  ValueError);
  CHECK_THROWS_AS(
      dot_product({.name = "odd", .instruction = 3, .order = TermOrder::odd_first}, binary16, one, binary16, one),
      ValueError);
}
