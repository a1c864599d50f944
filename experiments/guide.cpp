// The guide "Mixed precision", from its beginning to its end.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "common.hpp"
#include "policy_table.hpp"
#include "prediction.hpp"
#include "training_loop.hpp"

using namespace halfway;
using experiments::heading;

namespace {

/// Above that the table at the end, a run for each policy on each device, would take too long.
constexpr int most_units_of_table = 512;

void supported_hardware() {
  heading("Supported hardware");
  for (const Device& device : list_physical_devices())
    std::cout << fmt::format("{:<17} {}; mixed policy {}\n", device.name(), device.model().description,
                             device.model().mixed_policy);
  std::cout << fmt::format("They run on {} thread{} of this CPU, target {}; neither changes a bit.\n",
                           execution::threads(), execution::threads() == 1 ? "" : "s", execution::target());
}

double seconds_of_product(const Tensor& a, const Tensor& b) {
  const auto start = std::chrono::steady_clock::now();
  matmul(a, b);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// About how long this program takes with `units`: the time of one product, times how many like it there are.
std::string estimated_time(int units, const Policy& policy, const Mnist& digits, const experiments::Options& options) {
  constexpr std::int64_t rows = 512;
  const Tensor a = ones({rows, units}, policy.compute_dtype()), b = ones({units, units}, policy.compute_dtype());
  const double seconds = std::min(seconds_of_product(a, b), seconds_of_product(a, b));  // the first one warms up

  // Multiplications for a sample: forward; and in training once more for each operand's gradient, that of x left out.
  const double forward = (784.0 + units + 10) * units, training = 3 * forward - 784.0 * units;
  const auto train = static_cast<double>(digits.train.y.elements());
  const auto test = static_cast<double>(digits.test.y.elements());
  const double fit = 0.8 * train * training + 0.2 * train * forward, loop = train * training + test * forward;
  const double products = options.epochs * (fit + loop) / (static_cast<double>(rows) * units * units);
  const double minutes = products * seconds / 60;
  return minutes < 1.5 ? "a minute" : fmt::format("{:.0f} minutes", minutes);
}

void underflow_and_overflow() {
  heading("Underflow and Overflow");
  const Tensor large = constant(256, DType::float16);
  std::cout << "256 ** 2 = " << square(large) << "   (overflow in float16)\n";
  const Tensor small = constant(1e-5, DType::float16);
  std::cout << "1e-5 ** 2 = " << square(small) << "    (underflow)\n"
            << "The program underflow_and_overflow shows where exactly the edges lie, for each format.\n";
}

void choosing_the_loss_scale(const Model& model) {
  heading("Choosing the loss scale");
  std::cout << "Loss scale: ";
  if (const auto loss_scale = model.loss_scale())
    std::cout << *loss_scale << '\n';
  else
    std::cout << "None\n";
  const Policy new_policy = Policy{"mixed_float16"}.with_loss_scale(1024);
  std::cout << *new_policy.loss_scale() << '\n';
}

void performance_tips(const Model& model, const Device& device, int batch_size) {
  heading(device.model().kind == emu::DeviceKind::tpu ? "Cloud TPU performance tips" : "GPU performance tips");
  std::cout << "Try double the batch size: tensors of 16 bits take half the memory.\n";
  const MemoryInfo memory = memory_info(device);
  constexpr double mebibyte = 1 << 20;
  std::cout << fmt::format("Tensors took {:.0f} MiB at most", static_cast<double>(memory.peak) / mebibyte)
            << (memory.limit ? fmt::format(" of {:.0f} MiB", static_cast<double>(*memory.limit) / mebibyte) : "")
            << "; --memory sets a limit.\n";
  experiments::print_advice(model, device, batch_size);
}

void guide(const experiments::Options& options, const std::string& until) {
  const Device device = Device::parse(options.device);
  const Policy policy = experiments::policy_of(options);
  const int num_units = options.units > 0 ? options.units : experiments::default_units(device);
  const Mnist digits = experiments::digits_of(options);  // in the host's memory
  set_device(device);
  if (options.memory > 0) set_memory_limit(device, static_cast<std::int64_t>(options.memory));
  random::set_seed(options.seed);

  supported_hardware();

  heading("Setting the dtype policy");
  set_policy(policy);
  std::cout << "Compute dtype: " << policy.compute_dtype() << '\n'
            << "Variable dtype: " << policy.variable_dtype() << '\n';

  heading("Building the model");
  std::cout << fmt::format("The model will run with {} units on {}\n", num_units, experiments::describe(device));
  if (num_units < 4096)
    std::cout << fmt::format("(--units 4096, as on a GPU, takes about {} here)\n",
                             estimated_time(4096, policy, digits, options));
  const auto inputs = Input({784}, {.name = "digits"});
  const Dense dense1{num_units, {.activation = relu, .name = "dense_1"}};
  auto x = dense1(inputs);
  const Dense dense2{num_units, {.activation = relu, .name = "dense_2"}};
  x = dense2(x);
  std::cout << "x.dtype: " << x.dtype() << '\n' << "dense1.kernel.dtype: " << dense1.kernel().dtype() << '\n';

  // INCORRECT: softmax and model output will be float16, when it should be float32
  auto outputs = Dense{10, {.activation = softmax, .name = "predictions"}}(x);
  std::cout << "With softmax in the policy's compute dtype:\nOutputs dtype: " << outputs.dtype() << '\n';

  // CORRECT: softmax and model output are float32
  x = Dense{10, {.name = "dense_logits"}}(x);
  outputs = Activation{softmax, {.dtype = "float32", .name = "predictions"}}(x);
  std::cout << "With softmax in float32, as it should be:\nOutputs dtype: " << outputs.dtype() << '\n';

  // The linear activation is an identity function. So this simply casts 'outputs' to float32.
  // In this particular case, 'outputs' is already float32 so this is a no-op.
  outputs = Activation{linear, {.dtype = "float32"}}(outputs);

  const Model model{inputs, outputs};
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}, .metrics = {accuracy}});
  const Weights initial_weights = model.get_weights();

  heading("Training the model with Model.fit");
  std::cout << digits.source << '\n';
  experiments::seed_shuffles(options.seed);
  const History history =
      model.fit(digits.train.x, digits.train.y,
                {.batch_size = options.batch_size, .epochs = options.epochs, .validation_split = 0.2});
  const Scores test_scores =
      model.evaluate(digits.test.x, digits.test.y, {.batch_size = options.batch_size, .verbose = 2});
  std::cout << fmt::format("Test loss: {}\nTest accuracy: {}\n", test_scores.loss, test_scores.metric("accuracy"));
  std::cout << "Steps skipped: " << history.steps_skipped << '\n';
  experiments::print_prediction(device, num_units, options.batch_size);
  if (until == "fit") return;
  std::cout << "Notice the time per sample; to compare, run again with another --policy or --device.\n";

  heading("Loss scaling");
  std::cout << "Gradients can underflow to zero in float16. The loss times a loss scale has gradients that do not;\n"
               "divided by it again, in float32, they are right. Model.fit does so under mixed_float16.\n";
  underflow_and_overflow();
  choosing_the_loss_scale(model);

  heading("Training the model with a custom training loop");
  model.set_weights(initial_weights);
  experiments::run_training_loop(model, policy, digits, options);
  if (until == "loop") return;

  performance_tips(model, device, options.batch_size);

  heading("In one table");
  const bool small = num_units <= most_units_of_table;
  const int units = small ? num_units : experiments::default_units("cpu");
  std::cout << fmt::format(
      "The same model ({} units), initial weights and samples, under each policy on each device:\n\n", units);
  Weights weights = small ? initial_weights : experiments::guide_model(units).get_weights();
  for (Tensor& weight : weights) weight = cast(weight, DType::float32);
  experiments::print_policy_table(units, weights, digits, options);
  std::cout
      << "\nAfter so few steps accuracies differ by chance; compare them with those of another --seed. The time of\n"
         "an emulated device is that of its emulation here.\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Walks through the guide \"Mixed precision\": trains a model on handwritten digits under a dtype policy, with\n"
      "Model.fit and with a loop of one's own, and ends with a table of what policies and devices do to it.",
      "guide"};
  experiments::Options options;
  experiments::add_policy_options(app, options);
  experiments::add_training_options(app, options);
  std::string until = "table";
  app.add_option("--until", until, "Stop after this part: fit, loop or table, the last one")
      ->check(CLI::IsMember({"fit", "loop", "table"}).description(""))
      ->type_name("PART");
  return experiments::run(app, argc, argv, [&] { guide(options, until); });
}
