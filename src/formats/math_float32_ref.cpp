// The definition of the float32 functions: the sequences on one double after the other.
#include "formats/functions.hpp"
#include "formats/math_float32-inl.hpp"
#include "formats/math_float32.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/math.hpp"

namespace halfway {

namespace {

template <Function f>
float evaluate_one(float x) {
  float y = 0;
  if constexpr (f == Function::exp) {
    y = detail::exp_sequence(x);
  } else if constexpr (f == Function::log) {
    y = detail::log_sequence(x);
  } else if constexpr (f == Function::reciprocal) {
    y = 1 / x;
  } else {
    y = static_cast<float>(HWY_NAMESPACE::sequence<f>(static_cast<double>(x)));
  }
  return y == y ? y : std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

void evaluate_ref(Function f, std::span<const float> x, std::span<float> result) {
  detail::require_equal_sizes("evaluate_ref", x.size(), result.size());
  detail::in_ieee_environment([&] {
    detail::with_function(f, [&](auto constant) {
      for (std::size_t i = 0; i < x.size(); ++i) result[i] = evaluate_one<constant.value>(x[i]);
    });
  });
}

}  // namespace halfway
