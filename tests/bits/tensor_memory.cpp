// Tensors count against their device's memory; a batch that is too large is an error that can be survived.
#include <thread>

#include "halfway/autograd/tape.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/model.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/tensor/memory.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

/// Sets a limit for the length of a test.
class Limit {
 public:
  Limit(const Device& device, std::int64_t bytes) : device_(device) { set_memory_limit(device, bytes); }
  ~Limit() { set_memory_limit(device_, std::nullopt); }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  Device device_;
};

/// The guide's model with fewer inputs and units: as there, hidden activations outweigh inputs and weights.
Model small_model() {
  const auto inputs = Input({16});
  const auto hidden = Dense(128, {.activation = relu})(Dense(128, {.activation = relu})(inputs));
  const Model model{inputs, Activation(softmax, {.dtype = "float32"})(Dense(10)(hidden))};
  model.compile({.loss = sparse_categorical_crossentropy});
  return model;
}

/// The most memory that a step of `batch_size` samples takes under a policy on a device.
std::int64_t peak_of_step(const Device& device, const Policy& policy, std::int64_t batch_size) {
  const Tensor x = random_tensor({batch_size, 16}, DType::float32, 1), y = zeros({batch_size}, DType::uint8);
  const DeviceScope scope(device);
  const PolicyScope policy_scope(policy);
  const Model model = small_model();
  reset_memory_stats(device);
  model.fit(x, y, {.batch_size = static_cast<int>(batch_size), .verbose = 0});
  return memory_info(device).peak;
}
}  // namespace

TEST_CASE("a tensor takes the bytes of its elements on the device that was current, until its last copy goes") {
  const Device v100("tesla_v100"), cpu("cpu");
  CHECK(memory_info(v100).limit == std::int64_t{16} << 30);
  CHECK_FALSE(memory_info(cpu).limit.has_value());
  const std::int64_t before = memory_info(v100).current, on_cpu = memory_info(cpu).current;
  {
    Tensor kept;
    {
      const DeviceScope scope(v100);
      const Tensor wide = zeros({1000}, DType::float32), narrow = cast(wide, DType::float16);
      CHECK(memory_info(v100).current == before + 4000 + 2000);
      kept = reshape(narrow, {10, 100});  // shares the buffer
      CHECK(memory_info(v100).current == before + 4000 + 2000);
    }
    CHECK(memory_info(v100).current == before + 2000);
    const Tensor host = zeros({7}, DType::float64);
    CHECK(memory_info(cpu).current == on_cpu + 56);
  }
  CHECK(memory_info(v100).current == before);
  CHECK(memory_info(v100).peak >= before + 6000);
  reset_memory_stats(v100);
  CHECK(memory_info(v100).peak == before);
}

TEST_CASE("beyond the limit: an OutOfMemoryError that says what to do; nothing is taken, and work goes on") {
  const Device device("h100");
  const std::int64_t before = memory_info(device).current;
  const Limit limit(device, before + 4096);
  const DeviceScope scope(device);
  const Tensor half = zeros({512}, DType::float32);
  const std::string message = error_of<OutOfMemoryError>([] { zeros({1 << 20}, DType::float32); });
  CHECK(contains(message, "[Tensor] received a request for 4 MiB on device h100, where 2 KiB of 4 KiB are in use; "));
  CHECK(contains(message, "smaller batch"));
  CHECK_FALSE(error_of<Error>([] { zeros({513}, DType::float32); }).empty());
  CHECK(memory_info(device).current == before + 2048);
  CHECK(bits_equal(half + half, half));  // exactly what is left, once
  CHECK(zeros({512}, DType::float32).elements() == 512);
  {
    const DeviceScope elsewhere("cpu");
    CHECK(zeros({1 << 20}, DType::float32).elements() == 1 << 20);
  }
  CHECK_FALSE(error_of<ValueError>([&] { set_memory_limit(device, -1); }).empty());
}

TEST_CASE("a limit on cpu, and threads that reach it together") {
  const Device cpu("cpu");
  const std::int64_t before = memory_info(cpu).current;
  const Limit limit(cpu, before + 64 * 1024);
  std::atomic<int> made = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) try {
          const Tensor a = zeros({10'000}, DType::uint8), b = zeros({10'000}, DType::uint8);
          ++made;
          if (memory_info(Device("cpu")).current > before + 64 * 1024) made = -1'000'000;
        } catch (const OutOfMemoryError&) {
          ++refused;
        }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(made + refused == 800);
  CHECK(made > 0);
  CHECK(memory_info(cpu).current == before);
}

TEST_CASE("the guide's doubled batch: mixed_float16 fits where float32 does not") {
  const Device v100("tesla_v100");
  const std::int64_t float32 = peak_of_step(v100, "float32", 1024), mixed = peak_of_step(v100, "mixed_float16", 1024);
  MESSAGE("peak of a step of 1024 samples: " << float32 << " bytes in float32, " << mixed << " in mixed_float16");
  CHECK(mixed < float32);
  const Limit limit(v100, memory_info(v100).current + (mixed + float32) / 2);
  CHECK_NOTHROW(peak_of_step(v100, "mixed_float16", 1024));
  CHECK_THROWS_AS(peak_of_step(v100, "float32", 1024), OutOfMemoryError);
  CHECK_NOTHROW(peak_of_step(v100, "float32", 256));  // a smaller batch is the other way out
}
