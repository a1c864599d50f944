// Sums along one axis: the definition.
#include "backend/cpu/blocked32.hpp"
#include "backend/cpu/kernels.hpp"

namespace halfway::backend::host {

void sum_ref(const SumCall& call, std::int64_t begin, std::int64_t end) {
  visit_floating(call.dtype, [&]<class T>(T) {
    using C = Compute<T>;
    const C divisor = static_cast<C>(call.divisor);
    for (std::int64_t i = begin; i < end; ++i) {
      const T* in = static_cast<const T*>(call.in) + i / call.inner * call.axis * call.inner + i % call.inner;
      const C sum = blocked32_sum<C>(call.axis, [&](std::int64_t k) { return static_cast<C>(in[k * call.inner]); });
      static_cast<T*>(call.out)[i] = rounded<T>(sum / divisor);
    }
  });
}

}  // namespace halfway::backend::host
