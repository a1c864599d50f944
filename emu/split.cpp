#include "emu/split.hpp"

namespace halfway::emu::detail {

void split_matmul(const MatrixIn& a, const MatrixIn& b, const MatrixOut& d, const DotAlgorithm& algorithm,
                  const DotModel& model, const MatmulExtras& extras) {
  matmul_ref(a, b, d, algorithm, model, extras);
}

}  // namespace halfway::emu::detail
