// Neither 16-bit format holds the other.
// expect: (could not convert|cannot convert|no viable conversion|conversion from).*(bfloat|basic_float)
#include "halfway/formats/basic_float.hpp"

halfway::float16 convert(halfway::bfloat16 b) {
#ifdef MISUSE
  return b;
#else
  return halfway::float16(b);
#endif
}
