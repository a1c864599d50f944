#include "halfway/nn/performance.hpp"

#include "backend/dry_run/dry_run.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/emu/roofline.hpp"
#include "halfway/errors.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor/memory_account.hpp"

namespace halfway {
namespace {

/// Gradients of the model's variables as gradients of their copies, without state updates.
Gradients of_copies(const Gradients& gradients, const std::vector<Variable>& copies) {
  std::vector<Gradient> items;
  for (std::size_t i = 0; i < copies.size(); ++i) items.push_back({copies[i], gradients[i].value});
  return Gradients(std::move(items));
}

/// A step that leaves the model alone: the optimizer and the variables that it updates are copies.
void take_step(const Model& model, const Optimizer& optimizer, const std::vector<Variable>& copies, const Tensor& x,
               const Tensor& y) {
  const std::vector<Variable> variables = model.trainable_variables();
  GradientTape tape;
  CallContext context(model, {}, /*training=*/true, /*probing=*/true);
  const Tensor loss = model.loss()(y, context.call(model, {&x, 1}));
  if (const auto scaling = LossScaleOptimizer::from(optimizer)) {
    const ScaledGradients gradients = tape.gradient(scaling->get_scaled_loss(loss), variables);
    scaling->apply_gradients(of_copies(scaling->get_unscaled_gradients(gradients), copies));
  } else {
    optimizer.apply_gradients(of_copies(tape.gradient(loss, variables), copies));
  }
}

void add(StepPrediction& step, const backend::DryOperation& operation, const emu::DeviceModel& device) {
  const auto bytes = static_cast<double>(operation.bytes);
  step.bytes += bytes;
  std::optional<double> seconds = emu::transfer_seconds(device, bytes);
  if (operation.product) {
    const auto& [m, n, k, count, algorithm] = *operation.product;
    const double flops =
        2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) * static_cast<double>(count);
    step.flops += flops;
    // A product with a vector reads more than it computes, on any device: its bytes tell its time.
    if (m > 1 && n > 1) seconds = emu::product_seconds(device, algorithm, flops, bytes);
  }
  if (step.seconds && seconds)
    *step.seconds += *seconds;
  else
    step.seconds.reset();
}

}  // namespace

StepPrediction predict_step(const Model& model, std::int64_t batch_size, const Device& device) {
  if (batch_size < 1)
    throw ValueError("predict_step", "received batch_size = " + std::to_string(batch_size) + "; it takes 1 or more");
  detail::MemoryAccount account(std::string(device.name()), detail::MemoryAccount::unlimited);
  const detail::PlacementScope placement({&backend::dry_run(), &account});
  const DeviceScope scope(device);
  const detail::WatchPause unwatched;

  std::vector<Variable> copies;
  for (const Variable& variable : model.trainable_variables())
    copies.emplace_back(variable.name(), zeros(variable.shape(), variable.dtype()));
  const Tensor x = zeros(model.input().shape().with_front(batch_size), model.input().dtype());
  const Tensor y = zeros({batch_size}, DType::uint8);
  const Optimizer optimizer = model.optimizer().fresh();
  take_step(model, optimizer, copies, x, y);  // the first one makes the optimizer's state
  account.reset_peak();
  const backend::DryRunLog log;
  take_step(model, optimizer, copies, x, y);

  StepPrediction step{.memory_bytes = account.peak(), .seconds = 0.0};
  for (const backend::DryOperation& operation : log.operations) add(step, operation, device.model());
  return step;
}

}  // namespace halfway
