// A policy literal is checked while compiling.
// expect: unknown_policy_name
#include "halfway/nn/policy.hpp"

void f() {
#ifdef MISUSE
  halfway::set_policy("mixed_floaat16");
#else
  halfway::set_policy("mixed_float16");
#endif
}
