#include "policy_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>

namespace experiments {

using namespace halfway;

namespace {

/// What is the same for every row.
struct Setting {
  int units;
  const Weights& initial_weights;
  const Mnist& digits;
  const Options& options;
};

struct Row {
  Weights weights;
  double accuracy, seconds_per_sample;
  RoundingEvents gradients;
  std::int64_t steps_skipped;
};

Row make_row(const Setting& setting, const Policy& policy, const Device& device) {
  StatusLine status;
  status.show(fmt::format("Training under {} on {} ...", policy.name(), device.name()));
  const DeviceScope device_scope{device};
  const PolicyScope policy_scope{policy};
  const auto train = [&] {
    return train_guide_model(setting.units, setting.initial_weights, setting.digits, setting.options);
  };
  const auto [model, history] = train();
  const auto& [x, y] = setting.digits.test;
  const Scores scores = model.evaluate(x, y, {.batch_size = setting.options.batch_size, .verbose = 0});
  const double fastest = *std::min_element(history.seconds.begin(), history.seconds.end());
  const double samples = 0.8 * static_cast<double>(setting.digits.train.y.elements());
  NumericWatch watch;
  if (policy.compute_dtype() != DType::float32) train();
  return {model.get_weights(), scores.metric("accuracy"), fastest / samples, watch.backward, history.steps_skipped};
}

std::string weights_text(const Weights& weights, const Weights& on_cpu) {
  const auto [elements, differing, ulps] = compare(weights, on_cpu);
  if (differing == 0) return "equal";
  const double share = static_cast<double>(differing) / static_cast<double>(elements);
  return fmt::format("{:.1f} %, up to {} ulps", 100 * share, grouped(ulps));
}

std::string gradients_text(const RoundingEvents& gradients) {
  if (gradients.results == 0) return "-";
  if (gradients.underflows == 0) return "0";
  const double share = static_cast<double>(gradients.underflows) / static_cast<double>(gradients.results);
  return fmt::format("{} ({:.2f} %)", grouped(static_cast<std::uint64_t>(gradients.underflows)), 100 * share);
}

}  // namespace

void print_policy_table(int units, const Weights& initial_weights, const Mnist& digits, const Options& options) {
  const Setting setting{units, initial_weights, digits, options};
  const struct {
    std::string label;
    Policy policy;
  } policies[] = {{"float32", "float32"},
                  {"mixed_bfloat16", "mixed_bfloat16"},
                  {"mixed_float16", "mixed_float16"},
                  {"  no loss scale", Policy("mixed_float16").with_loss_scale(std::nullopt)}};
  constexpr const char* layout = "{:<16}{:<18}{:>9}  {:<34}{:>18}{:>9}{:>13}\n";
  std::cout << fmt::format(layout, "", "", "test", "weights that differ", "gradients", "steps", "time per")
            << fmt::format(layout, "policy", "device", "accuracy", "from cpu's", "underflowed", "skipped",
                           "sample here");
  for (const auto& [label, policy] : policies) {
    std::optional<Row> on_cpu;
    for (const std::string device : {"cpu", options.device == "cpu" ? "tpu_v3" : options.device.c_str()}) {
      const Row row = make_row(setting, policy, Device::parse(device));
      std::cout << fmt::format(layout, label, device, fmt::format("{:.2f} %", 100 * row.accuracy),
                               on_cpu ? weights_text(row.weights, on_cpu->weights) : "-", gradients_text(row.gradients),
                               row.steps_skipped, fmt::format("{:.2f} us", 1e6 * row.seconds_per_sample));
      if (!on_cpu) on_cpu = row;
    }
  }
}

}  // namespace experiments
