// The programs of docs/algorithms.md, run.
#include <halfway/halfway.hpp>
#include <iostream>
#include <vector>

using namespace halfway;
using namespace halfway::emu;

namespace {

constexpr std::int64_t size = 64, terms = 512;

std::vector<float> numbers(std::uint64_t seed) {
  std::vector<float> x(size * terms);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(philox<10>(seed, 0, i)[0] >> 8) * 0x1p-24f;
  return x;
}

bool run() {
  const std::vector<float> a = numbers(1), b = numbers(2);
  const MatrixView lhs(a.data(), size, terms), rhs(b.data(), terms, size);
  std::vector<float> d(size * size);
  std::vector<double> e(d.size());
  const MatrixView product(d.data(), size, size);
  const MatrixView exact(e.data(), size, size);

  const DotAlgorithm algorithm = find_dot_algorithm("BF16_BF16_F32_X3").value();
  matmul(lhs, rhs, product, algorithm, hopper_f16);
  exact_matmul(lhs, rhs, exact);
  const ErrorSummary errors = compare(product, exact, lhs, rhs);
  std::cout << to_text(errors, error_bounds(terms, algorithm, hopper_f16, DType::float32, DType::float32));

  matmul(lhs, rhs, product, dot::nearest_split(algorithm), hopper_f16);
  const ErrorSummary nearest = compare(product, exact);
  std::cout << errors.max_norm / nearest.max_norm << " times as accurate\n";
  return errors.max_norm > 2 * nearest.max_norm && errors.componentwise < 1e-4;
}

}  // namespace

int main() { return run() ? 0 : 1; }
