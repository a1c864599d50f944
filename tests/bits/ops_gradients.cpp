// Gradients in float64 against central differences: every operation, every broadcast, and a small model.
#include <cmath>
#include <functional>

#include "halfway/autograd/tape.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/crossentropy.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/ops/reduce.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using Operands = std::vector<Tensor>;
using Function = std::function<Tensor(const Operands&)>;

constexpr DType f64 = DType::float64;

/// A weighted sum of f's elements, so that no gradient is a symmetric one.
Tensor objective(const Function& f, const Operands& x) {
  const Tensor y = f(x);
  return sum(y * random_tensor(y.shape(), f64, 99, 0.5, 2));
}

Tensor moved(const Tensor& x, std::size_t element, double by) {
  std::vector<double> values = values_of<double>(x);
  values[element] += by;
  return tensor(values, x.shape());
}

/// Relative to the largest gradient of the operand, or of 1e-3.
void check_close(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  double scale = 1e-3, worst = 0;
  for (const double e : expected) scale = std::max(scale, std::abs(e));
  for (std::size_t i = 0; i < actual.size(); ++i) worst = std::max(worst, std::abs(actual[i] - expected[i]) / scale);
  CHECK(worst < 1e-6);
}

void check_gradients(const std::string& name, const Operands& x, const Function& f) {
  CAPTURE(name);
  GradientTape tape;
  for (const Tensor& operand : x) tape.watch(operand);
  const std::vector<Tensor> gradients = tape.gradient(objective(f, x), x);
  for (std::size_t k = 0; k < x.size(); ++k) {
    CAPTURE(k);
    REQUIRE(gradients[k].defined());
    REQUIRE(gradients[k].shape() == x[k].shape());
    REQUIRE(gradients[k].dtype() == f64);
    std::vector<double> expected;
    for (std::size_t i = 0; i < static_cast<std::size_t>(x[k].elements()); ++i) {
      const double h = 1e-5;
      Operands up = x, down = x;
      up[k] = moved(x[k], i, h);
      down[k] = moved(x[k], i, -h);
      expected.push_back((objective(f, up).number() - objective(f, down).number()) / (2 * h));
    }
    check_close(values_of<double>(gradients[k]), expected);
  }
}

Tensor positive(const Shape& shape, std::uint64_t seed) { return random_tensor(shape, f64, seed, 0.4, 2); }
}  // namespace

TEST_CASE("gradients: + − × ÷ under every broadcast") {
  const std::pair<Shape, Shape> shapes[] = {
      {{3, 4}, {3, 4}},       {{3, 4}, {}},     {{}, {3, 4}},     {{3, 4}, {1}},       {{3, 4}, {4}},
      {{4}, {3, 4}},          {{3, 4}, {3, 1}}, {{3, 1}, {3, 4}}, {{2, 3, 4}, {3, 4}}, {{2, 3, 4}, {2, 1, 1}},
      {{2, 3, 1}, {2, 3, 4}}, {{1, 1}, {1, 1}}, {{3, 4}, {1, 1}}, {{5, 1}, {1}}};
  for (const auto& [a, b] : shapes) {
    const Operands x{positive(a, 1), positive(b, 2)};
    const std::string shape = to_string(a) + " " + to_string(b);
    check_gradients("add " + shape, x, [](const Operands& o) { return o[0] + o[1]; });
    check_gradients("subtract " + shape, x, [](const Operands& o) { return o[0] - o[1]; });
    check_gradients("multiply " + shape, x, [](const Operands& o) { return o[0] * o[1]; });
    check_gradients("divide " + shape, x, [](const Operands& o) { return o[0] / o[1]; });
  }
}

TEST_CASE("gradients: with numbers") {
  const Operands x{positive({3, 2}, 3)};
  check_gradients("x + 2", x, [](const Operands& o) { return o[0] + 2.0; });
  check_gradients("x - 2", x, [](const Operands& o) { return o[0] - 2.0; });
  check_gradients("x * 2", x, [](const Operands& o) { return o[0] * 2.0; });
  check_gradients("x / 2", x, [](const Operands& o) { return o[0] / 2.0; });
  check_gradients("2 * x", x, [](const Operands& o) { return 2.0 * o[0]; });
  check_gradients("2 + x", x, [](const Operands& o) { return 2.0 + o[0]; });
}

