// Rounding is always written down, in a declaration too.
// expect: (could not convert|cannot convert|no viable conversion|conversion from).*float
#include "halfway/formats/basic_float.hpp"

float tenth() {
#ifdef MISUSE
  const halfway::float16 f = 0.1f;
#else
  const halfway::float16 f{0.1f};
#endif
  return f;
}
