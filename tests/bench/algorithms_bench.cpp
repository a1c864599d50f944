// Split products beside plain ones, and exact products beside float64 ones: the passes around the products must cost
// little, and the exact product must be a denominator that one can afford.
#include <random>

#include "bench/ratio.hpp"
#include "halfway/emu/exact_matmul.hpp"
#include "halfway/execution.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

std::vector<float> numbers(std::int64_t count) {
  std::mt19937_64 random(7);
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& each : x) each = static_cast<float>(static_cast<double>(random() >> 11) * 0x1p-52 - 1);
  return x;
}

template <class T>
MatrixView<T> square(std::vector<std::remove_const_t<T>>& x, std::int64_t size) {
  return {x.data(), size, size};
}
}  // namespace

int main() {
  execution::set_threads(1);
  for (const std::int64_t size : {256, 1024}) {
    std::vector<float> a = numbers(size * size), b = numbers(size * size), d(a.size()), e(a.size());
    const auto lhs = square<const float>(a, size), rhs = square<const float>(b, size);
    const double terms = static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
    const std::string shape = " " + std::to_string(size) + "³";
    for (const DotAlgorithm& algorithm :
         {dot::bf16_bf16_f32_x3, dot::bf16_bf16_f32_x6, dot::bf16_bf16_f32_x9, dot::tf32_tf32_f32,
          dot::tf32_tf32_f32_x3, dot::nearest_split(dot::bf16_bf16_f32_x3)})
      bench::ratio(
          name(algorithm) + shape, [&] { matmul(lhs, rhs, square<float>(d, size), algorithm); },
          std::to_string(algorithm.num_primitive_operations) + " products",
          [&] {
            for (int i = 0; i < algorithm.num_primitive_operations; ++i)
              matmul(lhs, rhs, square<float>(e, size), dot::bf16_bf16_f32);
          },
          size > 256 ? 5 : 11);

    std::vector<double> wide_a(a.begin(), a.end()), wide_b(b.begin(), b.end()), wide_d(a.size()), wide_e(a.size());
    const auto wide_lhs = square<const double>(wide_a, size), wide_rhs = square<const double>(wide_b, size);
    const auto doubles = [&] { matmul(wide_lhs, wide_rhs, square<double>(wide_e, size), dot::f64_f64_f64); };
    const bench::Work work{terms / 1e9, "Gterm"};
    bench::ratio(
        "exact_matmul float32 to float64" + shape, [&] { exact_matmul(lhs, rhs, square<double>(wide_d, size)); },
        "F64_F64_F64", doubles, 5, work);
    bench::ratio(
        "exact_matmul float32 to float32" + shape, [&] { exact_matmul(lhs, rhs, square<float>(d, size)); },
        "F64_F64_F64", doubles, 5, work);
    bench::ratio(
        "exact_matmul float64 to float64" + shape,
        [&] { exact_matmul(wide_lhs, wide_rhs, square<double>(wide_d, size)); }, "F64_F64_F64", doubles, 5, work);
  }
}
