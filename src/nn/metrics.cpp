#include "halfway/nn/metrics.hpp"

#include "formats/parallel.hpp"
#include "halfway/errors.hpp"
#include "halfway/nn/losses.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/reduce.hpp"

namespace halfway {
namespace {

constexpr const Loss* losses[] = {&sparse_categorical_crossentropy, &sparse_categorical_crossentropy_from_logits};
constexpr const Metric* metrics[] = {&accuracy};

/// The named value of that name; throws ValueError and lists them.
template <class Named, std::size_t count>
const Named& find(const Named* const (&all)[count], std::string_view name, std::string_view kind) {
  std::string names;
  for (const Named* known : all) {
    if (known->name() == name) return *known;
    names += (names.empty() ? "" : ", ") + std::string(known->name());
  }
  throw ValueError(kind, "received \"" + std::string(name) + "\"; there is: " + names);
}

}  // namespace

Loss::Loss(const char* name) : Loss(find(losses, name, "Loss")) {}
Metric::Metric(const char* name) : Metric(find(metrics, name, "Metric")) {}

double correct_predictions(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor predicted = argmax(y_pred), labels = cast(y_true, DType::int64);
  if (predicted.elements() != labels.elements())
    throw ShapeError("accuracy", "received labels of shape " + to_string(y_true.shape()) +
                                     " and predictions of shape " + to_string(y_pred.shape()));
  std::int64_t correct = 0;
  const auto a = predicted.span<std::int64_t>(), b = labels.span<std::int64_t>();
  for (std::size_t i = 0; i < a.size(); ++i) correct += a[i] == b[i];
  return static_cast<double>(correct);
}

void Mean::update(double value, double weight) {
  detail::in_ieee_environment([&] {
    total_ += value * weight;
    weight_ += weight;
  });
}
double Mean::result() const {
  return detail::in_ieee_environment([&] { return weight_ > 0 ? total_ / weight_ : 0; });
}
void Mean::update(const Tensor& values, double weight) {
  const Tensor wide = cast(values, DType::float64);
  for (const double value : wide.span<double>()) update(value, weight);
}

void SparseCategoricalAccuracy::update(const Tensor& y_true, const Tensor& y_pred) {
  const auto samples = static_cast<double>(y_true.elements());
  if (samples > 0)
    detail::in_ieee_environment([&] { mean_.update(correct_predictions(y_true, y_pred) / samples, samples); });
}

}  // namespace halfway
