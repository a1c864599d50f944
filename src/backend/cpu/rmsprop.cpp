#include <cmath>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/rmsprop.hpp"
#include "formats/parallel.hpp"

namespace halfway::backend::host {
namespace {

template <class T>
void update(const RmspropCall& call, std::int64_t begin, std::int64_t end) {
  const T *g = static_cast<const T*>(call.gradient), *w = static_cast<const T*>(call.variable),
          *rms = static_cast<const T*>(call.rms), *m = static_cast<const T*>(call.momentum);
  T *new_w = static_cast<T*>(call.new_variable), *new_rms = static_cast<T*>(call.new_rms),
    *new_m = static_cast<T*>(call.new_momentum);
  const T rho = static_cast<T>(call.rho), rest = T{1} - rho, rate = static_cast<T>(call.learning_rate),
          epsilon = static_cast<T>(call.epsilon), momentum = static_cast<T>(call.momentum_factor);
  for (std::int64_t i = begin; i < end; ++i) {
    const T mean_square = rho * rms[i] + rest * (g[i] * g[i]);
    new_rms[i] = canonical(mean_square);
    if (new_m) {
      const T velocity = momentum * m[i] + (rate * g[i]) / std::sqrt(mean_square + epsilon);
      new_m[i] = canonical(velocity);
      new_w[i] = canonical(w[i] - velocity);
    } else {
      new_w[i] = canonical(w[i] - (rate * g[i]) / (std::sqrt(mean_square) + epsilon));
    }
  }
}

}  // namespace

void rmsprop(const Execution& execution, const RmspropCall& call) {
  detail::parallel_for(call.count, 1024, call.count * 16, execution.subnormals,
                       [&](std::int64_t begin, std::int64_t end) {
                         if (call.dtype == DType::float64)
                           update<double>(call, begin, end);
                         else
                           update<float>(call, begin, end);
                       });
}

}  // namespace halfway::backend::host
