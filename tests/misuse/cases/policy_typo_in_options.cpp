// A policy literal is checked in a layer's options too.
// expect: unknown_policy_name
#include "halfway/nn/layers.hpp"

halfway::Dense dense() {
#ifdef MISUSE
  return halfway::Dense{10, {.dtype = "floaat32"}};
#else
  return halfway::Dense{10, {.dtype = "float32"}};
#endif
}
