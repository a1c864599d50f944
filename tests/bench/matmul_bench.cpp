// The matrix products of training, beside OpenBLAS's sgemm on the same numbers as float32.
//   matmul_bench [THREADS [REPETITIONS]]     (default 1 and 11)
#include <cblas.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <thread>

#include "bench/ratio.hpp"
#include "halfway/emu/device_model.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/execution.hpp"

namespace {
using namespace halfway::emu;
using halfway::DotAlgorithm;
using halfway::float16;
using halfway::MatrixView;
namespace dot = halfway::dot;

template <class T>
std::vector<T> normal_numbers(std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (T& x : numbers) x = T(normal(random));
  return numbers;
}

struct Shape {
  std::int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;
};

int repetitions = 11;

/// One product of T with a result of Out.
template <class T, class Out>
void compare(const std::string& what, const Shape& s, const DotAlgorithm& algorithm, const DotModel& model) {
  const auto a = normal_numbers<T>(s.m * s.k, 1), b = normal_numbers<T>(s.k * s.n, 2);
  std::vector<Out> d(static_cast<std::size_t>(s.m * s.n));
  const std::vector<float> a32(a.begin(), a.end()), b32(b.begin(), b.end());
  std::vector<float> d32(d.size());
  const auto view = [](const std::vector<T>& x, std::int64_t rows, std::int64_t cols, bool transposed) {
    return transposed ? MatrixView<const T>(x.data(), cols, rows).transposed()
                      : MatrixView<const T>(x.data(), rows, cols);
  };
  const auto ours = [&] {
    matmul(view(a, s.m, s.k, s.a_transposed), view(b, s.k, s.n, s.b_transposed), MatrixView<Out>(d.data(), s.m, s.n),
           algorithm, model);
  };
  const auto peer = [&] {
    const int m = static_cast<int>(s.m), n = static_cast<int>(s.n), k = static_cast<int>(s.k);
    cblas_sgemm(CblasRowMajor, s.a_transposed ? CblasTrans : CblasNoTrans, s.b_transposed ? CblasTrans : CblasNoTrans,
                m, n, k, 1, a32.data(), s.a_transposed ? m : k, b32.data(), s.b_transposed ? k : n, 0, d32.data(), n);
  };
  const std::string title = what + " " + std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k) +
                            (s.a_transposed ? ", A transposed" : "") + (s.b_transposed ? ", B transposed" : "") + ", " +
                            name(algorithm) + ", " + std::string(model.name) + ":";
  const double flop = 2e-9 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  const int rounds = flop > 50 ? 3 : flop < 1 ? 10 * repetitions : repetitions;
  halfway::bench::ratio(title, ours, "sgemm", peer, rounds, {flop, "GFLOP"});
}

/// A product on two threads beside the same on one.
void compare_threads(std::int64_t n) {
  constexpr int threads = 2;
  const auto a = normal_numbers<halfway::bfloat16>(n * n, 1), b = normal_numbers<halfway::bfloat16>(n * n, 2);
  std::vector<float> d(a.size());
  const auto on = [&](int count) {
    return [&, count] {
      halfway::execution::set_threads(count);
      matmul(MatrixView<const halfway::bfloat16>(a.data(), n, n), MatrixView<const halfway::bfloat16>(b.data(), n, n),
             MatrixView<float>(d.data(), n, n), dot::bf16_bf16_f32, sequential);
    };
  };
  const double cube = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  halfway::bench::ratio("bfloat16 " + std::to_string(n) + "^3, " + std::to_string(threads) + " threads:", on(threads),
                        "one thread", on(1), repetitions, {2e-9 * cube, "GFLOP"});
}

/// Starts this program again without what would keep OpenBLAS from choosing the best kernels for this machine.
void free_the_peer(char** arguments) {
  if (std::getenv("OPENBLAS_CORETYPE") == nullptr && std::getenv("OPENBLAS_L2_SIZE") == nullptr) return;
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_L2_SIZE");
  execv("/proc/self/exe", arguments);  // returns only if it fails; then the peer is what it is, and says so
}

}  // namespace

int main(int count, char** arguments) {
  free_the_peer(arguments);
  const int threads = count > 1 ? std::atoi(arguments[1]) : 1;
  if (count > 2) repetitions = std::atoi(arguments[2]);
  halfway::execution::set_threads(threads);
  openblas_set_num_threads(threads);
  std::printf("target %s; peer %s, kernels %s; %d thread(s)\n", halfway::execution::target().c_str(),
              openblas_get_config(), openblas_get_corename(), threads);

  compare<halfway::bfloat16, float>("bfloat16", {1024, 1024, 1024}, dot::bf16_bf16_f32, sequential);
  compare<halfway::bfloat16, float>("bfloat16", {1024, 1024, 1024}, dot::bf16_bf16_f32, tpu_mxu_128);
  compare<float, float>("float32", {1024, 1024, 1024}, dot::bf16_bf16_f32, tpu_mxu_128);
  compare<float, float>("float32", {1024, 1024, 1024}, dot::f32_f32_f32, sequential);
  // A hidden layer of 64 units on 8192 pictures: forward, its weights' and its inputs' gradients.
  compare<float16, float16>("Dense forward", {8192, 64, 784}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dW", {784, 64, 8192, true, false}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense forward", {8192, 64, 64}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dX", {8192, 64, 64, false, true}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense forward", {8192, 10, 64}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dW", {64, 10, 8192, true, false}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dX", {8192, 64, 10, false, true}, dot::f16_f16_f32, sequential);
  // The same layer with 4096 units.
  compare<float16, float16>("Dense forward", {8192, 4096, 4096}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dW", {4096, 4096, 8192, true, false}, dot::f16_f16_f32, sequential);
  compare<float16, float16>("Dense dX", {8192, 4096, 4096, false, true}, dot::f16_f16_f32, sequential);
  if (std::thread::hardware_concurrency() > 1) compare_threads(2048);
}
