// Neither 16-bit format holds the other: the wider type of the result has to be said.
// expect: deleted|ambiguous|no match
#include "halfway/formats/basic_float.hpp"

auto f(halfway::float16 a, halfway::bfloat16 b) {
#ifdef MISUSE
  return a * b;
#else
  return float{a} * float{b};
#endif
}
