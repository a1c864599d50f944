// The programs of docs/guide.md and docs/add-a-layer.md, run.
#include <halfway/halfway.hpp>
#include <iostream>

using namespace halfway;

namespace {

class ScaledDense final : public SimpleLayer {
 public:
  explicit ScaledDense(int units) : units_(units) {}
  void build(const Shape& input) override { kernel_ = add_weight("kernel", {input.back(), units_}); }
  Tensor call(CallContext& context, const Tensor& x) override { return matmul(x, context.compute(kernel_)) * 0.125; }

 private:
  int units_;
  Variable kernel_;
};

bool own_layer() {
  const Layer layer = make_layer(std::make_shared<ScaledDense>(32), {.dtype = "mixed_bfloat16", .name = "scaled"});

  random::Generator generator{7};
  const Tensor x = random::normal({8, 16}, generator);
  layer.build(x.shape());
  const auto [loss, gradients] =
      value_and_gradient(layer.trainable_variables(), [&] { return mean(square(layer(x))); });
  return layer(x).dtype() == DType::bfloat16 && gradients[0].value.dtype() == DType::float32;
}

bool policies() {
  const Policy policy = "mixed_float16";
  set_policy(policy);
  std::cout << "Compute dtype: " << policy.compute_dtype() << '\n';    // float16
  std::cout << "Variable dtype: " << policy.variable_dtype() << '\n';  // float32
  std::cout << "Loss scale: " << *policy.loss_scale() << '\n';      // DynamicLossScale(current_loss_scale=32768.0, …
  std::cout << *policy.with_loss_scale(1024).loss_scale() << '\n';  // FixedLossScale(1024.0)
  return to_string(*policy.with_loss_scale(1024).loss_scale()) == "FixedLossScale(1024.0)";
}

Model build_model() {
  const auto inputs = Input({784}, {.name = "digits"});
  const Dense dense1{64, {.activation = relu, .name = "dense_1"}};
  const Dense dense2{64, {.activation = relu, .name = "dense_2"}};
  const auto x = dense2(dense1(inputs));
  std::cout << x.dtype() << ' ' << dense1.kernel().dtype() << '\n';  // float16 float32

  // INCORRECT: softmax and model output are float16 when they should be float32.
  std::cout << Dense{10, {.activation = softmax}}(x).dtype() << '\n';  // float16

  // CORRECT: the last layer overrides the policy.
  const auto logits = Dense{10, {.name = "dense_logits"}}(x);
  const auto outputs = Activation{softmax, {.dtype = "float32", .name = "predictions"}}(logits);
  std::cout << outputs.dtype() << '\n';  // float32
  return Model{inputs, outputs};
}

double custom_loop(const Model& model, const Tensor& x, const Tensor& y) {
  LossScaleOptimizer optimizer{RMSprop{}, DynamicLossScale{}};
  const Loss loss_object = sparse_categorical_crossentropy;
  const Dataset train_dataset = Dataset(x, y).shuffle(10'000, /*seed=*/1).batch(128);

  const auto train_step = [&](const Tensor& x, const Tensor& y) {
    GradientTape tape;
    const Tensor predictions = model(x, {.training = true});
    const Tensor loss = loss_object(y, predictions);
    const ScaledLoss scaled_loss = optimizer.get_scaled_loss(loss);
    const ScaledGradients scaled_gradients = tape.gradient(scaled_loss, model.trainable_variables());
    const Gradients gradients = optimizer.get_unscaled_gradients(scaled_gradients);
    optimizer.apply_gradients(gradients);
    return loss;
  };

  Mean epoch_loss;
  for (int epoch = 0; epoch < 3; ++epoch) {
    epoch_loss.reset();
    for (const auto& [x, y] : train_dataset) epoch_loss.update(train_step(x, y));
    std::cout << "Epoch " << epoch << ": loss=" << epoch_loss.result() << '\n';
  }
  return epoch_loss.result();
}

bool on_a_gpu(const Model& model) {
  const DeviceScope gpu("tesla_v100");
  set_policy("mixed_float16");  // … it has compute capability of at least 7.0. Your GPU: Tesla V100-SXM2-16GB, …

  const StepPrediction step = predict_step(model, 8192, "tesla_v100");
  std::cout << 1e6 * *step.seconds / 8192 << " us a sample, " << step.memory_bytes << " bytes\n";
  for (const Finding& finding : advise(model, "tesla_v100", 8192).findings) std::cout << finding << '\n';
  set_memory_limit("tesla_v100", 512 << 20);  // from here on more is an OutOfMemoryError
  return step.seconds > 0 && step.memory_bytes > 0 && memory_info("tesla_v100").limit == 512 << 20;
}

}  // namespace

int main() {
  if (!own_layer() || !policies()) return 1;
  const Model model = build_model();
  model.compile({.loss = sparse_categorical_crossentropy});
  if (!on_a_gpu(model)) return 1;
  random::Generator generator{1};
  const Tensor x = random::uniform({1024, 784}, generator);
  std::vector<std::uint8_t> labels(1024);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = x.span<float>()[i * 784] < 0.5f ? 0 : 1;
  return custom_loop(model, x, tensor(labels, {1024})) < 1.5 ? 0 : 1;
}
