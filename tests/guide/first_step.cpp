// Trains the guide's model on one batch and writes every value that first_step.py compares.
// Usage: first_step POLICY DEVICE STEPS FOLDER. FOLDER holds the batch: x.f32 [n, 784], y.u8 [n].
#include <algorithm>
#include <fstream>
#include <halfway/halfway.hpp>
#include <iostream>
#include <iterator>

using namespace halfway;

namespace {

template <class T>
std::vector<T> read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes(std::istreambuf_iterator<char>(in), {});
  std::vector<T> values(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), values.size() * sizeof(T), reinterpret_cast<char*>(values.data()));
  return values;
}

void write(const std::string& path, const Tensor& tensor) {
  std::ofstream(path, std::ios::binary)
      .write(static_cast<const char*>(tensor.data()), static_cast<std::streamsize>(tensor.span<float>().size_bytes()));
}

Model build_model() {
  const auto inputs = Input({784});
  const auto x = Dense{64, {.activation = relu}}(Dense{64, {.activation = relu}}(inputs));
  return Model{inputs, Activation{softmax, {.dtype = "float32"}}(Dense{10}(x))};
}

/// The gradients of one step and what they were computed from; the step is applied.
void step(const Model& model, const Optimizer& optimizer, const Tensor& x, const Tensor& y, const std::string& prefix) {
  const auto scaling = LossScaleOptimizer::from(optimizer);
  GradientTape tape;
  const Tensor predictions = model(x, {.training = true});
  const Tensor loss = sparse_categorical_crossentropy(y, predictions);
  const auto variables = model.trainable_variables();
  const Gradients gradients =
      scaling ? scaling->get_unscaled_gradients(tape.gradient(scaling->get_scaled_loss(loss), variables))
              : tape.gradient(loss, variables);
  if (optimizer.apply_gradients(gradients) != Step::applied) throw ValueError("first_step", "a step was skipped");
  write(prefix + "loss", loss);
  write(prefix + "predictions", predictions);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    write(prefix + "gradients" + std::to_string(i), gradients[i].value);
    write(prefix + "weights" + std::to_string(i), variables[i].value());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string folder = std::string(argv[4]) + '/';
  const int steps = std::stoi(argv[3]);
  set_device(Device::parse(argv[2]));
  set_policy(Policy::parse(argv[1]));
  const auto labels = read<std::uint8_t>(folder + "y.u8");
  const auto n = static_cast<std::int64_t>(labels.size());
  const Tensor x = tensor(read<float>(folder + "x.f32"), {n, 784}), y = tensor(labels, {n});

  // The same steps twice: in a loop of one's own, and by fit.
  const Model model = build_model(), twin = build_model();
  const Weights initial = model.get_weights();
  for (std::size_t i = 0; i < initial.size(); ++i) write(folder + "initial" + std::to_string(i), initial[i]);
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}});
  for (int i = 0; i < steps; ++i) step(model, model.optimizer(), x, y, folder + "step" + std::to_string(i) + "_");
  twin.set_weights(initial);
  twin.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}});
  twin.fit(x, y, {.batch_size = static_cast<int>(n), .epochs = steps, .verbose = 0, .shuffle = false});
  for (std::size_t i = 0; i < initial.size(); ++i)
    if (!bits_equal(model.get_weights()[i], twin.get_weights()[i])) {
      std::cerr << "fit and a loop of one's own give different weights\n";
      return 1;
    }
}
