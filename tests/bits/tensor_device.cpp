// Devices and their scopes; counting what rounding loses.
#include <thread>

#include "formats_convert.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/crossentropy.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/tensor/device.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

std::string events(const RoundingEvents& e) {
  return std::to_string(e.results) + " results, " + std::to_string(e.underflows) + " underflows, " +
         std::to_string(e.overflows) + " overflows";
}
}  // namespace

TEST_CASE("devices: by name; unknown ones are told what there is") {
  CHECK(Device("cpu").name() == "cpu");
  CHECK_FALSE(Device("cpu").emulated());
  CHECK(Device("tpu_v3").emulated());
  CHECK(Device::parse("tpu_v3") == Device("tpu_v3"));
  CHECK_FALSE(Device("cpu") == Device("tpu_v3"));
  CHECK(printed(Device("tpu_v3")) == "tpu_v3");
  const std::string unknown = error_of<DeviceError>([] { Device::parse("tpu_v99"); });
  CHECK(contains(unknown, "[Device] received \"tpu_v99\""));
  for (const Device& device : list_physical_devices()) CHECK(contains(unknown, std::string(device.name())));
  CHECK(contains(error_of<DeviceError>([] { Device::parse("cuda:0"); }), "no CUDA back-end"));
  CHECK(contains(error_of<DeviceError>([] { Device::parse("cuda:x"); }), "\"cuda:x\""));
  CHECK(contains(error_of<DeviceError>([] { Device::parse("cuda:3"); }), "\"cuda:3\""));
  CHECK(is_available("tpu_v3"));
  CHECK_FALSE(is_available("cuda:0"));
  CHECK_FALSE(is_available(""));
  CHECK(list_physical_devices().front() == Device("cpu"));
}

TEST_CASE("devices: scopes nest, end with an exception, and belong to their thread") {
  CHECK(current_device() == Device("cpu"));
  {
    const DeviceScope outer("tpu_v3");
    CHECK(current_device() == Device("tpu_v3"));
    {
      const DeviceScope inner("cpu");
      CHECK(current_device() == Device("cpu"));
    }
    CHECK(current_device() == Device("tpu_v3"));
    std::string elsewhere;
    std::thread([&] { elsewhere = current_device().name(); }).join();
    CHECK(elsewhere == "cpu");
  }
  try {
    const DeviceScope scope("tpu_v3");
    throw 1;
  } catch (int) {
  }
  CHECK(current_device() == Device("cpu"));

  set_device("tpu_v3");
  std::string elsewhere;
  std::thread([&] { elsewhere = current_device().name(); }).join();
  CHECK(elsewhere == "tpu_v3");
  set_device("cpu");
  CHECK(current_device() == Device("cpu"));
}

TEST_CASE("a device of one's own: its rules are asked for") {
  static constexpr emu::DeviceModel flushing{.name = "mine", .description = "", .subnormals = Subnormals::flush};
  const Tensor tiny = constant(1e-40);
  CHECK((tiny + tiny).number() > 0);
  const DeviceScope scope{Device(flushing)};
  CHECK((tiny + tiny).number() == 0);
  CHECK(current_device().name() == "mine");
}

TEST_CASE("matmul's precision is what the device makes of it, backward too") {
  const Tensor a = random_tensor({9, 300}, DType::float32, 1), b = random_tensor({300, 5}, DType::float32, 2);
  const auto both = [&](const Device& device, const MatmulOptions& options) {
    const DeviceScope scope(device);
    GradientTape tape;
    tape.watch(a);
    const Tensor y = matmul(a, b, options);
    return std::pair(y, tape.gradient(y, std::vector{a})[0]);
  };
  const auto equal = [&](const Device& device, const MatmulOptions& x, const MatmulOptions& y) {
    const auto [x_sums, x_gradients] = both(device, x);
    const auto [y_sums, y_gradients] = both(device, y);
    return bits_equal(x_sums, y_sums) && bits_equal(x_gradients, y_gradients);
  };
  const MatmulOptions plain, high{.precision = Precision::high}, highest{.precision = Precision::highest};
  CHECK(equal("tpu_v3", plain, {.algorithm = dot::bf16_bf16_f32}));
  CHECK(equal("tpu_v3", high, {.algorithm = dot::bf16_bf16_f32_x3}));
  CHECK(equal("tpu_v3", highest, {.algorithm = dot::bf16_bf16_f32_x6}));
  CHECK_FALSE(equal("tpu_v3", plain, high));
  CHECK_FALSE(equal("tpu_v3", high, highest));
  CHECK(equal("a100", plain, {.algorithm = dot::tf32_tf32_f32}));
  CHECK(equal("a100", high, plain));
  CHECK(equal("a100", highest, {.algorithm = dot::f32_f32_f32}));
  CHECK_FALSE(equal("a100", plain, highest));
  for (const Device device : {Device("cpu"), Device("tesla_v100"), Device("mi300"), Device("xeon_amx")})
    CHECK(equal(device, plain, highest));
  CHECK_FALSE(error_of<ValueError>([&] {
                matmul(a, b, {.algorithm = dot::f32_f32_f32, .precision = Precision::highest});
              }).empty());
}

