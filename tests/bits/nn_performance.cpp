// Predictions of a step's cost, and advice on sizes: what a dry run finds is what a run does.
#include "halfway/autograd/tape.hpp"
#include "halfway/emu/devices.hpp"
#include "halfway/emu/roofline.hpp"
#include "halfway/emu/systolic.hpp"
#include "halfway/nn/advisor.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/nn/performance.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/tensor/memory.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

/// The guide's model, compiled.
Model guide_model(std::int64_t units) {
  const auto inputs = Input({784}, {.name = "digits"});
  const auto hidden = Dense(
      units, {.activation = relu, .name = "dense_2"})(Dense(units, {.activation = relu, .name = "dense_1"})(inputs));
  const auto logits = Dense(10, {.name = "dense_logits"})(hidden);
  const Model model{inputs, Activation(softmax, {.dtype = "float32"})(logits)};
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}});
  return model;
}

Model guide_model(std::int64_t units, const Policy& policy) {
  const PolicyScope scope(policy);
  return guide_model(units);
}

/// A step by hand, as Model::fit takes it.
void train(const Model& model, const Tensor& x, const Tensor& y) {
  GradientTape tape;
  const Tensor loss = model.loss()(y, model(x, {.training = true}));
  if (const auto scaling = LossScaleOptimizer::from(model.optimizer())) {
    const auto gradients = tape.gradient(scaling->get_scaled_loss(loss), model.trainable_variables());
    scaling->apply_gradients(scaling->get_unscaled_gradients(gradients));
  } else {
    model.optimizer().apply_gradients(tape.gradient(loss, model.trainable_variables()));
  }
}

/// Multiplies by a matrix whose width has a name of its own.
class Filters final : public SimpleLayer {
 public:
  explicit Filters(std::int64_t filters) : filters_(filters) {}
  void build(const Shape& input) override { kernel_ = add_weight("kernel", {input.back(), filters_}); }
  Tensor call(CallContext& context, const Tensor& x) override { return matmul(x, context.compute(kernel_)); }
  std::vector<std::pair<std::string_view, std::int64_t>> widths() const override { return {{"filters", filters_}}; }

 private:
  std::int64_t filters_;
  Variable kernel_;
};

std::vector<std::string> arguments_of(const Advice& advice) {
  std::vector<std::string> arguments;
  for (const Finding& finding : advice.findings)
    arguments.push_back(finding.where + "." + finding.argument + "=" + std::to_string(finding.value));
  return arguments;
}
}  // namespace

TEST_CASE("predict_step: the multiplications and the memory of a step that is really taken, under every policy") {
  const Device device("tesla_v100");
  constexpr std::int64_t batch = 40, units = 24;
  const Tensor x = random_tensor({batch, 784}, DType::float32, 1), y = zeros({batch}, DType::uint8);
  for (const Policy& policy : {Policy("float32"), Policy("mixed_float16"), Policy("mixed_bfloat16")}) {
    CAPTURE(policy.name());
    const DeviceScope scope(device);
    const std::int64_t before = memory_info(device).current;
    const Model model = guide_model(units, policy);
    const StepPrediction predicted = predict_step(model, batch, device);

    const double forward = 784.0 * units + units * units + 10.0 * units;
    CHECK(predicted.flops == 2 * batch * (3 * forward - 784.0 * units));  // no gradient of the input
    const Tensor batch_x = tensor(values_of<float>(x), x.shape()), batch_y = zeros({batch}, DType::uint8);
    train(model, batch_x, batch_y);
    reset_memory_stats(device);
    train(model, batch_x, batch_y);
    CHECK(predicted.memory_bytes == memory_info(device).peak - before);
  }
}

