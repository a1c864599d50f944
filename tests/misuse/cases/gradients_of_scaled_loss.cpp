// The gradients of a scaled loss are scaled gradients.
// expect: (could not convert|cannot convert|no viable conversion|conversion from).*ScaledGradients
#include "halfway/autograd/tape.hpp"

auto differentiate(halfway::GradientTape& tape, const halfway::ScaledLoss& loss,
                   std::span<const halfway::Variable> variables) {
#ifdef MISUSE
  halfway::Gradients gradients = tape.gradient(loss, variables);
#else
  halfway::ScaledGradients gradients = tape.gradient(loss, variables);
#endif
  return gradients;
}
