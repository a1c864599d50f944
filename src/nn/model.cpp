#include "halfway/nn/model.hpp"

#include <fmt/format.h>

#include <ostream>

#include "formats/parallel.hpp"
#include "halfway/errors.hpp"
#include "halfway/log.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "nn/graph.hpp"
#include "nn/model_state.hpp"

namespace halfway {
namespace {

/// "[(None, 784)]  float32": one line per node of the summary, Keras' columns and the dtypes beside them.
constexpr std::string_view row_format = "{:<29}{:<22}{:<22}{:<12}\n";
constexpr int summary_width = 85;

std::int64_t parameters(const std::vector<Variable>& variables) {
  std::int64_t count = 0;
  for (const Variable& variable : variables) count += variable.value().elements();
  return count;
}

/// 55050 as "55,050".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

}  // namespace

Model::Model(const SymbolicTensor& inputs, const SymbolicTensor& outputs, std::string name)
    : Layer(make_layer(std::make_shared<detail::GraphLayer>(inputs, outputs), global_policy(), std::move(name))),
      state_(std::make_shared<detail::ModelState>()) {
  build(inputs.shape());  // its layers are, by their symbolic calls: weights can be had before the first call
}

void Model::compile(CompileOptions options) const {
  const std::optional<LossScale>& recipe = policy().loss_scale();
  if (const auto scaling = LossScaleOptimizer::from(options.optimizer)) {
    if (recipe && scaling->loss_scale() != *recipe)
      log(LogLevel::warning, "LossScale of LossScaleOptimizer passed to compile (" + to_string(scaling->loss_scale()) +
                                 ") is not the same as the dtype policy's loss scale (" + to_string(*recipe) +
                                 "). The optimizer's is used.");
  } else if (recipe) {
    options.optimizer = LossScaleOptimizer(options.optimizer, *recipe);
  }
  state_->compiled = std::move(options);
}

SymbolicTensor Model::input() const {
  return SymbolicTensor(static_cast<const detail::GraphLayer&>(*base()).nodes().front());
}
SymbolicTensor Model::output() const {
  return SymbolicTensor(static_cast<const detail::GraphLayer&>(*base()).nodes().back());
}

const Optimizer& Model::optimizer() const { return detail::compiled(*state_, name()).optimizer; }
const Loss& Model::loss() const { return detail::compiled(*state_, name()).loss; }

std::optional<LossScale> Model::loss_scale() const {
  const auto scaling = LossScaleOptimizer::from(optimizer());
  return scaling ? std::optional(scaling->loss_scale()) : std::nullopt;
}

std::vector<Layer> Model::layers() const { return base()->sublayers(); }

History Model::fit(const Tensor& x, const Tensor& y, const FitOptions& options) const {
  return detail::in_ieee_environment(
      [&] { return detail::fit(*this, detail::compiled(*state_, name()), x, y, options); });
}
Scores Model::evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options) const {
  return detail::in_ieee_environment(
      [&] { return detail::evaluate(*this, detail::compiled(*state_, name()), x, y, options); });
}
Tensor Model::predict(const Tensor& x, int batch_size) const { return detail::predict(*this, x, batch_size); }

void Model::summary(std::ostream& out) const {
  const auto& nodes = static_cast<const detail::GraphLayer&>(*base()).nodes();
  out << "Model: \"" << name() << "\"\n" << std::string(summary_width, '_') << '\n';
  out << fmt::format(row_format, "Layer (type)", "Output Shape", "Compute / Variables", "Param #");
  out << std::string(summary_width, '=') << '\n';
  for (const auto& node : nodes) {
    const std::string type(node->layer ? node->layer->type_name() : "InputLayer");
    const std::string dtypes = node->layer ? fmt::format("{} / {}", halfway::name(node->dtype),
                                                         halfway::name(node->layer->policy().variable_dtype()))
                                           : std::string(halfway::name(node->dtype));
    out << fmt::format(row_format, node->name + " (" + type + ")", to_string(node->shape), dtypes,
                       grouped(node->layer ? parameters(node->layer->variables()) : 0));
  }
  const std::int64_t all = parameters(variables()), trainable = parameters(trainable_variables());
  out << std::string(summary_width, '=') << '\n'
      << fmt::format("Total params: {}\nTrainable params: {}\nNon-trainable params: {}\n", grouped(all),
                     grouped(trainable), grouped(all - trainable))
      << std::string(summary_width, '_') << std::endl;
}

}  // namespace halfway