TEST_CASE("predict_step: nothing of the model changes") {
  const Tensor x = random_tensor({16, 784}, DType::float32, 1), y = zeros({16}, DType::uint8);
  const PolicyScope scope("mixed_float16");
  const Model plain = guide_model(8), watched = guide_model(8);
  watched.set_weights(plain.get_weights());
  train(plain, x, y), train(watched, x, y);
  const std::string optimizer = watched.optimizer().describe();
  (void)predict_step(watched, 1 << 20, "tesla_v100");
  (void)advise(watched, "tesla_v100", 1 << 20);
  CHECK(watched.optimizer().iterations() == 1);
  CHECK(watched.optimizer().describe() == optimizer);
  train(plain, x, y), train(watched, x, y);
  for (std::size_t i = 0; i < plain.get_weights().size(); ++i)
    CHECK(bits_equal(plain.get_weights()[i], watched.get_weights()[i]));
}

TEST_CASE("predict_step: a roofline") {
  const auto seconds = [](const Policy& policy, const Device& device) {
    return predict_step(guide_model(4096, policy), 8192, device).seconds;
  };
  // At the guide's size a V100 is bound by its peak: no less than that, and no more than half again.
  const StepPrediction wide = predict_step(guide_model(4096, "float32"), 8192, "tesla_v100");
  REQUIRE(wide.seconds.has_value());
  CHECK(*wide.seconds > wide.flops / 15.7e12);
  CHECK(*wide.seconds < 1.5 * wide.flops / 15.7e12);
  CHECK(*seconds("mixed_float16", "tesla_v100") < *wide.seconds / 3);
  CHECK(*seconds("mixed_float16", "titan_v") > *seconds("mixed_float16", "tesla_v100"));
  CHECK(*seconds("mixed_bfloat16", "tpu_v3") < *seconds("float32", "tpu_v3"));  // the same unit, half the bytes
  // Small ones are bound by memory, where the time is the bytes'.
  const StepPrediction small = predict_step(guide_model(8, "mixed_float16"), 64, "b200");
  CHECK(*small.seconds == doctest::Approx(small.bytes / 7700e9));
  CHECK_FALSE(seconds("float32", "cpu").has_value());
  CHECK_FALSE(seconds("mixed_bfloat16", "arm_bf16").has_value());  // no published peak
  CHECK(seconds("float32", "arm_bf16").has_value());
  CHECK_FALSE(error_of<ValueError>([] { predict_step(guide_model(1), 0, "cpu"); }).empty());
}

TEST_CASE("roofline: the longer of both, nothing where a figure is missing") {
  CHECK(emu::product_seconds(emu::tesla_v100, dot::f16_f16_f32, 125e12, 0) == 1.0);
  CHECK(emu::product_seconds(emu::tesla_v100, dot::f16_f16_f32, 125e12, 1800e9) == 2.0);
  CHECK(emu::transfer_seconds(emu::h100, 3352e9) == 1.0);
  CHECK_FALSE(emu::transfer_seconds(emu::cpu, 1).has_value());
  CHECK_FALSE(emu::product_seconds(emu::xeon_avx512_bf16, dot::bf16_bf16_f32, 1, 1).has_value());
}

TEST_CASE("cycles on a TPU's arrays: the timings of v4, SCALE-Sim's form for others") {
  const auto on = [](const emu::DeviceModel& device, std::int64_t m, std::int64_t n, std::int64_t k) {
    return emu::systolic_cycles(device, m, n, k)->cycles;
  };
  CHECK(on(emu::tpu_v4, 128, 128, 128) == 211);
  CHECK(on(emu::tpu_v4, 1024, 128, 128) == 435);
  CHECK(on(emu::tpu_v4, 1024, 256, 128) == 435);      // two cores
  CHECK(on(emu::tpu_v4, 1024, 256, 129) == 2 * 435);  // four blocks
  CHECK(on(emu::tpu_v2, 128, 128, 128) == 2 * 128 + 128 + 128 - 2);
  CHECK(on(emu::tpu_v3, 100, 129, 1) == 3 * 128 + 100 - 2);  // two blocks, two arrays
  CHECK(on(emu::tpu_v6e, 1, 257, 257) == 2 * (3 * 256 + 1 - 2));
  const auto full = emu::systolic_cycles(emu::tpu_v3, 1 << 20, 256, 128);
  CHECK(full->utilization > 0.999);
  CHECK(full->utilization < 1);
  CHECK(emu::systolic_cycles(emu::tpu_v3, 1 << 20, 10, 128)->utilization < 0.04);
  CHECK(on(emu::tpu_v3, 0, 128, 128) == 0);
  CHECK_FALSE(emu::systolic_cycles(emu::h100, 1, 1, 1).has_value());
  CHECK_THROWS_AS((void)emu::systolic_cycles(emu::tpu_v3, -1, 1, 1), ValueError);
}

