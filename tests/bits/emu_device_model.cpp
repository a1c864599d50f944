// Which algorithm and which unit each device chooses, and what is printed of them.
#include <doctest/doctest.h>

#include <set>
#include <sstream>

#include "halfway/emu/device_model.hpp"
#include "halfway/errors.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

constexpr DType f16 = DType::float16, bf16 = DType::bfloat16, f32 = DType::float32, f64 = DType::float64;

std::string rule(const DeviceModel& device, DType lhs, DType rhs, std::int64_t m = 8, std::int64_t n = 8,
                 std::optional<DotAlgorithm> algorithm = {}) {
  const MatmulRule found = matmul_rule(device, lhs, rhs, m, n, algorithm);
  return name(found.algorithm) + " on " + std::string(found.model.name);
}
}  // namespace

TEST_CASE("device models: found under their own names, which are all different") {
  std::set<std::string_view> names;
  for (const DeviceModel* device : device_models()) {
    CHECK(find_device_model(device->name) == device);
    names.insert(device->name);
  }
  CHECK(names.size() == device_models().size());
  CHECK(device_models().front() == &cpu);
  CHECK(find_device_model("tpu_v3") == &tpu_v3);
  CHECK(find_device_model("tpu") == nullptr);
}

TEST_CASE("cpu: each dtype in its own precision, one chain") {
  CHECK(rule(cpu, f16, f16) == "F16_F16_F32 on sequential");
  CHECK(rule(cpu, bf16, bf16) == "BF16_BF16_F32 on sequential");
  CHECK(rule(cpu, f32, f32) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f64, f64) == "F64_F64_F64 on sequential");
  CHECK(rule(cpu, f16, bf16) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, bf16, f32) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f32, f32, 1, 8) == "F32_F32_F32 on sequential");
  CHECK(rule(cpu, f16, f16, 1, 1) == "F16_F16_F32 on sequential");
  CHECK(rule(cpu, f32, f32, 8, 8, dot::bf16_bf16_f32) == "BF16_BF16_F32 on sequential");
}

TEST_CASE("tpu_v3: everything in bfloat16 on the unit, vectors beside it") {
  CHECK(rule(tpu_v3, bf16, bf16) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f16, f16) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f16, f32) == "BF16_BF16_F32 on tpu_mxu_128 (H0)");
  CHECK(rule(tpu_v3, f32, f32, 1, 8) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, bf16, bf16, 8, 1) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f32, f32, 8, 8, dot::f32_f32_f32) == "F32_F32_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f32, f32, 8, 1, dot::bf16_bf16_f32) == "BF16_BF16_F32 on tpu_vpu");
  CHECK(rule(tpu_v3, f64, f64) == "F64_F64_F64 on sequential");
  CHECK(rule(tpu_v3, f64, f64, 1, 1) == "F64_F64_F64 on sequential");
}

TEST_CASE("device models: what no unit takes is refused, and the message says what to do") {
  CHECK_THROWS_AS(matmul_rule(cpu, DType::int32, f32, 2, 2), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f64, f32, 2, 2), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f32, f32, 2, 2, dot::f64_f64_f64), DTypeError);
  CHECK_THROWS_AS(matmul_rule(cpu, f64, f64, 2, 2, dot::f32_f32_f32), DTypeError);
  CHECK_THROWS_WITH_AS(
      matmul_rule(tpu_v3, f32, f32, 2, 2, dot::f16_f16_f32),
      "[matmul] operands of float32 and float32 on device tpu_v3: its matrix unit does not take float16, which "
      "algorithm F16_F16_F32 asks for; use BF16_BF16_F32 or F32_F32_F32",
      DTypeError);
}

TEST_CASE("dot algorithms and models print their names") {
  std::ostringstream out;
  out << dot::bf16_bf16_f32 << ' ' << tpu_mxu_128 << ' ' << DotAlgorithm{binary16, binary32, binary32};
  CHECK(out.str() == "BF16_BF16_F32 tpu_mxu_128 (H0) F16_F32_F32");
}
