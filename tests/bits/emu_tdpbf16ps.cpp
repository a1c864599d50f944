// The model of TDPBF16PS against the instruction, where this machine has it: every bit, NaN payloads too. The model's
// lanes are compared, which emu_short_sum_twin.cpp proves equal to its definition.
#include "bits/emu_twin.hpp"
#include "halfway/emu/matrix_units.hpp"
#include "halfway/emu/native.hpp"

namespace {
using namespace halfway;
using namespace halfway::emu;
using test::Matrix;
using test::Numbers;

constexpr std::int64_t lengths[]{32, 2, 31, 64, 100, 320};  // of k; mostly one instruction for each result

/// Products of side x side results, of every kind of number, with C and without.
class Products {
 public:
  Products(std::int64_t side_, std::uint64_t seed) : side(side_), random_(seed) {}
  const std::int64_t side;
  /// Draws the next one; the environment is the caller's.
  void draw() {
    const std::int64_t k = lengths[static_cast<std::size_t>(drawn_) % std::size(lengths)];
    const auto numbers = static_cast<Numbers>(drawn_ % test::kNumbers);
    a_ = Matrix(DType::bfloat16, side, k, Matrix::Layout::rows);
    b_ = Matrix(DType::bfloat16, k, side, Matrix::Layout::rows);
    fill(a_, numbers, random_), fill(b_, numbers, random_);
    with_c_ = drawn_ / test::kNumbers % 2 == 0;
    if (with_c_) fill(c_, numbers, random_);
    ++drawn_;
  }
  /// The product by a model on the best target, or with the target that leaves the instruction out.
  Matrix compute(const DotModel& model, bool emulated) const {
    const auto targets = execution::targets();
    const bool has_tiles = targets.front().ends_with("+AMX");
    execution::use_target(emulated && has_tiles ? targets[1] : targets[0]);
    Matrix d(DType::float32, side, side, Matrix::Layout::rows);
    emu::MatmulExtras extras;
    if (with_c_) extras.c = c_.in();
    matmul(a_.in(), b_.in(), d.out(), dot::bf16_bf16_f32, model, extras);
    execution::use_target("");
    return d;
  }

 private:
  std::mt19937_64 random_;
  std::int64_t drawn_ = 0;
  Matrix a_{DType::bfloat16, 0, 0, Matrix::Layout::rows}, b_ = a_;
  Matrix c_{DType::float32, side, side, Matrix::Layout::rows};
  bool with_c_ = false;
};

std::int64_t count_different(const Matrix& x, const Matrix& y) {
  std::int64_t count = 0;
  if (x.bytes() == y.bytes()) return count;
  for (std::int64_t i = 0; i < x.rows(); ++i)
    for (std::int64_t j = 0; j < x.cols(); ++j) count += x.get(i, j) != y.get(i, j);
  return count;
}

void check(std::int64_t results) {
  const std::string how = computed_by(tdpbf16ps);
  if (how != "TDPBF16PS") {
    const std::string unchecked = "tdpbf16ps is computed by " + how + ": unchecked that the model is the instruction";
    MESSAGE(unchecked);
    return;
  }
  Products products(1024, 1);
  std::int64_t done = 0, wrong = 0;
  for (bool dirty = false; done < results; done += products.side * products.side, dirty = !dirty) {
    products.draw();
    std::optional<test::Dirt> dirt;  // the instruction must not look at the environment
    if (dirty) dirt.emplace();
    wrong += count_different(products.compute(tdpbf16ps, false), products.compute(tdpbf16ps, true));
  }
  std::printf("tdpbf16ps: %lld results of the instruction, %lld of them not the model's\n",
              static_cast<long long>(done), static_cast<long long>(wrong));
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("tdpbf16ps is the instruction: 10^8 results") { check(100'000'000); }

TEST_CASE("tdpbf16ps: the numbers drawn tell wrong models apart") {
  DotModel wrong[7];
  std::fill(std::begin(wrong), std::end(wrong), tdpbf16ps);
  wrong[0].name = "pairs", wrong[0].instruction = 2;
  wrong[1].name = "subnormal operands kept", wrong[1].inputs = Subnormals::keep;
  wrong[2].name = "subnormal results kept", wrong[2].results = wrong[2].inputs = Subnormals::keep;
  wrong[3].name = "canonical NaN", wrong[3].nan = NanRule::canonical;
  wrong[4].name = "one chain", wrong[4].kind = Summation::chain, wrong[4].lanes = 1;
  wrong[5].name = "c first", wrong[5].kind = Summation::chain, wrong[5].lanes = 1, wrong[5].addend = Addend::first,
  wrong[5].instruction = 0, wrong[5].nan = NanRule::canonical;
  wrong[6].name = "instructions of 16", wrong[6].instruction = 16;
  Products products(128, 2);
  std::int64_t differ[std::size(wrong)] = {};
  for (int kind = 0; kind < test::kNumbers; ++kind) {
    products.draw();
    const Matrix right = products.compute(tdpbf16ps, true);
    for (std::size_t i = 0; i < std::size(wrong); ++i)
      differ[i] += count_different(products.compute(wrong[i], true), right);
  }
  for (std::size_t i = 0; i < std::size(wrong); ++i) {
    const std::string name(wrong[i].name);
    std::printf("%s: %lld differ\n", name.c_str(), static_cast<long long>(differ[i]));
    CAPTURE(name);
    CHECK(differ[i] > 500);
  }
}
