// Every model of the library as a black box: its order, its properties and its own row must be found.
#include <doctest/doctest.h>

#include <algorithm>

#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/probe.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

/// What a program would hand such a unit: float32 where it cuts to tf32.
FloatFormat operands_of(const DotModel& model, std::size_t which = 0) {
  if (model.operands.empty()) return bfloat;
  return model.operands[which] == tensor_float ? binary32 : model.operands[which];
}
bool names(const ProbeReport& report, const DotModel& model) {
  return std::ranges::find(report.models, &model) != report.models.end();
}
std::string property(const ProbeReport& report, std::string_view name) {
  for (const ProbedProperty& each : report.properties)
    if (each.name == name) return each.value;
  return "none";
}
std::string order(const DotModel& model, std::int64_t terms = 64) {
  return probe(black_box(model, operands_of(model), terms)).order;
}

constexpr std::string_view kept_bits = "bits kept below the largest exponent", at_once = "terms added at once",
                           with_c = "rounding where c is added", of_products = "rounding of the sum of products",
                           bits = "bits of an accumulator";
}  // namespace

TEST_CASE("probe: every row is found under its own name, in every format of its operands") {
  std::size_t listed = 0, found = 0;
  for (const DotModel* model : dot_models())
    for (std::size_t i = 0; i < std::max<std::size_t>(model->operands.size(), 1); ++i) {
      const ProbeReport report = probe(black_box(*model, operands_of(*model, i)), i);
      CAPTURE(model->name);
      CAPTURE(i);
      CHECK(names(report, *model));
      CHECK(report.nearest == nullptr);
      listed += report.models.size(), ++found;
    }
  MESSAGE(found << " black boxes; " << listed << " rows named");
  CHECK(listed < 3 * found);  // probing that tells nothing apart would name dozens each
}

TEST_CASE("probe: orders") {
  CHECK(order(sequential) == "c + 0 + 1 + ... + 63");
  CHECK(order(vdpbf16ps) == "c + 1 + 0 + 3 + 2 + ... + 63 + 62");
  CHECK(order(tdpbf16ps) ==
        "c + (0 + 2 + ... + 30 + (1 + 3 + ... + 31)) + (32 + 34 + ... + 62 + (33 + 35 + ... + 63))");
  CHECK(order(arm_bfdot) == "c + (0 + 1) + (2 + 3) + ... + (62 + 63)");
  CHECK(order(mi250_bf16_1k) == "c + (0 + 1 + (2 + 3)) + (4 + 5 + (6 + 7)) + ... + (60 + 61 + (62 + 63))");
  CHECK(order(mi100_f16) == "c + [0-3] + [4-7] + ... + [60-63]");
  CHECK(order(volta_f16) == "c + [0-3] + [4-7] + ... + [60-63]");
  CHECK(order(hopper_f16) == "c + [0-15] + [16-31] + ... + [48-63]");
  CHECK(order(hopper_f16_f16) == "c + [0-15] + [16-31] + ... + [48-63]");
  CHECK(order(hopper_mma_f8, 32) == "c + ([0 1 4 5 ... 28 29] + [2 3 6 7 ... 30 31])");
  CHECK(order(kulisch) == "c + [0-63]");
  CHECK(order(tpu_mxu_128) == "c + (0 + 1 + ... + 63)");
  CHECK(order(tpu_mxu_128_h4, 16) == "c + ([0-3] + ([4-7]) + ([8-11]) + ([12-15]))");
  CHECK(order(ampere_f64) == "c + 0 + 1 + ... + 63");
  CHECK(order(sequential, 3) == "c + 0 + 1 + 2");
  CHECK(order(tpu_mxu_128, 140) == "c + (0 + 1 + ... + 127) + (128 + 129 + ... + 139)");
  CHECK(order(blackwell_mxf4).empty());  // 4-bit operands reach too few exponents
  DotModel promoted = hopper_wgmma_f8_promoted_128;
  CHECK(probe(black_box(promoted, e5m2, 160)).order == "c + ([0-31] + [32-63] + ... + [96-127]) + ([128-159])");
}

TEST_CASE("probe: a function without c, and one in no order that a row has") {
  BlackBox box{.a = binary32, .b = binary32, .result = binary32, .terms = 8};
  box.takes_c = false;
  bool got_c = false;
  box.multiply = [&](const void* a, const void* b, const void* c, void* d) {
    got_c = got_c || c != nullptr;
    const auto *x = static_cast<const float*>(a), *y = static_cast<const float*>(b);
    float sum = 0;
    for (int k = 8; k-- > 0;) sum += x[k] * y[k];  // from the last to the first
    *static_cast<float*>(d) = sum;
  };
  const ProbeReport report = probe(box);
  CHECK_FALSE(got_c);
  CHECK(report.order == "6 + 7 + 5 + 4 + ... + 0");
  CHECK(report.models.empty());
  REQUIRE(report.nearest != nullptr);
  CHECK(report.wrong > 0);
  CHECK(report.wrong < report.comparisons);
}

