// The programs of docs/functions.md, run.
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;

namespace {

bool scalars() {
  const bfloat16 x(1);
  std::cout << exp(x) << ' ' << exp(x, {.rounding = Rounding::toward_negative}) << '\n';  // 2.72 2.7
  const bool same = tanh(x) == evaluate(find_function("tanh").value(), x);
  return same && pow(3_f16, 4_f16) == 81_f16 && rsqrt(-0_f16) == -1_f16 / 0_f16;
}

bool arrays() {
  std::vector<float16> x(1000, 0.5_f16), y(1000);
  evaluate(Function::gelu, x, y);  // the first call makes a table, 128 KiB; the second looks up
  EventCounts events;
  std::vector<float8_e5m2> narrow(1000);
  evaluate(Function::exp, x, narrow, {.rounding = Rounding::stochastic}, &events);
  std::vector<float> floats(1000, 0.5f);
  evaluate(Function::tanh, floats, floats);  // float32: a sequence, not correctly rounded
  return y[0] == gelu(0.5_f16) && events.inexact == 1000 && floats[0] == 0.46211717f;
}

}  // namespace

int main() { return scalars() && arrays() ? 0 : 1; }
