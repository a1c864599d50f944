// A scope without a name ends before the next line.
// expect: nodiscard
#include "halfway/nn/policy.hpp"

void f() {
#ifdef MISUSE
  halfway::PolicyScope("mixed_float16");
#else
  const halfway::PolicyScope scope("mixed_float16");
#endif
}
