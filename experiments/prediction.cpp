#include "prediction.hpp"

#include <fmt/format.h>

#include <iostream>

#include "common.hpp"

namespace experiments {

using namespace halfway;

namespace {

constexpr int guide_units = 4096;

StepPrediction predict(const Device& device, const Policy& policy, int units, int batch_size) {
  const PolicyScope policy_scope{policy};
  const DeviceScope host{"cpu"};  // the model's weights are not the device's: they only tell their sizes
  const Model model = guide_model(units);
  model.compile({.loss = sparse_categorical_crossentropy, .optimizer = RMSprop{}});
  return predict_step(model, batch_size, device);
}

std::string row(const std::string& policy, int units, const StepPrediction& step, int batch_size) {
  const std::string time = step.seconds ? fmt::format("{:.2f} us", 1e6 * *step.seconds / batch_size) : "not published";
  constexpr double gibibyte = 1 << 30;
  return fmt::format("  {:<16}{:>5} units  {:>13}  {:>8.3f} GiB\n", policy, units, time,
                     static_cast<double>(step.memory_bytes) / gibibyte);
}

}  // namespace

void print_prediction(const Device& device, int units, int batch_size) {
  const emu::DeviceModel& model = device.model();
  if (model.bytes_per_second <= 0) return;
  std::cout << fmt::format(
      "Predicted for {} itself, time per sample and memory of a step of {} samples (a roofline from\n"
      "its data sheet, without launches, host and network: real ones take longer):\n",
      model.description, batch_size);
  const std::string mixed(model.mixed_policy);
  double speedup = 0;
  for (const int size : {units, guide_units}) {
    const StepPrediction wide = predict(device, "float32", size, batch_size),
                         narrow = predict(device, Policy::parse(mixed), size, batch_size);
    std::cout << row("float32", size, wide, batch_size) << row(mixed, size, narrow, batch_size);
    if (wide.seconds && narrow.seconds) speedup = *wide.seconds / *narrow.seconds;
    if (units == guide_units) break;
  }
  if (speedup == 0) return;
  std::cout << fmt::format("At the guide's size {} is predicted to be {:.1f} times as fast. The guide measured ", mixed,
                           speedup)
            << (model.kind == emu::DeviceKind::tpu
                    ? "1.6 times on TPUs\n(60 % more), with models that wait for memory.\n"
                    : "3 times\n(12 us and 4 us a sample, on a Titan V).\n");
}

void print_advice(const Model& model, const Device& device, int batch_size) {
  const Advice advice = advise(model, device, batch_size);
  if (advice.findings.empty())
    std::cout << fmt::format("Every size of this model suits {}.\n", device.name());
  else
    std::cout << fmt::format("{:.1f} % of the matrix unit's work on this model is padding:\n",
                             100 * (1 - advice.filled));
  for (const Finding& finding : advice.findings) std::cout << "  " << finding << '\n';
  for (const LayerCost& layer : advice.layers)
    if (layer.estimate)
      std::cout << fmt::format("  {}: {} x {} x {} takes about {:.0f} cycles, {:.1f} % of the cells busy ({})\n",
                               layer.layer, layer.m, layer.k, layer.n, layer.estimate->cycles,
                               100 * layer.estimate->utilization, layer.estimate->model);
}

}  // namespace experiments