TEST_CASE("gradients: functions of one tensor") {
  const Operands x{positive({3, 5}, 4)}, both{random_tensor({3, 5}, f64, 5)}, cube{positive({2, 3, 4}, 6)};
  check_gradients("negate", x, [](const Operands& o) { return -o[0]; });
  check_gradients("square", both, [](const Operands& o) { return square(o[0]); });
  check_gradients("sqrt", x, [](const Operands& o) { return sqrt(o[0]); });
  check_gradients("exp", both, [](const Operands& o) { return exp(o[0]); });
  check_gradients("log", x, [](const Operands& o) { return log(o[0]); });
  check_gradients("relu", both, [](const Operands& o) { return relu(o[0]); });
  check_gradients("linear", both, [](const Operands& o) { return linear(o[0]) * o[0]; });
  check_gradients("softmax", both, [](const Operands& o) { return softmax(o[0]); });
  check_gradients("softmax of a vector", {positive({4}, 7)}, [](const Operands& o) { return softmax(o[0]); });
  check_gradients("reshape", cube, [](const Operands& o) { return square(reshape(o[0], {6, 4})); });
  check_gradients("sum", cube, [](const Operands& o) { return square(sum(o[0])); });
  check_gradients("mean", cube, [](const Operands& o) { return square(mean(o[0])); });
  for (const std::size_t axis : {0u, 1u, 2u}) {
    check_gradients("sum over an axis", cube, [&](const Operands& o) { return square(sum(o[0], axis)); });
    check_gradients("mean over an axis", cube, [&](const Operands& o) { return square(mean(o[0], axis)); });
  }
}

TEST_CASE("gradients: casts to float64 and back lose nothing but the rounding") {
  const Tensor x = random_tensor({3, 3}, DType::float32, 8);
  GradientTape tape;
  tape.watch(x);
  const Tensor gradient = tape.gradient(sum(square(cast(x, f64))), std::vector{x})[0];
  CHECK(gradient.dtype() == DType::float32);
  for (std::size_t i = 0; i < 9; ++i) CHECK(gradient.span<float>()[i] == 2 * x.span<float>()[i]);
}

TEST_CASE("gradients: matrix products, also with a shared operand") {
  check_gradients("matmul", {random_tensor({3, 5}, f64, 9), random_tensor({5, 2}, f64, 10)},
                  [](const Operands& o) { return matmul(o[0], o[1]); });
  check_gradients("matmul of one row", {random_tensor({1, 5}, f64, 9), random_tensor({5, 1}, f64, 10)},
                  [](const Operands& o) { return matmul(o[0], o[1]); });
  check_gradients("a square", {random_tensor({3, 3}, f64, 11)}, [](const Operands& o) { return matmul(o[0], o[0]); });
}

TEST_CASE("matrix products: batches, broadcast leading dimensions, transposed operands") {
  const std::pair<Shape, Shape> shapes[] = {
      {{2, 3, 5}, {2, 5, 4}}, {{2, 3, 5}, {5, 4}},          {{3, 5}, {2, 5, 4}}, {{2, 1, 3, 5}, {4, 5, 2}},
      {{1, 3, 5}, {2, 5, 4}}, {{2, 1, 3, 5}, {1, 4, 5, 2}}, {{0, 3, 5}, {5, 4}}, {{2, 3, 0}, {2, 0, 4}}};
  const auto turned = [](const Tensor& x) {  // the last two dimensions exchanged, with a copy
    const std::int64_t rows = x.shape()[x.shape().rank() - 2], cols = x.shape().back();
    std::vector<std::int64_t> extents(x.shape().begin(), x.shape().end());
    std::swap(extents[extents.size() - 2], extents.back());
    std::vector<double> values;
    for (std::int64_t i = 0; i < x.elements(); ++i) {
      const std::int64_t in = i % (rows * cols), r = in % rows, c = in / rows;
      values.push_back(x.span<double>()[static_cast<std::size_t>(i - in + r * cols + c)]);
    }
    return tensor<double>(values, Shape(extents));
  };
  for (const auto& [a_shape, b_shape] : shapes) {
    const Tensor a = random_tensor(a_shape, f64, 9), b = random_tensor(b_shape, f64, 10), expected = matmul(a, b);
    // Each matrix of the result, against the product of its two.
    const std::size_t rank = std::max(a_shape.rank(), b_shape.rank());
    CHECK(expected.shape().rank() == rank);
    const std::int64_t m = a_shape[a_shape.rank() - 2], k = a_shape.back(), n = b_shape.back();
    const auto matrix_of = [](const Tensor& x, std::int64_t index, std::int64_t rows, std::int64_t cols) {
      const auto all = x.span<double>().subspan(static_cast<std::size_t>(index * rows * cols));
      return tensor<double>(std::vector(all.begin(), all.begin() + rows * cols), {rows, cols});
    };
    for (std::int64_t i = 0; i * m * n < expected.elements(); ++i) {
      std::int64_t rest = i, of_a = 0, of_b = 0, step_a = 1, step_b = 1;
      for (std::size_t axis = 3; axis <= rank; ++axis) {
        const std::int64_t place = rest % expected.shape()[rank - axis];
        rest /= expected.shape()[rank - axis];
        const auto advance = [&](const Shape& shape, std::int64_t& index, std::int64_t& step) {
          if (axis > shape.rank()) return;
          const std::int64_t extent = shape[shape.rank() - axis];
          index += (extent == 1 ? 0 : place) * step, step *= extent;
        };
        advance(a_shape, of_a, step_a), advance(b_shape, of_b, step_b);
      }
      CHECK(bits_equal(matrix_of(expected, i, m, n), matmul(matrix_of(a, of_a, m, k), matrix_of(b, of_b, k, n))));
    }
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Operands x{ta ? turned(a) : a, tb ? turned(b) : b};
        const MatmulOptions options{.transpose_a = ta, .transpose_b = tb};
        CHECK(bits_equal(matmul(x[0], x[1], options), expected));
        check_gradients("matmul of batches " + to_string(a_shape) + (ta ? "^T " : " ") + to_string(b_shape), x,
                        [&](const Operands& o) { return matmul(o[0], o[1], options); });
      }
  }
  CHECK_THROWS_WITH_AS(
      matmul(zeros({2, 3, 5}), zeros({3, 5, 4})),
      "[matmul] received the shapes (2, 3, 5) and (3, 5, 4); it multiplies [..., M, K] by [..., K, N], "
      "leading dimensions equal or 1",
      ShapeError);
}

