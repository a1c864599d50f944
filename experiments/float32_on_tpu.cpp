// "Passing dtype='float32' to layers which use such ops may have no numerical effect": on a TPU a float32 and a
// mixed_bfloat16 Dense have the same sums. What is equal, what is not, why, and what it does to accuracy.
#include <fmt/format.h>

#include <iostream>

#include "common.hpp"

using namespace halfway;
using experiments::grouped;
using experiments::heading;

namespace {

/// What the device's matrix unit has summed up for bfloat16 operands before it rounds for output.
Tensor sums_before_output(const Tensor& x, const Tensor& kernel) {
  const std::int64_t rows = x.shape()[0], units = kernel.shape()[1];
  const auto [algorithm, unit] =
      emu::matmul_rule(current_device().model(), DType::bfloat16, DType::bfloat16, rows, units);
  std::vector<float> sums(static_cast<std::size_t>(rows * units));
  emu::matmul(cast(x, DType::bfloat16).matrix<bfloat16>(), cast(kernel, DType::bfloat16).matrix<bfloat16>(),
              MatrixView<float>(sums.data(), rows, units), algorithm, unit);
  return tensor(sums, {rows, units});
}

std::string difference_text(const Tensor& a, const Tensor& b) {
  const auto [elements, differing, ulps] = experiments::compare(std::span(&a, 1), std::span(&b, 1));
  if (differing == 0) return "all equal";
  return fmt::format("{:.1f} % differ, up to {} ulps",
                     100.0 * static_cast<double>(differing) / static_cast<double>(elements), grouped(ulps));
}

/// How a float32 Dense and a mixed_bfloat16 Dense with the same weights compare on a device.
struct Comparison {
  std::string sums, outputs, outputs_with_bias;
};
Comparison compare_layers(const char* device, std::int64_t units, const Tensor& x, std::uint64_t seed) {
  const DeviceScope scope{device};
  random::Generator generator{seed};
  const Tensor kernel = random::uniform({x.shape().back(), units}, generator, -0.1f, 0.1f);
  const Tensor bias = random::uniform({units}, generator, -0.1f, 0.1f);
  const auto layer = [&](const Policy& dtype, const Weights& weights) {
    Dense dense{units, {.use_bias = weights.size() > 1, .dtype = dtype}};
    dense.build(x.shape());
    dense.set_weights(weights);
    return dense;
  };
  const Tensor full = layer("float32", {kernel})(x), mixed = layer("mixed_bfloat16", {kernel})(x);
  const Tensor full_with_bias = layer("float32", {kernel, bias})(x);
  const Tensor mixed_with_bias = layer("mixed_bfloat16", {kernel, bias})(x);
  return {difference_text(full, sums_before_output(x, kernel)), difference_text(cast(full, DType::bfloat16), mixed),
          difference_text(cast(full_with_bias, DType::bfloat16), mixed_with_bias)};
}

void one_layer(int units, const Mnist& digits, std::uint64_t seed) {
  const Tensor x = slice(digits.test.x, 0, std::min<std::int64_t>(1000, digits.test.x.shape()[0]));
  heading(fmt::format("One Dense of {} units on {} images: float32 against mixed_bfloat16, same weights", units,
                      x.shape()[0]));
  const Comparison cpu = compare_layers("cpu", units, x, seed), tpu = compare_layers("tpu_v3", units, x, seed);
  constexpr const char* layout = "{:<38}{:<44}{}\n";
  std::cout << fmt::format(layout, "", "cpu", "tpu_v3")
            << fmt::format(layout, "sums before the output cast, float32", cpu.sums, tpu.sums)
            << fmt::format(layout, "outputs, cast to bfloat16", cpu.outputs, tpu.outputs)
            << fmt::format(layout, "outputs with a bias, cast to bfloat16", cpu.outputs_with_bias,
                           tpu.outputs_with_bias);

  const DotAlgorithm algorithm = emu::tpu_v3.float32_algorithms.default_;
  std::cout << fmt::format(
      "\nThe TPU's matrix unit takes no float32: it rounds both operands to bfloat16 ({}), as the\n"
      "mixed_bfloat16 layer's casts do, and both layers have the same sums. The CPU multiplies float32 as it is.\n"
      "A mixed_bfloat16 layer rounds its sums before it adds the bias, a float32 layer does not: there they part.\n"
      "The order of the additions inside a pass of {} is hypothesis H0: Google has not published it.\n",
      name(algorithm), emu::tpu_v3.units.front().model->pass);
}

/// Class probabilities, computed on `device`.
Tensor predict(const Model& model, const char* device, const Tensor& x, int batch_size) {
  const DeviceScope scope{device};
  return model.predict(x, batch_size);
}

/// A model trained under a policy on a device.
struct Trained {
  std::string label;
  Model model;
};
Trained train(const Policy& policy, const char* device, const Weights& initial_weights, int units, const Mnist& digits,
              const experiments::Options& options) {
  experiments::StatusLine status;
  const std::string label = fmt::format("{:<15} {}", policy.name(), device);
  status.show("Training " + label + " ...");
  const DeviceScope device_scope{device};
  const PolicyScope policy_scope{policy};
  return {label, experiments::train_guide_model(units, initial_weights, digits, options).model};
}

void whole_models(int units, const Mnist& digits, const experiments::Options& options) {
  heading(fmt::format("The guide's model of {} units, trained and tested on either device", units));
  const Weights initial_weights = experiments::guide_model(units).get_weights();
  const auto& [x, y] = digits.test;
  constexpr const char* layout = "{:<24}{:>16}{:>16}{:>22}\n";
  std::cout << fmt::format(layout, "", "test accuracy", "test accuracy", "predictions that")
            << fmt::format(layout, "trained under, on", "on cpu", "on tpu_v3", "the device changes");
  for (const Policy& policy : {Policy("float32"), Policy("mixed_bfloat16")})
    for (const char* device : {"cpu", "tpu_v3"}) {
      const auto [label, model] = train(policy, device, initial_weights, units, digits, options);
      const Tensor on_cpu = predict(model, "cpu", x, options.batch_size);
      const Tensor on_tpu = predict(model, "tpu_v3", x, options.batch_size);
      const auto samples = static_cast<double>(y.elements());
      const double same_class = correct_predictions(argmax(on_cpu), on_tpu);
      std::cout << fmt::format(layout, label, fmt::format("{:.2f} %", 100 * correct_predictions(y, on_cpu) / samples),
                               fmt::format("{:.2f} %", 100 * correct_predictions(y, on_tpu) / samples),
                               fmt::format("{:.0f} of {:.0f}", samples - same_class, samples));
    }
  std::cout
      << "\nUnder float32 the TPU's products lose what bfloat16 operands lose, whether training or predicting; their\n"
         "sums, biases, activations and the optimizer keep float32. What that costs is less than what chance does:\n"
         "compare the rows with those of another --seed.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Shows that a float32 Dense and a mixed_bfloat16 Dense give equal bits on a TPU before the output cast, and "
      "what\n"
      "that does to accuracy.",
      "float32_on_tpu"};
  experiments::Options options;
  experiments::add_training_options(app, options);
  return experiments::run(app, argc, argv, [&] {
    const int units = options.units > 0 ? options.units : 64;
    random::set_seed(options.seed);
    const Mnist digits = experiments::digits_of(options);
    std::cout << digits.source << '\n';
    one_layer(units, digits, options.seed);
    whole_models(units, digits, options);
  });
}
