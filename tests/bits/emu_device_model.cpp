// Which algorithm and which unit each device chooses, its figures, and what is printed of them.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "halfway/emu/devices.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

constexpr DType f16 = DType::float16, bf16 = DType::bfloat16, f32 = DType::float32, f64 = DType::float64,
                f8 = DType::float8_e4m3fn, f8_range = DType::float8_e5m2;

struct Size {
  std::int64_t m = 8, n = 8;
};

std::string rule(const DeviceModel& device, DType lhs, DType rhs, Size size = {},
                 std::optional<DotAlgorithm> algorithm = {}, Precision precision = Precision::default_) {
  const MatmulRule found = matmul_rule(device, lhs, rhs, size.m, size.n, algorithm, precision);
  return name(found.algorithm) + " on " + std::string(found.model.name);
}

/// The bits of 1, lowest first.
std::uint32_t one(DType t) {
  return t == f32 ? 0x3F800000u : t == bf16 ? 0x3F80u : t == f16 ? 0x3C00u : t == f8 ? 0x38u : 0x3Cu;
}

std::vector<const DeviceModel*> all_devices() {
  std::vector<const DeviceModel*> all(device_models().begin(), device_models().end());
  all.insert(all.end(), device_variants().begin(), device_variants().end());
  return all;
}
}  // namespace

TEST_CASE("device models: found under their own names, which are all different; variants belong to a device") {
  std::set<std::string_view> names;
  for (const DeviceModel* device : all_devices()) {
    CHECK(find_device_model(device->name) == device);
    names.insert(device->name);
  }
  CHECK(names.size() == device_models().size() + device_variants().size());
  CHECK(device_models().front() == &cpu);
  for (const std::string_view expected :
       {"cpu",     "tpu_v2",     "tpu_v3",     "tpu_v4",  "tpu_v5e",  "tpu_v5p",  "tpu_v6e",
        "tpu_v7",  "tesla_p100", "tesla_v100", "titan_v", "rtx_2080", "a100",     "rtx_4090",
        "h100",    "b200",       "mi100",      "mi250",   "mi300",    "xeon_amx", "xeon_avx512_bf16",
        "arm_bf16"})
    CHECK(names.contains(expected));
  for (const DeviceModel* variant : device_variants()) {
    const DeviceModel* device = find_device_model(variant->name.substr(0, variant->name.find(':')));
    REQUIRE(device != nullptr);
    CHECK(device->description == variant->description);
    CHECK(device->memory_bytes == variant->memory_bytes);
    CHECK(device->units.data() != variant->units.data());
  }
  CHECK(find_device_model("tpu") == nullptr);
  CHECK(find_device_model("") == nullptr);
}

TEST_CASE("device models: every row is whole") {
  for (const DeviceModel* device : all_devices()) {
    CAPTURE(std::string(device->name));
    CHECK_FALSE(device->description.empty());
    CHECK((device->mixed_policy == "mixed_float16" || device->mixed_policy == "mixed_bfloat16"));
    CHECK((device->kind == DeviceKind::tpu) == device->array.has_value());
    if (device != &cpu) {
      CHECK_FALSE(device->source.empty());
      CHECK(device->bytes_per_second > 1e11);
    }
    if (device->kind != DeviceKind::cpu) CHECK(device->memory_bytes >= std::int64_t{8} << 30);
    for (const DeviceUnit& unit : device->units) {
      CAPTURE(std::string(unit.model->name));
      CHECK(unit.model->accepts(unit.operands));
      CHECK_NOTHROW(check_model(*unit.model, "test"));
      CHECK(unit.teraflops >= 0);
      // Whoever asks for a unit's own algorithm gets it: none is hidden behind another one.
      CHECK(find_unit(*device, unit.operands, unit.operands, unit.model->output()) == &unit);
      CHECK(std::count_if(dot_models().begin(), dot_models().end(),
                          [&](const DotModel* model) { return model->name == unit.model->name; }) == 1);
    }
  }
}

TEST_CASE("every dtype on every device: a rule whose unit takes what the algorithm gives, or a refusal that says why") {
  for (const DeviceModel* device : all_devices())
    for (const DType lhs : {f16, bf16, f32, f8, f8_range})
      for (const DType rhs : {f16, bf16, f32, f8, f8_range})
        for (const Precision precision : {Precision::default_, Precision::high, Precision::highest})
          for (const std::int64_t n : {1, 2}) {
            CAPTURE(std::string(device->name) + " " + std::string(name(lhs)) + " " + std::string(name(rhs)));
            try {
              const auto [algorithm, model] = matmul_rule(*device, lhs, rhs, 2, n, {}, precision);
              // What the table promises is what products take: 1 * 1 = 1.
              const std::uint32_t a = one(lhs), b = one(rhs);
              float sum = 0;
              matmul_ref({&a, lhs, 1, 1, 1, 1}, {&b, rhs, 1, 1, 1, 1}, {&sum, f32, 1, 1, 1, 1}, algorithm, model);
              CHECK(sum == 1);
            } catch (const DTypeError& error) {
              CHECK((size_of(lhs) == 1 || size_of(rhs) == 1));
              CHECK(std::string(error.what()).find("no unit") != std::string::npos);
            }
          }
}