TEST_CASE("NumericWatch: counts each 16-bit result of each operation") {
  const auto f16 = [](std::initializer_list<float> x, const Shape& shape) {
    return cast(tensor<float>(x, shape), DType::float16);
  };
  const Tensor x = f16({1e-5f, 256, 1, 0}, {4}), logits = f16({0, 30, 1, 2}, {2, 2});
  const Tensor labels = tensor<std::int32_t>({0, 1}, {2});
  const auto counted = [](auto&& body) {
    const NumericWatch watch;
    body();
    CHECK(events(watch.backward) == "0 results, 0 underflows, 0 overflows");
    return events(watch.forward);
  };
  CHECK(counted([&] { (void)(x * x); }) == "4 results, 1 underflows, 1 overflows");
  CHECK(counted([&] { (void)square(x); }) == "4 results, 1 underflows, 1 overflows");
  CHECK(counted([&] { (void)(x * 1e-6); }) == "4 results, 1 underflows, 0 overflows");
  CHECK(counted([&] { (void)exp(f16({20, -20, 0, 12}, {4})); }) == "8 results, 1 underflows, 2 overflows");
  CHECK(counted([&] { (void)sum(full({2, 400}, 256, DType::float16), 1); }) == "2 results, 0 underflows, 2 overflows");
  CHECK(counted([&] {
          (void)matmul(reshape(x, {4, 1}), reshape(x, {1, 4}));
        }) == "16 results, 1 underflows, 1 overflows");
  CHECK(counted([&] { (void)softmax(logits); }) == "4 results, 1 underflows, 0 overflows");
  CHECK(counted([&] { (void)ops::sparse_crossentropy(labels, softmax(logits)); }) ==
        "6 results, 1 underflows, 0 overflows");
  CHECK(counted([&] {
          (void)cast(tensor<float>({1e-9f, 1e9f, 1}, {3}), DType::float16);
        }) == "3 results, 1 underflows, 1 overflows");
  CHECK(counted([&] {
          (void)cast(tensor<double>({1e-300, 1e300, 1}, {3}), DType::bfloat16);
        }) == "3 results, 1 underflows, 1 overflows");
  CHECK(counted([&] { (void)cast(x, DType::float8_e4m3fn); }) == "4 results, 1 underflows, 0 overflows");
  // Widening, float32 work and constants lose nothing and are not counted; an infinite operand is no overflow.
  CHECK(counted([&] { (void)(cast(x, DType::float32) * 1e-30); }) == "0 results, 0 underflows, 0 overflows");
  CHECK(counted([&] { (void)(f16({INFINITY}, {1}) * 2.0); }) == "2 results, 0 underflows, 0 overflows");
}

TEST_CASE("NumericWatch: the innermost counts, on its own thread, and changes no bit") {
  const Tensor x = random_tensor({37, 8}, DType::bfloat16, 1), w = random_tensor({8, 5}, DType::bfloat16, 2);
  const auto work = [&] { return softmax(relu(matmul(x, w) + random_tensor({5}, DType::bfloat16, 3)) / 3.0); };
  const Tensor tiny = cast(tensor<float>({1e-40f, -3e-41f, 1}, {3}), DType::bfloat16);
  for (const Device& device : list_physical_devices()) {
    const DeviceScope scope(device);
    const Tensor plain = work(), flushed = -tiny + tiny * 0.5;
    const NumericWatch outer;
    {
      const NumericWatch inner;
      CHECK(bits_equal(work(), plain));
      CHECK(bits_equal(-tiny + tiny * 0.5, flushed));
      CHECK(inner.forward.results == 37 * 5 * 5 + 9);
    }
    CHECK(outer.forward.results == 0);
    std::thread([&] { work(); }).join();
    CHECK(outer.forward.results == 0);
    (void)(x * x);
    CHECK(outer.forward.results == 37 * 8);
  }
}