TEST_CASE("advise: the guide's own Dense(10), by the argument's name") {
  const Model model = guide_model(64, "mixed_float16");
  const Advice advice = advise(model, "tesla_v100", 8192);
  REQUIRE(arguments_of(advice) == std::vector<std::string>{"dense_logits.units=10"});
  const Finding& ten = advice.findings[0];
  CHECK(ten.multiple == 8);
  CHECK(ten.rounded_up == 16);
  CHECK(ten.wasted == 0.375);
  CHECK(ten.share == doctest::Approx(10.0 / (784 + 64 + 10)));
  CHECK(advice.filled == doctest::Approx((784 + 64 + 10.0) / (784 + 64 + 16)));
  CHECK(contains(printed(ten), "dense_logits: units = 10 is no multiple of 8; in products with it 37.5 % "));

  CHECK(arguments_of(advise(guide_model(100, "mixed_float16"), "titan_v", 100)) ==
        std::vector<std::string>{"dense_1.units=100", "dense_2.units=100", "dense_logits.units=10",
                                 "fit.batch_size=100"});
  CHECK(advise(guide_model(64, "float32"), "tesla_v100", 100).findings.empty());  // no tensor core: any size
  CHECK(arguments_of(advise(guide_model(64, "float32"), "a100", 100)) ==
        std::vector<std::string>{"dense_logits.units=10"});  // TF32: multiples of 4
  CHECK(advise(model, "cpu", 7).findings.empty());
  CHECK_FALSE(error_of<ValueError>([&] { advise(model, "cpu", 0); }).empty());
}

TEST_CASE("advise: TPUs want 128 of everything, and tell their cycles") {
  const Advice advice = advise(guide_model(128, "mixed_bfloat16"), "tpu_v4", 1024);
  CHECK(arguments_of(advice) == std::vector<std::string>{"digits.shape=784", "dense_logits.units=10"});
  CHECK(advice.findings[0].rounded_up == 896);
  CHECK(advice.findings[0].wasted == 0.125);
  REQUIRE(advice.layers.size() == 3);
  CHECK(advice.layers[1].layer == "dense_2");
  CHECK(advice.layers[1].estimate->cycles == 435);
  CHECK(advise(guide_model(256, "mixed_bfloat16"), "tpu_v6e", 1024).findings.size() == 2);
  CHECK(advise(guide_model(128, "mixed_bfloat16"), "tpu_v6e", 1024).findings.size() == 4);
}

TEST_CASE("advise: layers of one's own, and layers inside layers") {
  const PolicyScope scope("mixed_float16");
  const auto input = Input({16});
  const auto middle = make_layer(std::make_shared<Filters>(20), {.name = "conv"})(input);
  const Model inner{input, middle};
  const auto outer_input = Input({16});
  const Model outer{outer_input, Dense(8)(inner(outer_input))};
  for (const Model& model : {inner, outer}) {
    const Advice advice = advise(model, "tesla_v100", 64);
    REQUIRE(advice.findings.size() == 1);
    CHECK(advice.findings[0].argument == "filters");
    CHECK(advice.findings[0].value == 20);
  }
}
