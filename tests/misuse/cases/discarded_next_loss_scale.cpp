// `next` gives the new state; it changes nothing.
// expect: nodiscard
#include "halfway/nn/loss_scale.hpp"

void f(halfway::DynamicLossScale& scale) {
#ifdef MISUSE
  scale.next(false);
#else
  scale = scale.next(false);
#endif
}
