// Every matrix unit with operands of a dtype: its products beside as many fused multiply-adds in registers, so that the
// ratio is the share of this machine's peak that the unit's emulation reaches, on one thread.
//   units_bench [NAME [REPETITIONS]]     units whose name holds NAME (default: all); 11 repetitions
#include <cstdlib>
#include <random>
#include <tuple>
#include <vector>

#include "bench/peak.hpp"
#include "bench/ratio.hpp"
#include "halfway/emu/block_scaled.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/native.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/rounding.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;

template <class T>
std::vector<T> normal_numbers(std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (T& x : numbers) x = T(normal(random));
  return numbers;
}

/// What an n×n by n×n product reaches of the peak.
template <class Product>
double share_of_peak(const DotModel& model, std::string_view operands, std::int64_t n, int repetitions,
                     Product product) {
  [[maybe_unused]] static volatile float kept;  // or nothing would be computed
  const double flop = 2e-9 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  const std::string title = std::string(model.name) + " " + std::string(operands) + " " + std::to_string(n) + "^3:";
  return bench::ratio(title, product, "FMA", [n] { kept = bench::fuse_multiply_adds(n * n * n); },
                      n <= 256 ? 4 * repetitions : repetitions, {flop, "GFLOP"});
}

/// Of matrices of T.
template <class T>
double compare(const DotModel& model, std::int64_t n, int repetitions) {
  const auto a = normal_numbers<T>(n * n, 1), b = normal_numbers<T>(n * n, 2);
  std::vector<float> d(static_cast<std::size_t>(n * n));
  const auto in = [n](const std::vector<T>& x) { return MatrixIn(x.data(), dtype_of<T>, n, n, n, 1); };
  const MatrixOut out(d.data(), model.output() == binary16 ? DType::float16 : DType::float32, n, n, n, 1);
  const DotAlgorithm algorithm{format_of<T>, format_of<T>, model.output()};
  return share_of_peak(model, name(dtype_of<T>), n, repetitions, [&] { matmul(in(a), in(b), out, algorithm, model); });
}

/// Of matrices in a block format, which are quantized before.
double compare_scaled(const DotModel& model, const BlockFormat& format, std::int64_t n, int repetitions) {
  const auto a = quantize(normal_numbers<float>(n * n, 1), {n, n}, 1, format);
  const auto b = quantize(normal_numbers<float>(n * n, 2), {n, n}, 0, format);
  std::vector<float> d(static_cast<std::size_t>(n * n));
  const MatrixOut out(d.data(), DType::float32, n, n, n, 1);
  return share_of_peak(model, name(format), n, repetitions, [&] { block_scaled_matmul(a, b, out, model); });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string wanted = count > 1 ? arguments[1] : "";
  const int repetitions = count > 2 ? std::atoi(arguments[2]) : 11;
  execution::set_threads(1);
  std::printf("target %s; 1 thread; the ratio is the share of the FMA peak\n", execution::target().c_str());
  for (const DotModel* model : dot_models()) {
    const FloatFormat sums = model->output();
    if (std::string(model->name).find(wanted) == std::string::npos || (sums != binary32 && sums != binary16)) continue;
    if (model->scale_block > 0) {
      for (const NamedBlockFormat& each : named_block_formats)
        if (model->accepts(each.format.element) && each.format.size == model->scale_block &&
            each.format.scale == model->scales[0])
          for (const std::int64_t n : {256, 1024}) compare_scaled(*model, each.format, n, repetitions);
      continue;
    }
    const auto each = [&]<class... T>(std::tuple<T...>) {
      const std::string how = computed_by(*model);
      if (how != "emulation") std::printf("%s is computed by %s\n", std::string(model->name).c_str(), how.c_str());
      // What has no kernel of its own would take minutes for the larger product.
      const auto sizes = [&]<class U>(U) {
        if (compare<U>(*model, 256, repetitions) > 0.01) compare<U>(*model, 1024, repetitions);
      };
      ((model->accepts(format_of<T>) ? sizes(T{}) : void()), ...);
    };
    using Operands = std::tuple<float16, bfloat16, float, float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz>;
    each(Operands());
    if (computed_by(*model).starts_with("emulation")) continue;
    execution::use_target(execution::targets()[1]);  // without the machine's own units
    each(Operands());
    execution::use_target("");
  }
}
