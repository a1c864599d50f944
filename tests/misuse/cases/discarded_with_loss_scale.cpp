// A policy is a value: `with_loss_scale` gives another one.
// expect: nodiscard
#include "halfway/nn/policy.hpp"

void f(halfway::Policy& policy) {
#ifdef MISUSE
  policy.with_loss_scale(1024);
#else
  policy = policy.with_loss_scale(1024);
#endif
}