TEST_CASE("cpu: each dtype in its own precision, one chain; every algorithm") {
  CHECK(rule(cpu, f16, f16) == "F16_F16_F32 on sequential");
  CHECK(rule(cpu, bf16, bf16) == "BF16_BF16_F32 on sequential");
  CHECK(rule(cpu, f32, f32) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f64, f64) == "F64_F64_F64 on sequential");
  CHECK(rule(cpu, f16, bf16) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, bf16, f32) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f8, f8_range) == "F8E4M3FN_F8E5M2_F32 on sequential");
  CHECK(rule(cpu, f8, f32) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f32, f32, {1, 8}) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f16, f16, {1, 1}) == "F16_F16_F32 on sequential");
  for (const DotAlgorithm& algorithm : {dot::bf16_bf16_f32, dot::bf16_bf16_f32_x3, dot::tf32_tf32_f32_x3})
    CHECK(rule(cpu, f32, f32, {}, algorithm) == name(algorithm) + " on sequential");
  CHECK(rule(cpu, f16, f16, {}, dot::f16_f16_f16) == "F16_F16_F16 on sequential_f16");
  CHECK(rule(cpu, f32, f32, {}, dot::bf16_bf16_bf16) == "BF16_BF16_BF16 on sequential_bf16");
  for (const Precision precision : {Precision::high, Precision::highest})
    CHECK(rule(cpu, f32, f32, {}, {}, precision) == "F32_F32_F32 on sequential");
}

