#include "common.hpp"

#include <unistd.h>

#include <iostream>

namespace experiments {

using namespace halfway;

namespace {

std::string check_count(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits && std::stoi(text) >= 1 ? "" : "received " + text + "; it takes a whole number of at least 1";
}

}  // namespace

void add_training_options(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  const auto add_count = [&](const char* name, int& variable, const char* what) {
    app.add_option(name, variable, what)->check(CLI::Validator(check_count, ""))->type_name("N");
  };
  add_count("--units", options.units, "Units of each hidden layer (default: 64; 4096 on a real GPU)");
  add_count("--batch-size", options.batch_size, "Samples in a step (default: 8192)");
  add_count("--epochs", options.epochs, "Passes over the training set (default: 5)");
  app.add_option("--data", options.data,
                 "Folder with the four MNIST files, or with mnist/ (default: what HALFWAY_DATA names, else generated "
                 "digits)")
      ->type_name("FOLDER");
  app.add_option("--seed", options.seed, "Of initial weights and shuffles: the same seed, the same bits (default: 0)")
      ->type_name("N");
}

void add_policy_options(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  app.add_option("--policy", options.policy,
                 "mixed_float16, mixed_bfloat16, float32, float16, bfloat16 or float64 (default: mixed_float16)")
      ->type_name("NAME");
  std::string devices;
  for (const Device& device : list_physical_devices())
    devices.append(devices.empty() ? "" : ", ").append(device.name());
  app.add_option("--device", options.device,
                 "What computes: " + devices + " (default: cpu); halfway devices tells more")
      ->type_name("NAME");
  app.add_option("--memory", options.memory, "What its tensors may take, such as 512MiB (default: what it has)")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->type_name("SIZE");
  app.add_option("--loss-scale", options.loss_scale,
                 "dynamic, none, or a number of at least 1 (default: the policy's; mixed_float16 has a dynamic one)")
      ->type_name("SCALE");
}

int run(CLI::App& app, int argc, char** argv, const std::function<void()>& program) {
  std::cout << std::unitbuf;  // in step with the log, which goes to stderr
  try {
    app.parse(argc, argv);
    program();
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;  // --help is a ParseError too
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

Policy policy_of(const Options& options) {
  const Policy policy = Policy::parse(options.policy);
  if (options.loss_scale.empty()) return policy;
  if (options.loss_scale == "none") return policy.with_loss_scale(std::nullopt);
  return policy.with_loss_scale(LossScale::parse(options.loss_scale));
}

Mnist digits_of(const Options& options) {
  StatusLine status;
  status.show("Reading or drawing the digits ...");
  return options.data.empty() ? digits() : digits(options.data);
}

int default_units(const Device& device) {
  return device.model().kind == emu::DeviceKind::gpu && !device.emulated() ? 4096 : 64;
}

std::string describe(const Device& device) {
  const emu::DeviceModel& model = device.model();
  const std::string kind = model.kind == emu::DeviceKind::gpu   ? "GPU"
                           : model.kind == emu::DeviceKind::tpu ? "TPU"
                                                                : "CPU";
  std::string text = (device.emulated() ? "an emulated " : "a ") + kind + ": " + std::string(model.name) + ", " +
                     std::string(model.description);
  if (device.emulated() && !model.units.empty()) {
    const emu::DotModel& unit = *model.units.front().model;
    text.append(" (").append(unit.name).append(": ").append(label(unit.evidence)).append(")");
  }
  return text;
}

Model guide_model(int units) {
  const auto inputs = Input({784}, {.name = "digits"});
  auto x = Dense{units, {.activation = relu, .name = "dense_1"}}(inputs);
  x = Dense{units, {.activation = relu, .name = "dense_2"}}(x);
  x = Dense{10, {.name = "dense_logits"}}(x);
  return {inputs, Activation{softmax, {.dtype = "float32", .name = "predictions"}}(x)};
}

void seed_shuffles(std::uint64_t seed) { random::set_seed(seed + random::stream_of("shuffles")); }

Trained train_guide_model(int units, const Weights& initial_weights, const Mnist& digits, const Options& options) {
  Model model = guide_model(units);
  model.set_weights(initial_weights);
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}, .metrics = {accuracy}});
  seed_shuffles(options.seed);
  History history =
      model.fit(digits.train.x, digits.train.y,
                {.batch_size = options.batch_size, .epochs = options.epochs, .validation_split = 0.2, .verbose = 0});
  return {std::move(model), std::move(history)};
}

namespace {

template <class T>
void add_difference(const Tensor& a, const Tensor& b, Difference& difference) {
  const auto x = a.span<T>(), y = b.span<T>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ++difference.elements;
    difference.differing += to_code(x[i]) != to_code(y[i]);
    difference.ulps = std::max(difference.ulps, ulp_distance(x[i], y[i]));
  }
}

}  // namespace

Difference compare(std::span<const Tensor> a, std::span<const Tensor> b) {
  Difference difference;
  for (std::size_t i = 0; i < a.size(); ++i)
    visit_dtype(a[i].dtype(), [&]<class T>(T) {
      if constexpr (FormattedFloat<T>) add_difference<T>(a[i], b[i], difference);
    });
  return difference;
}

void heading(const std::string& text) { std::cout << '\n' << text << '\n' << std::string(text.size(), '-') << '\n'; }

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; text.insert(at, 1, ',')) at -= 3;
  return text;
}

StatusLine::StatusLine() : terminal_(isatty(STDOUT_FILENO) == 1) {}
StatusLine::~StatusLine() { show(""); }

void StatusLine::show(const std::string& text) {
  if (!terminal_) return;
  std::cout << '\r' << text << std::string(width_ > text.size() ? width_ - text.size() : 0, ' ');
  if (text.empty()) std::cout << '\r';
  width_ = text.size();
}

}  // namespace experiments
