// float16 += float would round without a word.
// expect: no match|no viable|invalid operands|deleted|cannot convert
#include "halfway/formats/basic_float.hpp"

void add_half(halfway::float16& sum) {
#ifdef MISUSE
  sum += 0.5f;
#else
  sum += halfway::float16(0.5f);
#endif
}
