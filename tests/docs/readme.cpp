// The programs of README.md, run.
#include <halfway/halfway.hpp>
#include <iostream>

using namespace halfway;

namespace {

void scalars() {
  static_assert(256_f16 * 256_f16 == std::numeric_limits<float16>::infinity());
  static_assert(1e-5_f16 * 1e-5_f16 == 0_f16);
  static_assert(float(1e-5_bf16 * 1e-5_bf16) > 0);  // bfloat16 keeps it
  std::cout << 0.1_f16 << " = " << bit_string(0.1_f16) << ", ulp " << ulp(0.1_f16) << '\n';
}

bool devices() {
  random::Generator generator{2020};
  const Tensor a = random::normal({64, 1024}, generator), b = random::normal({1024, 64}, generator);
  const Tensor exact_enough = cast(matmul(cast(a, DType::float64), cast(b, DType::float64)), DType::float32);

  for (const Device& device : list_physical_devices()) {
    const DeviceScope scope(device);
    const Tensor error = matmul(a, b) - exact_enough;
    std::cout << device << ": mean squared error " << mean(square(error)) << '\n';  // tpu_v3 rounds to bfloat16
  }
  const DeviceScope tpu("tpu_v3");
  const Tensor narrow_a = cast(a, DType::bfloat16), narrow_b = cast(b, DType::bfloat16);
  // True: what the guide says of TPUs.
  return bits_equal(cast(matmul(a, b), DType::bfloat16), matmul(narrow_a, narrow_b));
}

bool training(const Tensor& x, const Tensor& y) {
  set_policy("mixed_float16");

  const auto inputs = Input({784});
  const auto hidden = Dense{64, {.activation = relu}}(inputs);
  const auto logits = Dense{10}(hidden);
  const auto outputs = Activation{softmax, {.dtype = "float32"}}(logits);

  Model model{inputs, outputs};
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}, .metrics = {accuracy}});
  model.fit(x, y, {.batch_size = 128, .epochs = 5, .validation_split = 0.2});
  std::cout << *model.loss_scale() << '\n';
  return model.evaluate(x, y).metric("accuracy") > 0.9;
}

}  // namespace

int main() {
  scalars();
  if (!devices()) return 1;
  // Ten classes that a linear rule separates: bright pixels in a band of their own.
  random::Generator generator{1};
  const std::int64_t samples = 2000;
  const Tensor noise = random::uniform({samples, 784}, generator);
  std::vector<float> pixels(noise.span<float>().begin(), noise.span<float>().end());
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = 0; i < samples; ++i) {
    labels.push_back(static_cast<std::uint8_t>(generator.below(10)));
    for (int j = 0; j < 78; ++j) pixels[static_cast<std::size_t>(i * 784 + labels.back() * 78 + j)] += 0.5f;
  }
  return training(tensor(pixels, {samples, 784}), tensor(labels, {samples})) ? 0 : 1;
}