TEST_CASE("probe: properties of units") {
  const auto of = [](const DotModel& model) { return probe(black_box(model, operands_of(model))); };
  struct Expected {
    const DotModel* model;
    std::string_view at_once, kept, bits, with_c, of_products, monotonic;
  };
  constexpr std::string_view rz = "toward_zero", rne = "ties_to_even", yes = "no counterexample found";
  const Expected units[]{{&volta_f16, "4", "23", "24", rz, rz, "no"},
                         {&volta_f16_f16, "4", "23", "11", rne, rne, yes},
                         {&ampere_f16, "8", "24", "24", rz, rz, "no"},
                         {&ampere_tf32, "4", "24", "24", rz, rz, yes},
                         {&hopper_f16, "16", "25", "24", rz, rz, "no"},
                         {&hopper_wgmma_f8, "32", "13", "14", rz, rz, "no"},
                         {&hopper_mma_f8, "16", "25", "24", rne, rz, yes},
                         {&mi100_f16, "4", "all", "24", rne, rne, yes},
                         {&mi300_f16, "8", "24", "24", rne, "ties_to_even, of terms cut toward zero", yes}};
  for (const Expected& each : units) {
    const ProbeReport report = of(*each.model);
    CAPTURE(each.model->name);
    CHECK(property(report, at_once) == each.at_once);
    CHECK(property(report, kept_bits) == each.kept);
    CHECK(property(report, bits) == each.bits);
    CHECK(property(report, with_c) == each.with_c);
    CHECK(property(report, of_products) == each.of_products);
    CHECK(property(report, "monotonic in c") == each.monotonic);
    CHECK(property(report, "exponent of a product") == (each.kept == "all" ? "none" : "sum of the factors' exponents"));
  }
  const ProbeReport arm = of(arm_bfdot), tpu = of(tpu_mxu_128), x86 = of(vdpbf16ps), hopper = of(hopper_tf32);
  CHECK(property(arm, with_c) == "to_odd");
  CHECK(property(arm, of_products) == "to_odd");
  for (const std::string_view what : {"subnormal operands", "subnormal c", "subnormal results"}) {
    CHECK(property(tpu, what) == "become zero");
    CHECK(property(hopper, what) == "kept");
  }
  CHECK(property(x86, "infinity - infinity") == "0xFFC00000");
  CHECK(property(hopper, "infinity - infinity") == "0x7FFFFFFF");
  CHECK(property(hopper, "fraction bits of operands used") == "10");
  CHECK(property(hopper, "products beyond the range") == "cancel");
  CHECK(property(of(mi300_xf32), "products beyond the range") == "infinities");
  CHECK(property(of(sequential_f16_stochastic), "same bits each time and at each place") == "no");
  CHECK(property(hopper, "same bits each time and at each place") == "yes");
}

TEST_CASE("probe: rounding directions and product roundings that no unit has") {
  for (const Rounding rounding : {Rounding::ties_to_away, Rounding::toward_positive, Rounding::toward_negative}) {
    const DotModel model{.name = "study", .rounding = rounding};
    const ProbeReport report = probe(black_box(model, bfloat));
    CHECK(property(report, with_c) == name(rounding));
    CHECK(report.models.empty());
    CHECK(report.order == "c + 0 + 1 + ... + 63");
  }
  const DotModel rounded{.name = "study", .round_products = true, .result = bfloat, .pass_result = bfloat};
  CHECK(property(probe(black_box(rounded, bfloat)), "products") == "rounded, or cut where they are added");
  CHECK(property(probe(black_box(sequential_bf16, bfloat)), "products") == "exact");
}

TEST_CASE("probe: many dot products in one call; what is refused") {
  int calls = 0;
  BlackBox one = black_box(ampere_f16, binary16, 16), many = one;
  many.rows = 32, many.cols = 40;
  many.multiply = [&](const void* a, const void* b, const void* c, void* d) {
    ++calls;
    const BlackBox single = black_box(ampere_f16, binary16, 16);
    const auto *left = static_cast<const std::uint16_t*>(a), *right = static_cast<const std::uint16_t*>(b);
    const auto* addend = static_cast<const std::uint32_t*>(c);
    for (int i = 0; i < 32; ++i) {
      std::uint16_t column[16];
      for (int k = 0; k < 16; ++k) column[k] = right[k * 40 + i];
      single.multiply(left + i * 16, column, addend + i * 40 + i, static_cast<std::uint32_t*>(d) + i * 40 + i);
    }
  };
  const ProbeReport report = probe(many);
  CHECK(report.order == probe(one).order);
  CHECK(report.models == probe(one).models);
  CHECK(calls < report.dot_products / 3);
  BlackBox odd = black_box(sequential, bfloat, 8);  // what no sum does
  odd.multiply = [](const void*, const void*, const void*, void* d) { *static_cast<float*>(d) = 0x1p-19f * 40; };
  CHECK(probe(odd).order.empty());
  CHECK_THROWS_AS(probe({.a = bfloat, .b = bfloat, .result = binary32}), ValueError);
  one.terms = 1;
  CHECK_THROWS_AS(probe(one), ValueError);
}
