#include "halfway/ops/crossentropy.hpp"

#include "ops/common.hpp"

namespace halfway::ops {
namespace {

using Forward = void (*backend::Backend::*)(const backend::Execution&, const backend::ClassesCall&, void*);
using Backward = void (*backend::Backend::*)(const backend::Execution&, const backend::ClassesCall&, const void*,
                                             void*);

template <class Label>
void check_labels(const Tensor& labels, std::int64_t classes) {
  for (const Label label : labels.span<Label>())
    if (static_cast<std::int64_t>(label) < 0 || static_cast<std::int64_t>(label) >= classes)
      throw ValueError("sparse_crossentropy", "received the label " + std::to_string(label) + " for " +
                                                  std::to_string(classes) + " classes; labels are 0 to " +
                                                  std::to_string(classes - 1));
}

void check(const Tensor& labels, const Tensor& scores) {
  detail::check_arithmetic("sparse_crossentropy", scores);
  if (scores.shape().rank() != 2 || labels.elements() != scores.shape()[0])
    throw ShapeError("sparse_crossentropy", "received labels of shape " + to_string(labels.shape()) +
                                                " and predictions of shape " + to_string(scores.shape()) +
                                                "; it takes [n] labels and [n, classes] predictions");
  const std::int64_t classes = scores.shape()[1];
  switch (labels.dtype()) {
    case DType::uint8: return check_labels<std::uint8_t>(labels, classes);
    case DType::int32: return check_labels<std::int32_t>(labels, classes);
    case DType::int64: return check_labels<std::int64_t>(labels, classes);
    default: break;
  }
  throw DTypeError("sparse_crossentropy", "received labels of dtype " + std::string(name(labels.dtype())) +
                                              "; labels are uint8, int32 or int64: cast() them");
}

backend::ClassesCall call_of(const Tensor& labels, const Tensor& scores) {
  return {scores.dtype(), scores.data(), labels.dtype(), labels.data(), scores.shape()[0], scores.shape()[1]};
}

Tensor crossentropy(const Tensor& labels, const Tensor& scores, Forward forward, Backward backward) {
  check(labels, scores);
  Tensor loss = detail::computed(scores.dtype(), {scores.shape()[0]}, [&](const backend::Backend& backend, void* out) {
    (backend.*forward)(detail::execution(), call_of(labels, scores), out);
  });
  if (detail::recording({&scores}))
    detail::record({scores}, loss, [labels, scores, backward](const Tensor& gradient, const std::vector<bool>&) {
      return std::vector{
          detail::computed(scores.dtype(), scores.shape(), [&](const backend::Backend& backend, void* out) {
            (backend.*backward)(detail::execution(), call_of(labels, scores), gradient.data(), out);
          })};
    });
  return loss;
}

}  // namespace

Tensor sparse_crossentropy(const Tensor& labels, const Tensor& probabilities) {
  return crossentropy(labels, probabilities, &backend::Backend::crossentropy, &backend::Backend::crossentropy_gradient);
}

Tensor sparse_crossentropy_from_logits(const Tensor& labels, const Tensor& logits) {
  return crossentropy(labels, logits, &backend::Backend::logits_crossentropy,
                      &backend::Backend::logits_crossentropy_gradient);
}

}  // namespace halfway::ops
