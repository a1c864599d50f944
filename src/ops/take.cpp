#include "halfway/ops/take.hpp"

#include <numeric>

#include "ops/common.hpp"

namespace halfway {

Tensor take(const Tensor& x, std::span<const std::int64_t> rows) {
  if (x.shape().rank() == 0) throw ShapeError("take", "received a scalar, which has no rows");
  for (const std::int64_t row : rows)
    if (row < 0 || row >= x.shape()[0])
      throw ValueError("take", "received the row " + std::to_string(row) + " for the shape " + to_string(x.shape()));
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::size_t row_bytes =
      static_cast<std::size_t>(x.shape().without_front().elements()) * static_cast<std::size_t>(size_of(x.dtype()));
  return detail::computed(x.dtype(), x.shape().with_front(count), [&](const backend::Backend& backend, void* out) {
    backend.take_rows(x.data(), rows.data(), out, count, row_bytes);
  });
}

Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end) {
  if (begin > end) throw ValueError("slice", "received an end before the beginning");
  std::vector<std::int64_t> rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return take(x, rows);
}

}  // namespace halfway