TEST_CASE("gradients: crossentropies") {
  const Tensor labels = tensor<std::int32_t>({2, 0, 1, 2}, {4});
  const Operands logits{random_tensor({4, 3}, f64, 12, -2, 2)};
  check_gradients("from probabilities", {random_tensor({4, 3}, f64, 13, 0.1, 0.9)},
                  [&](const Operands& o) { return ops::sparse_crossentropy(labels, o[0]); });
  check_gradients("softmax, then from probabilities", logits,
                  [&](const Operands& o) { return ops::sparse_crossentropy(labels, softmax(o[0])); });
  check_gradients("from logits", logits,
                  [&](const Operands& o) { return ops::sparse_crossentropy_from_logits(labels, o[0]); });
  // Where the probability was clipped there is no slope.
  const Tensor clipped = tensor<double>({1.5, 0.5, -0.5, 0.5}, {2, 2});
  GradientTape tape;
  tape.watch(clipped);
  const Tensor zero = tensor<std::uint8_t>({0, 0}, {2, 1});
  CHECK(values_of<double>(tape.gradient(sum(ops::sparse_crossentropy(zero, clipped)), std::vector{clipped})[0]) ==
        std::vector<double>(4, 0));
}

TEST_CASE("gradients: a small model, from its loss to every weight") {
  random::set_seed(1);
  const Dense first(6, {.activation = relu, .dtype = f64}), second(5, {.activation = relu, .dtype = f64}),
      last(3, {.activation = softmax, .dtype = f64});
  const Tensor x = random_tensor({7, 4}, f64, 14), labels = tensor<std::int64_t>({0, 1, 2, 0, 1, 2, 2}, {7});
  const auto loss = [&] { return mean(ops::sparse_crossentropy(labels, last(second(first(x))))); };
  loss();  // builds
  std::vector<Variable> variables;
  for (const Layer& layer : {Layer(first), Layer(second), Layer(last)})
    for (const Variable& v : layer.variables()) variables.push_back(v);
  REQUIRE(variables.size() == 6);
  for (std::size_t k = 1; k < 6; k += 2) variables[k].assign(random_tensor(variables[k].shape(), f64, k, -0.1, 0.1));

  const Gradients gradients = value_and_gradient(variables, loss).second;
  for (std::size_t k = 0; k < variables.size(); ++k) {
    CAPTURE(variables[k].name());
    const Tensor value = variables[k].value();
    std::vector<double> expected;
    for (std::size_t i = 0; i < static_cast<std::size_t>(value.elements()); ++i) {
      constexpr double h = 1e-5;
      variables[k].assign(moved(value, i, h));
      const double up = loss().number();
      variables[k].assign(moved(value, i, -h));
      expected.push_back((up - loss().number()) / (2 * h));
    }
    variables[k].assign(value);
    check_close(values_of<double>(gradients[k].value), expected);
  }
}
