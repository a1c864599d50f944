// A watch without a name counts nothing.
// expect: nodiscard
#include "halfway/tensor/numeric_watch.hpp"

void f() {
#ifdef MISUSE
  halfway::NumericWatch();
#else
  const halfway::NumericWatch watch;
#endif
}
