// Text of the run, unlike a literal, can be wrong: parse() is where that is handled.
// expect: constant expression|consteval
#include "halfway/nn/policy.hpp"

halfway::Policy policy(const char* text) {
#ifdef MISUSE
  return halfway::Policy(text);
#else
  return halfway::Policy::parse(text);
#endif
}
