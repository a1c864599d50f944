#include "halfway/nn/advisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "backend/dry_run/dry_run.hpp"
#include "halfway/errors.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "nn/node.hpp"
#include "tensor/memory_account.hpp"

namespace halfway {
namespace {

using NodePointer = std::shared_ptr<const detail::Node>;

/// Depth first, each once: what `node` depends on, then the node.
void visit(const NodePointer& node, std::vector<NodePointer>& order) {
  if (std::find(order.begin(), order.end(), node) != order.end()) return;
  for (const SymbolicTensor& input : node->inputs) visit(input.node(), order);
  order.push_back(node);
}

std::int64_t round_up(std::int64_t value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

double multiplications(std::int64_t m, std::int64_t n, std::int64_t k) {
  return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

/// A layer's products for a batch, found by calling it in a dry run.
std::vector<backend::DryProduct> products_of(const Layer& layer, const std::vector<SymbolicTensor>& inputs,
                                             std::int64_t batch_size) {
  std::vector<Tensor> x;
  x.reserve(inputs.size());
  for (const SymbolicTensor& input : inputs) x.push_back(zeros(input.shape().with_front(batch_size), input.dtype()));
  const backend::DryRunLog log;
  CallContext context(layer, {}, /*training=*/false, /*probing=*/true);
  context.call(layer, x);
  std::vector<backend::DryProduct> products;
  for (const backend::DryOperation& operation : log.operations)
    if (operation.product) products.push_back(*operation.product);
  return products;
}

/// What is known of a node that multiplies.
struct Worker {
  NodePointer node;
  std::vector<backend::DryProduct> products;
  int multiple;
  double work = 0;

  bool has(std::int64_t size) const {
    return std::any_of(products.begin(), products.end(),
                       [&](const auto& p) { return p.m == size || p.n == size || p.k == size; });
  }
};

class Advisor {
 public:
  Advisor(const emu::DeviceModel& device, std::int64_t batch_size) : device_(device), batch_size_(batch_size) {}

  void look_at(const NodePointer& node) {
    if (!node->layer) return void(inputs_.push_back(node));
    Worker worker{node, products_of(*node->layer, node->inputs, batch_size_),
                  emu::preferred_multiple(device_, node->layer->policy().compute_dtype())};
    for (const auto& p : worker.products) {
      const double work = static_cast<double>(p.count) * multiplications(p.m, p.n, p.k);
      worker.work += work, work_ += work;
      const auto up = [&](std::int64_t size) { return round_up(size, worker.multiple); };
      padded_ += static_cast<double>(p.count) * multiplications(up(p.m), up(p.n), up(p.k));
    }
    if (!worker.products.empty()) workers_.push_back(std::move(worker));
  }

  Advice advice() const {
    Advice advice;
    for (const NodePointer& input : inputs_) check(advice, input->name, "shape", input->shape.back());
    for (const Worker& worker : workers_)
      for (const auto& [argument, value] : worker.node->layer->widths())
        check(advice, worker.node->layer->name(), std::string(argument), value);
    check(advice, "fit", "batch_size", batch_size_);
    for (const Worker& worker : workers_) advice.layers.push_back(cost(worker));
    if (padded_ > 0) advice.filled = work_ / padded_;
    return advice;
  }

 private:
  /// Whether `value` misses what any product with that size wants.
  void check(Advice& advice, const std::string& where, const std::string& argument, std::int64_t value) const {
    int multiple = 1;
    double work = 0;
    for (const Worker& worker : workers_)
      if (worker.has(value)) multiple = std::max(multiple, worker.multiple), work += worker.work;
    const std::int64_t up = round_up(value, multiple);
    if (up == value) return;
    advice.findings.push_back({where, argument, value, multiple, up,
                               1 - static_cast<double>(value) / static_cast<double>(up), work_ > 0 ? work / work_ : 0});
  }

  LayerCost cost(const Worker& worker) const {
    const auto largest = *std::max_element(worker.products.begin(), worker.products.end(), [](auto& a, auto& b) {
      return multiplications(a.m, a.n, a.k) < multiplications(b.m, b.n, b.k);
    });
    return {worker.node->layer->name(),
            largest.m,
            largest.n,
            largest.k,
            work_ > 0 ? worker.work / work_ : 0,
            emu::systolic_cycles(device_, largest.m, largest.n, largest.k)};
  }

  const emu::DeviceModel& device_;
  std::int64_t batch_size_;
  std::vector<NodePointer> inputs_;
  std::vector<Worker> workers_;
  double work_ = 0, padded_ = 0;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
  return out << fmt::format(
             "{}: {} = {} is no multiple of {}; in products with it {:.1f} % of the matrix unit works on padding "
             "({:.3g} % of the model's multiplications); {} would fill it",
             finding.where, finding.argument, finding.value, finding.multiple, 100 * finding.wasted,
             100 * finding.share, finding.rounded_up);
}

Advice advise(const Model& model, const Device& device, std::int64_t batch_size) {
  if (batch_size < 1)
    throw ValueError("advise", "received batch_size = " + std::to_string(batch_size) + "; it takes 1 or more");
  detail::MemoryAccount account(std::string(device.name()), detail::MemoryAccount::unlimited);
  const detail::PlacementScope placement({&backend::dry_run(), &account});
  const DeviceScope scope(device);
  const detail::WatchPause unwatched;
  std::vector<NodePointer> nodes;
  visit(model.output().node(), nodes);
  Advisor advisor(device.model(), batch_size);
  for (const NodePointer& node : nodes) advisor.look_at(node);
  return advisor.advice();
}

}  // namespace halfway
