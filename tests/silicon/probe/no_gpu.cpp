// What stands for matrix_unit.cu in a build without nvcc.
#include <stdexcept>

#include "matrix_unit.hpp"

namespace halfway::probe {
namespace {
[[noreturn]] void refuse() {
  throw std::runtime_error("this program was built without nvcc; install the CUDA toolkit, configure and build again");
}
}  // namespace

std::string describe_gpu() { refuse(); }
bool has(const Instruction&) { refuse(); }
void run(const Instruction&, const Tiles&) { refuse(); }

}  // namespace halfway::probe