TEST_CASE("TPUs: everything in bfloat16 on the unit, vectors beside it; H0 before v4, H4 from there") {
  CHECK(rule(tpu_v3, bf16, bf16) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32, {}, {}, Precision::high) == "BF16_BF16_F32_X3 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32, {}, {}, Precision::highest) == "BF16_BF16_F32_X6 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, bf16, bf16, {}, {}, Precision::highest) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f16, f16) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f16, f16, {}, {}, Precision::highest) == "BF16_BF16_F32_X6 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f16, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32, {1, 8}) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, bf16, bf16, {8, 1}) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f32, f32, {}, dot::f32_f32_f32) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f32, f32, {8, 1}, dot::bf16_bf16_f32) == "BF16_BF16_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f64, f64) == "F64_F64_F64 on sequential");
  CHECK(rule(tpu_v3, f64, f64, {1, 1}) == "F64_F64_F64 on sequential");
  CHECK(rule(tpu_v2, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  for (const DeviceModel* device : {&tpu_v4, &tpu_v5e, &tpu_v5p})
    CHECK(rule(*device, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H4)");
  for (const DeviceModel* device : {&tpu_v6e, &tpu_v7})
    CHECK(rule(*device, bf16, bf16) == "BF16_BF16_F32 on tpu_mxu_256 (H4)");
  CHECK(rule(tpu_v7, f8, f8_range) == "F8E4M3FN_F8E5M2_F32 on tpu_mxu_256_f8 (H4)");
  CHECK(rule(tpu_v4_h0, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v2_h4, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H4)");
  CHECK(rule(tpu_v6e_h0, f32, f32) == "BF16_BF16_F32 on tpu_mxu_256 (H0)");
  CHECK(rule(tpu_v7_h0, f8, f8) == "F8E4M3FN_F8E4M3FN_F32 on tpu_mxu_256 (H0)");
}

TEST_CASE(
    "NVIDIA: tensor cores for what they take, TF32 from compute capability 8.0, float16 sums only when asked for") {
  CHECK(rule(tesla_p100, f16, f16) == "F32_F32_F32 on sequential");
  CHECK(rule(tesla_p100, f16, f16, {}, dot::f16_f16_f16) == "F16_F16_F16 on sequential_f16");
  for (const DeviceModel* device : {&tesla_v100, &titan_v}) {
    CHECK(rule(*device, f16, f16) == "F16_F16_F32 on volta_mma_f16");
    CHECK(rule(*device, f16, f16, {1, 8}) == "F16_F16_F32 on volta_mma_f16");
    CHECK(rule(*device, f16, f16, {}, dot::f16_f16_f16) == "F16_F16_F16 on volta_mma_f16_f16");
    CHECK(rule(*device, bf16, bf16) == "F32_F32_F32 on sequential");
    CHECK(rule(*device, f16, f32) == "F32_F32_F32 on sequential");
  }
  CHECK(rule(rtx_2080, f16, f16) == "F16_F16_F32 on turing_mma_f16");
  for (const DeviceModel* device : {&tesla_p100, &tesla_v100, &titan_v, &rtx_2080})
    for (const Precision precision : {Precision::default_, Precision::high, Precision::highest})
      CHECK(rule(*device, f32, f32, {}, {}, precision) == "F32_F32_F32 on sequential");

  const struct {
    const DeviceModel* device;
    std::string f16, tf32;
  } rows[] = {{&a100, "ampere_mma_f16", "ampere_mma_tf32"},
              {&rtx_4090, "ada_mma_f16", "ada_mma_tf32"},
              {&h100, "hopper_mma_f16", "hopper_mma_tf32"},
              {&b200, "blackwell_mma_f16", "blackwell_mma_tf32"}};
  for (const auto& row : rows) {
    CHECK(*row.device->compute_capability >= ComputeCapability{8, 0});
    CHECK(rule(*row.device, f16, f16) == "F16_F16_F32 on " + row.f16);
    CHECK(rule(*row.device, bf16, bf16) == "BF16_BF16_F32 on " + row.f16);
    CHECK(rule(*row.device, f32, f32, {}, dot::bf16_bf16_f32_x3) == "BF16_BF16_F32_X3 on " + row.f16);
    CHECK(rule(*row.device, f32, f32) == "TF32_TF32_F32 on " + row.tf32);
    CHECK(rule(*row.device, f16, bf16) == "TF32_TF32_F32 on " + row.tf32);
    CHECK(rule(*row.device, f32, f32, {}, {}, Precision::high) == "TF32_TF32_F32 on " + row.tf32);
    CHECK(rule(*row.device, f32, f32, {}, {}, Precision::highest) == "F32_F32_F32 on sequential");
    CHECK(rule(*row.device, f16, f16, {}, dot::f16_f16_f16) == "F16_F16_F16 on " + row.f16 + "_f16");
  }
  CHECK(rule(rtx_4090, f8, f8) == "F8E4M3FN_F8E4M3FN_F32 on ada_mma_f8");
  CHECK(rule(h100, f8, f8_range) == "F8E4M3FN_F8E5M2_F32 on hopper_wgmma_f8");
  CHECK(rule(h100, f8_range, f8, {}, dot::any_f8_any_f8_f32) == "F8E5M2_F8E4M3FN_F32 on hopper_wgmma_f8");
  CHECK(rule(h100_mma_sync, f8, f8) == "F8E4M3FN_F8E4M3FN_F32 on hopper_mma_f8");
  CHECK(rule(b200, f8, f8) == "F8E4M3FN_F8E4M3FN_F32 on blackwell_tcgen05_f8");
  CHECK(rule(b200_mma_sync, f8, f8) == "F8E4M3FN_F8E4M3FN_F32 on blackwell_mma_f8");
  CHECK(rule(h100, f8, f8, {}, DotAlgorithm{e4m3fn, e4m3fn, binary16}) ==
        "F8E4M3FN_F8E4M3FN_F16 on hopper_wgmma_f8_f16");
  CHECK(rule(h100_mma_sync, f8, f8, {}, DotAlgorithm{e4m3fn, e4m3fn, binary16}) ==
        "F8E4M3FN_F8E4M3FN_F16 on hopper_mma_f8_f16");
}

TEST_CASE("AMD and CPUs: the unit's rule, float32 in a chain, XF32 only by TF32_TF32_F32") {
  CHECK(rule(mi100, f16, f16) == "F16_F16_F32 on mi100_mfma_f16");
  CHECK(rule(mi100, bf16, bf16) == "BF16_BF16_F32 on mi100_mfma_bf16");
  CHECK(rule(mi250, bf16, bf16) == "BF16_BF16_F32 on mi250_mfma_bf16_1k");
  CHECK(rule(mi250_bf16_old, bf16, bf16) == "BF16_BF16_F32 on mi250_mfma_bf16");
  CHECK(rule(mi300, bf16, bf16) == "BF16_BF16_F32 on mi300_mfma_f16");
  CHECK(rule(mi300_one_floor, bf16, bf16) == "BF16_BF16_F32 on mi300_mfma_f16_one_floor");
  CHECK(rule(mi300, f32, f32, {}, dot::tf32_tf32_f32) == "TF32_TF32_F32 on mi300_mfma_xf32");
  for (const DeviceModel* device : {&mi100, &mi250, &mi300, &xeon_amx, &xeon_avx512_bf16, &arm_bf16})
    for (const Precision precision : {Precision::default_, Precision::high, Precision::highest})
      CHECK(rule(*device, f32, f32, {}, {}, precision) == "F32_F32_F32 on sequential");
  CHECK(rule(xeon_amx, bf16, bf16) == "BF16_BF16_F32 on tdpbf16ps");
  CHECK(rule(xeon_avx512_bf16, bf16, bf16) == "BF16_BF16_F32 on vdpbf16ps");
  CHECK(rule(arm_bf16, bf16, bf16) == "BF16_BF16_F32 on arm_bfdot");
  CHECK(rule(arm_bf16_ebf, bf16, bf16) == "BF16_BF16_F32 on arm_bfdot_ebf");
  for (const DeviceModel* device : {&xeon_amx, &xeon_avx512_bf16, &arm_bf16})
    CHECK(rule(*device, f16, f16) == "F32_F32_F32 on sequential");
}

TEST_CASE("device models: what no unit takes is refused, and the message says what to do") {
  CHECK_THROWS_AS(matmul_rule(cpu, DType::int32, f32, 2, 2), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f64, f32, 2, 2), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f32, f32, 2, 2, dot::f64_f64_f64), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f64, f64, 2, 2, dot::f32_f32_f32), DTypeError);
  CHECK_THROWS_AS(matmul_rule(tesla_v100, f32, f32, 2, 2, dot::tf32_tf32_f32), DTypeError);
  CHECK_THROWS_WITH_AS(matmul_rule(tpu_v3, f32, f32, 2, 2, dot::f16_f16_f32),
                       "[matmul] operands of float32 and float32 on device tpu_v3: it has no unit for algorithm "
                       "F16_F16_F32; choose one of BF16_BF16_F32, F32_F32_F32",
                       DTypeError);
  CHECK_THROWS_WITH_AS(matmul_rule(a100, f8, f8, 2, 2),
                       "[matmul] operands of float8_e4m3fn and float8_e4m3fn on device a100: it has no unit for them; "
                       "cast to bfloat16 or float32, which hold every such number",
                       DTypeError);
  CHECK_THROWS_WITH_AS(matmul_rule(a100, f32, f32, 2, 2, dot::f32_f32_f32, Precision::high),
                       "[matmul] received the algorithm F32_F32_F32 and a precision; an algorithm says it all: leave "
                       "the precision out",
                       ValueError);
}

