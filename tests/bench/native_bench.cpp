// Products on the units that CPUs have themselves, by the instruction where this one has it and emulated, beside
// oneDNN's bfloat16 product of the same matrices, row after row, on one thread. oneDNN takes the best instruction of
// the machine (AMX, VDPBF16PS), its sums in its own order.
//   native_bench [N [REPETITIONS]]     N×N by N×N; default 2048 and 11
#include <oneapi/dnnl/dnnl_version.h>
#include <cmath>
#include <cstdlib>
#include <oneapi/dnnl/dnnl.hpp>
#include <random>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "bench/ratio.hpp"
#include "halfway/emu/matmul.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/native.hpp"
#include "halfway/execution.hpp"

namespace {
using namespace halfway;

std::vector<bfloat16> normal_numbers(std::int64_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<bfloat16> numbers(static_cast<std::size_t>(size));
  for (bfloat16& x : numbers) x = bfloat16(normal(random));
  return numbers;
}

/// oneDNN's product of n×n matrices of bfloat16 to float32.
class Peer {
 public:
  Peer(std::int64_t n, const bfloat16* a, const bfloat16* b, float* d)
      : a_(plain(n, dnnl::memory::data_type::bf16), engine_, const_cast<bfloat16*>(a)),
        b_(plain(n, dnnl::memory::data_type::bf16), engine_, const_cast<bfloat16*>(b)),
        d_(plain(n, dnnl::memory::data_type::f32), engine_, d),
#if DNNL_VERSION_MAJOR >= 3
        description_(engine_, a_.get_desc(), b_.get_desc(), d_.get_desc()),
#else
        description_({a_.get_desc(), b_.get_desc(), d_.get_desc()}, engine_),
#endif
        product_(description_) {
  }
  void multiply() {
    product_.execute(stream_, {{DNNL_ARG_SRC, a_}, {DNNL_ARG_WEIGHTS, b_}, {DNNL_ARG_DST, d_}});
    stream_.wait();
  }
  std::string implementation() const { return description_.impl_info_str(); }

 private:
  static dnnl::memory::desc plain(std::int64_t n, dnnl::memory::data_type type) {
    return {{n, n}, type, dnnl::memory::format_tag::ab};
  }
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::memory a_, b_, d_;
  dnnl::matmul::primitive_desc description_;
  dnnl::matmul product_;
};

void compare(const emu::DotModel& unit, std::int64_t n, int repetitions) {
  const auto a = normal_numbers(n * n, 1), b = normal_numbers(n * n, 2);
  std::vector<float> d(a.size()), peer_d(a.size());
  Peer peer(n, a.data(), b.data(), peer_d.data());
  const double cube = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  bench::ratio(
      std::string(unit.name) + " " + std::to_string(n) + "^3 by " + emu::computed_by(unit) + ":",
      [&] {
        emu::matmul(MatrixView<const bfloat16>(a.data(), n, n), MatrixView<const bfloat16>(b.data(), n, n),
                    MatrixView<float>(d.data(), n, n), dot::bf16_bf16_f32, unit);
      },
      "oneDNN (" + peer.implementation() + ")", [&] { peer.multiply(); }, repetitions, {2e-9 * cube, "GFLOP"});
  double difference = 0;  // both are products of the same matrices
  for (std::size_t i = 0; i < d.size(); ++i)
    difference = std::max(difference, std::abs(double{d[i]} - double{peer_d[i]}));
  if (difference > 1e-3 * std::sqrt(static_cast<double>(n))) std::printf("oneDNN differs by %g\n", difference);
}

}  // namespace

int main(int count, char** arguments) {
  const std::int64_t n = count > 1 ? std::atoi(arguments[1]) : 2048;
  const int repetitions = count > 2 ? std::atoi(arguments[2]) : 11;
  execution::set_threads(1);
#ifdef _OPENMP
  omp_set_num_threads(1);  // oneDNN's
#endif
  std::printf("target %s; peer oneDNN %d.%d.%d; 1 thread\n", execution::target().c_str(), DNNL_VERSION_MAJOR,
              DNNL_VERSION_MINOR, DNNL_VERSION_PATCH);
  for (const emu::DotModel* unit : {&emu::vdpbf16ps, &emu::tdpbf16ps}) {
    compare(*unit, n, repetitions);
    const auto targets = execution::targets();
    if (emu::computed_by(*unit).starts_with("emulation")) continue;
    execution::use_target(targets[1]);
    compare(*unit, n, repetitions);
    execution::use_target("");
  }
}
