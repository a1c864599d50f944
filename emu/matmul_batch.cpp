// Several products at once.
#include <algorithm>

#include "emu/matmul_check.hpp"
#include "formats/parallel.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/execution.hpp"

namespace halfway::emu {

void matmul(std::span<const MatmulProduct> products, const DotAlgorithm& algorithm, const DotModel& model) {
  std::int64_t terms = 0;
  for (const MatmulProduct& x : products) {
    detail::check_matmul(x.a, x.b, x.d, algorithm, model, x.extras);
    terms += x.d.rows * x.d.cols * x.a.cols;
  }
  const auto count = static_cast<std::int64_t>(products.size());
  const auto one = [&](std::int64_t i) {
    const MatmulProduct& x = products[static_cast<std::size_t>(i)];
    matmul(x.a, x.b, x.d, algorithm, model, x.extras);
  };
  constexpr std::int64_t terms_per_step = 16;  // as in one product
  if (count < execution::threads() || terms / std::max<std::int64_t>(count, 1) / terms_per_step >= (1 << 20)) {
    for (std::int64_t i = 0; i < count; ++i) one(i);
    return;
  }
  halfway::detail::parallel_for(count, 1, terms / terms_per_step, Subnormals::keep,
                                [&](std::int64_t begin, std::int64_t end) {
                                  for (std::int64_t i = begin; i < end; ++i) one(i);
                                });
}

}  // namespace halfway::emu