TEST_CASE("preferred multiples: 16 bytes for tensor cores, 128 for TPUs, anything elsewhere") {
  CHECK(preferred_multiple(tesla_v100, f16) == 8);
  CHECK(preferred_multiple(tesla_v100, f32) == 1);
  CHECK(preferred_multiple(tesla_p100, f16) == 1);
  CHECK(preferred_multiple(a100, f32) == 4);
  CHECK(preferred_multiple(a100, bf16) == 8);
  CHECK(preferred_multiple(h100, f8) == 16);
  for (const DType t : {f16, bf16, f32}) {
    CHECK(preferred_multiple(tpu_v3, t) == 128);
    CHECK(preferred_multiple(cpu, t) == 1);
  }
}

TEST_CASE("peaks: the unit's by the products that an algorithm takes") {
  CHECK(peak_flops(tesla_v100, dot::f16_f16_f32) == 125e12);
  CHECK(peak_flops(tesla_v100, dot::f32_f32_f32) == 15.7e12);
  CHECK(peak_flops(rtx_2080, dot::f16_f16_f32) == 40.3e12);
  CHECK(peak_flops(rtx_2080, dot::f16_f16_f16) == 80.5e12);
  CHECK(peak_flops(tpu_v4, dot::bf16_bf16_f32) == 275e12);
  CHECK(peak_flops(tpu_v4, dot::bf16_bf16_f32_x6) == 275e12 / 6);
  CHECK(peak_flops(tpu_v4, dot::f32_f32_f32) == 0);
  CHECK(peak_flops(mi250, dot::f32_f32_f32) == 45.25e12);
  CHECK(peak_flops(a100, dot::f64_f64_f64) == 19.5e12);
  CHECK(peak_flops(cpu, dot::f32_f32_f32) == 0);
}

TEST_CASE("dot algorithms and models print their names") {
  std::ostringstream out;
  out << dot::bf16_bf16_f32 << ' ' << tpu_mxu_128 << ' ' << DotAlgorithm{binary16, binary32, binary32};
  CHECK(out.str() == "BF16_BF16_F32 tpu_mxu_128 (H0) F16_F32_F32");
}
