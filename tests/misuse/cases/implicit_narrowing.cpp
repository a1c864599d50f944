// Rounding is always written down.
// expect: (could not convert|cannot convert|no viable conversion|conversion from).*float
#include "halfway/formats/basic_float.hpp"

halfway::float16 tenth() {
#ifdef MISUSE
  return 0.1f;
#else
  return halfway::float16(0.1f);
#endif
}
