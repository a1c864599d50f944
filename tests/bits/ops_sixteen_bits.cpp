// Operations in 16 bits, forward and backward, bit for bit against straight-line code that rounds where
// docs/numerics.md says: loops, std::fma, and one conversion per result.
#include <array>
#include <cmath>

#include "backend_cases.hpp"
#include "formats/functions.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/crossentropy.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/tensor/device.hpp"
#include "ops/dense.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

/// A dense matrix for the straight-line code.
template <class T>
struct Matrix {
  std::size_t rows, cols;
  std::vector<T> values = std::vector<T>(rows * cols);
  T& operator()(std::size_t r, std::size_t c) { return values[r * cols + c]; }
  const T& operator()(std::size_t r, std::size_t c) const { return values[r * cols + c]; }
};

template <class T>
Matrix<T> transposed(const Matrix<T>& a) {
  Matrix<T> b{a.cols, a.rows};
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < a.cols; ++c) b(c, r) = a(r, c);
  return b;
}

/// One chain per output, in the order of k, from +0; rounded once.
template <class T>
Matrix<T> product(const Matrix<T>& a, const Matrix<T>& b) {
  Matrix<T> d{a.rows, b.cols};
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t j = 0; j < b.cols; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < a.cols; ++k)
        sum = std::fma(static_cast<float>(a(i, k)), static_cast<float>(b(k, j)), sum);
      d(i, j) = T(sum);
    }
  return d;
}

template <class T>
std::vector<T> column_sums(const Matrix<T>& a) {
  std::vector<T> sums;
  for (std::size_t c = 0; c < a.cols; ++c) {
    std::vector<float> terms;
    for (std::size_t r = 0; r < a.rows; ++r) terms.push_back(static_cast<float>(a(r, c)));
    sums.push_back(T(straight_blocked32(terms)));
  }
  return sums;
}

template <class T>
Matrix<T> narrowed(const Tensor& x) {
  Matrix<T> m{static_cast<std::size_t>(x.shape()[0]), static_cast<std::size_t>(x.shape().back())};
  for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = T(x.span<float>()[i]);
  return m;
}
template <class T>
Tensor widened(const std::vector<T>& values, const Shape& shape) {
  std::vector<float> wide;
  for (const T x : values) wide.push_back(static_cast<float>(x));
  return tensor(wide, shape);
}

template <class Body>
void for_16_bits(Body&& body) {
  body(float16{});
  body(bfloat16{});
}
}  // namespace

TEST_CASE("a Dense layer under a mixed policy: forward, dX, dW and db") {
  const LogCapture quiet;
  for_16_bits([]<class T>(T) {
    const DType dtype = dtype_of<T>;
    for (const std::int64_t batch : {5, 70, 1100}) {
      CAPTURE(text(dtype));
      CAPTURE(batch);
      const Dense layer(3, {.activation = relu, .dtype = Policy::parse("mixed_" + text(dtype))});
      const Tensor x = random_tensor({batch, 7}, DType::float32, 1), upstream = random_tensor({batch, 3}, dtype, 2);
      layer.build(x.shape());
      layer.bias().assign(random_tensor({3}, DType::float32, 3, -0.5, 0.5));
      GradientTape tape;
      tape.watch(x);
      const Tensor y = layer(x);
      const auto gradients =
          tape.gradient(sum(y * upstream), std::array{x, layer.kernel().value(), layer.bias().value()});

      // The product with `upstream` hands it back as it is; relu keeps it where its result is above 0.
      const Matrix<T> narrow_x = narrowed<T>(x), kernel = narrowed<T>(layer.kernel().value());
      Matrix<T> result = product(narrow_x, kernel), g{static_cast<std::size_t>(batch), 3};
      for (std::size_t r = 0; r < result.rows; ++r)
        for (std::size_t c = 0; c < 3; ++c) {
          const T biased = result(r, c) + T(layer.bias().value().span<float>()[c]);
          result(r, c) = biased > T(0) ? biased : T(0);
          g(r, c) =
              biased > T(0) ? upstream.matrix<T>()(static_cast<std::int64_t>(r), static_cast<std::int64_t>(c)) : T(0);
        }
      CHECK(y.dtype() == dtype);
      CHECK(first_difference(values_of<T>(y), result.values) == -1);
      CHECK(bits_equal(gradients[0], widened(product(g, transposed(kernel)).values, x.shape())));
      CHECK(bits_equal(gradients[1], widened(product(transposed(narrow_x), g).values, {7, 3})));
      CHECK(bits_equal(gradients[2], widened(column_sums(g), {3})));
    }
  });
}

TEST_CASE("the guide's head: 16-bit logits, float32 softmax, mean crossentropy, a scaled loss, and all the way back") {
  for_16_bits([]<class T>(T) {
    const DType dtype = dtype_of<T>;
    constexpr std::size_t batch = 37, features = 6, classes = 10;
    CAPTURE(text(dtype));
    const Dense logits(classes, {.dtype = Policy::parse("mixed_" + text(dtype))});
    const Activation head("softmax", {.dtype = "float32"});
    const Tensor x = random_tensor({batch, features}, DType::float32, 4, -3, 3);
    std::vector<std::int32_t> labels;
    for (std::size_t r = 0; r < batch; ++r) labels.push_back(static_cast<std::int32_t>(r * 7 % classes));
    const Tensor y_true = tensor(labels, {static_cast<std::int64_t>(batch)});
    const LossScaleOptimizer optimizer(SGD(), FixedLossScale(1024));
    logits.build(x.shape());
    const std::array weights{logits.kernel(), logits.bias()};
    GradientTape tape;
    const Tensor probabilities = head(logits(x));
    const Tensor loss = mean(ops::sparse_crossentropy(y_true, probabilities));
    const Gradients gradients =
        optimizer.get_unscaled_gradients(tape.gradient(optimizer.get_scaled_loss(loss), weights));

    const Matrix<T> narrow_x = narrowed<T>(x), kernel = narrowed<T>(logits.kernel().value());
    const Matrix<T> scores = product(narrow_x, kernel);  // the bias is 0: adding it changes nothing
    Matrix<float> p{batch, classes};
    Matrix<T> g{batch, classes};
    std::vector<float> losses;
    const float share = 1024.0f / static_cast<float>(batch);
    for (std::size_t r = 0; r < batch; ++r) {
      float largest = static_cast<float>(scores(r, 0));
      for (std::size_t c = 0; c < classes; ++c) largest = std::max(largest, static_cast<float>(scores(r, c)));
      std::vector<float> e;
      for (std::size_t c = 0; c < classes; ++c)
        e.push_back(detail::exp_sequence(static_cast<float>(scores(r, c)) - largest));
      const float total = straight_blocked32(e);
      for (std::size_t c = 0; c < classes; ++c) p(r, c) = e[c] / total;
      const auto label = static_cast<std::size_t>(labels[r]);
      losses.push_back(-detail::log_sequence(std::min(std::max(p(r, label), 1e-7f), 1.0f - 1e-7f)));
      std::vector<float> dp(classes), terms;
      dp[label] = -share / p(r, label);
      for (std::size_t c = 0; c < classes; ++c) terms.push_back(dp[c] * p(r, c));
      const float dot = straight_blocked32(terms);
      for (std::size_t c = 0; c < classes; ++c) g(r, c) = T(p(r, c) * (dp[c] - dot));
    }
    const auto unscaled = [](const std::vector<T>& values) {
      std::vector<float> floats;
      for (const T v : values) floats.push_back(static_cast<float>(v) * (1.0f / 1024));
      return floats;
    };
    CHECK(probabilities.dtype() == DType::float32);
    CHECK(first_difference(values_of<float>(probabilities), p.values) == -1);
    CHECK(loss.item<float>() == straight_blocked32(losses) / static_cast<float>(batch));
    CHECK(first_difference(values_of<float>(gradients[0].value), unscaled(product(transposed(narrow_x), g).values)) ==
          -1);
    CHECK(first_difference(values_of<float>(gradients[1].value), unscaled(column_sums(g))) == -1);
  });
}

TEST_CASE("softmax and crossentropies: float32 inside, one rounding at the end, forward and backward") {
  for_twin_dtypes([]<class T>(T) {
    CAPTURE(text(dtype_of<T>));
    constexpr std::size_t rows = 9, cols = 45, label = 3;
    const Tensor x = random_tensor({rows, cols}, dtype_of<T>, 5, -8, 8);
    const Tensor labels = cast(full({rows}, label), DType::int32);
    const Tensor g = random_tensor({rows, cols}, dtype_of<T>, 6), per_row = random_tensor({rows}, dtype_of<T>, 7);
    const Tensor y = softmax(x);
    const auto gradient = [](const Tensor& of, auto&& op, const Tensor& upstream) {
      GradientTape tape;
      tape.watch(of);
      const Tensor result = op(of);
      return std::pair(result, tape.gradient(result * upstream, std::array{of})[0]);
    };
    const Tensor dx = gradient(x, softmax, g).second;
    const std::pair<Tensor, Tensor> logits = gradient(
        x, [&](const Tensor& t) { return ops::sparse_crossentropy_from_logits(labels, t); }, per_row);
    const std::pair<Tensor, Tensor> probabilities = gradient(
        y, [&](const Tensor& t) { return ops::sparse_crossentropy(labels, t); }, per_row);
    const Tensor &from_logits = logits.first, &logits_dx = logits.second;
    const Tensor &from_probabilities = probabilities.first, &dp = probabilities.second;
    for (std::size_t r = 0; r < rows; ++r) {
      const auto row = x.span<T>().subspan(r * cols, cols);
      float largest = -INFINITY;
      for (const T v : row) largest = std::max(largest, static_cast<float>(v));
      std::vector<float> e, terms;
      for (const T v : row) e.push_back(detail::exp_sequence(static_cast<float>(v) - largest));
      const float total = straight_blocked32(e), upstream = static_cast<float>(per_row.span<T>()[r]);
      const auto rounded = [&](const Tensor& t, std::size_t c) {
        return static_cast<float>(t.span<T>()[r * cols + c]);
      };
      for (std::size_t c = 0; c < cols; ++c) terms.push_back(rounded(g, c) * rounded(y, c));
      const float dot = straight_blocked32(terms), p = rounded(y, label);
      for (std::size_t c = 0; c < cols; ++c) {
        const float probability = e[c] / total, one = c == label ? 1.0f : 0.0f;
        REQUIRE(y.span<T>()[r * cols + c] == T(probability));
        REQUIRE(dx.span<T>()[r * cols + c] == T(rounded(y, c) * (rounded(g, c) - dot)));
        REQUIRE(logits_dx.span<T>()[r * cols + c] == T(upstream * (probability - one)));
        REQUIRE(dp.span<T>()[r * cols + c] == (c == label && p >= 1e-7f ? T(-upstream / p) : T(0.0f)));
      }
      CHECK(from_logits.span<T>()[r] == T(detail::log_sequence(total) - (static_cast<float>(row[label]) - largest)));
      CHECK(from_probabilities.span<T>()[r] == T(-detail::log_sequence(std::max(p, 1e-7f))));
    }
  });
}

TEST_CASE("gradients of element-wise operations round where the operations do") {
  for_16_bits([]<class T>(T) {
    constexpr std::size_t rows = 40, cols = 3;
    const Tensor a = random_tensor({rows, cols}, dtype_of<T>, 6, 0.3, 3),
                 b = random_tensor({cols}, dtype_of<T>, 7, 0.3, 3);
    const Tensor g = random_tensor({rows, cols}, dtype_of<T>, 8);
    const auto gradients = [&](auto&& op) {
      GradientTape tape;
      tape.watch(a);
      tape.watch(b);
      return tape.gradient(sum(op(a, b) * g), std::array{a, b});
    };
    const auto check = [&](const std::vector<Tensor>& actual, auto&& da, auto&& db) {
      Matrix<T> of_a{rows, cols}, of_b{rows, cols};
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c) {
          const T x = a.span<T>()[r * cols + c], y = b.span<T>()[c], z = g.span<T>()[r * cols + c];
          of_a(r, c) = da(x, y, z);
          of_b(r, c) = db(x, y, z);
        }
      CHECK(first_difference(values_of<T>(actual[0]), of_a.values) == -1);
      CHECK(first_difference(values_of<T>(actual[1]), column_sums(of_b)) == -1);
    };
    CAPTURE(text(dtype_of<T>));
    check(
        gradients([](const Tensor& x, const Tensor& y) { return x + y; }), [](T, T, T z) { return z; },
        [](T, T, T z) { return z; });
    check(
        gradients([](const Tensor& x, const Tensor& y) { return x - y; }), [](T, T, T z) { return z; },
        [](T, T, T z) { return -z; });
    check(
        gradients([](const Tensor& x, const Tensor& y) { return x * y; }), [](T, T y, T z) { return z * y; },
        [](T x, T, T z) { return z * x; });
    check(
        gradients([](const Tensor& x, const Tensor& y) { return x / y; }), [](T, T y, T z) { return z / y; },
        [](T x, T y, T z) { return -(z * (x / y)) / y; });
  });
}

TEST_CASE("sums and means in 16 bits: exact where 16-bit partial sums would not be") {
  const Tensor many = ones({5000}, DType::float16);
  CHECK(sum(many).number() == 5000);                                 // a float16 counter stops at 2048
  CHECK(sum(ones({5001}, DType::float16)).number() == 5000);         // 5001 rounds to even
  CHECK(mean(full({100000}, 1.5, DType::float16)).number() == 1.5);  // the sum would be infinite in float16
  CHECK(sum(full({100000}, 1, DType::float16)).number() == INFINITY);

  // Backward divides by 100,000 too, which float16 does not hold.
  const Tensor x = zeros({100000}, DType::float16);
  GradientTape tape;
  tape.watch(x);
  const Tensor share = tape.gradient(mean(x) * 1000.0, std::array{x})[0];
  CHECK(share.span<float16>()[0].bits() == float16(1000.0 / 100000).bits());
  GradientTape other;
  const Tensor odd = zeros({2049}, DType::float16);
  other.watch(odd);
  CHECK(other.gradient(mean(odd), std::array{odd})[0].span<float16>()[7].bits() == float16(1.0 / 2049).bits());
}

TEST_CASE("what operations refuse") {
  const Tensor half = zeros({2, 3}, DType::float16), single = zeros({2, 3}), integer = zeros({2, 3}, DType::int32);
  CHECK(contains(error_of<DTypeError>([&] { (void)(half + single); }),
                 "[add] received dtypes float16 and float32; nothing is promoted silently: cast()"));
  CHECK(contains(error_of<DTypeError>([&] { (void)(half * cast(half, DType::bfloat16)); }), "[multiply]"));
  CHECK(contains(error_of<DTypeError>([&] { (void)(integer - integer); }), "[subtract] received dtype int32"));
  CHECK(contains(error_of<DTypeError>([&] { (void)relu(cast(half, DType::float8_e5m2)); }), "float8_e5m2"));
  CHECK(contains(error_of<ShapeError>([&] { (void)(single / zeros({3, 2})); }), "(2, 3) and (3, 2)"));
  CHECK(contains(error_of<ShapeError>([&] { (void)matmul(single, single); }), "[matmul] received the shapes (2, 3)"));
  CHECK(contains(error_of<ShapeError>([&] { (void)matmul(zeros({3}), single); }), "(3,)"));
  CHECK(contains(error_of<DTypeError>([&] { (void)matmul(half, zeros({3, 2})); }), "[matmul]"));
  CHECK(contains(error_of<ShapeError>([&] { (void)sum(single, 2); }), "[sum] received the axis 2"));
  CHECK(contains(error_of<ShapeError>([&] { (void)softmax(constant(1)); }), "[softmax]"));
  CHECK(contains(error_of<ShapeError>([&] { (void)argmax(zeros({3, 0})); }), "[argmax]"));
  CHECK(contains(error_of<ShapeError>([&] { (void)reshape(single, {5}); }), "[reshape] received the shape (2, 3)"));
  CHECK(contains(error_of<ValueError>([&] {
                   (void)ops::sparse_crossentropy(tensor<std::int32_t>({0, 3}, {2}), single);
                 }),
                 "the label 3 for 3 classes; labels are 0 to 2"));
  CHECK(contains(error_of<ValueError>([&] {
                   (void)ops::sparse_crossentropy(tensor<std::int64_t>({0, -1}, {2}), single);
                 }),
                 "the label -1"));
  CHECK(contains(error_of<DTypeError>([&] { (void)ops::sparse_crossentropy(zeros({2}), single); }),
                 "labels of dtype float32"));
  CHECK(contains(error_of<ShapeError>([&] { (void)ops::sparse_crossentropy(zeros({3}, DType::int32), single); }),
                 "(3,) and predictions of shape (2, 3)"));
}

TEST_CASE("Dense in one operation: the bits of product, addition and relu, forward and backward, on every device") {
  for (const Device& device : list_physical_devices())
    for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64})
      for (const bool with_relu : {false, true})
        for (const double scale : {1.0, 1e-20, 1e18}) {  // subnormals, infinities and NaN among the results
          const DeviceScope scope(device);
          const auto draw = [&](const Shape& shape, std::uint64_t seed) {
            return cast(random_tensor(shape, DType::float64, seed) * scale, dtype);
          };
          const std::vector<Tensor> operands{draw({9, 21}, 1), draw({21, 35}, 2), draw({35}, 3)};
          const auto run = [&](auto f) {
            GradientTape tape;
            for (const Tensor& x : operands) tape.watch(x);
            const Tensor y = f();
            std::vector<Tensor> all = tape.gradient(sum(y * y), operands);
            all.push_back(y);
            return all;
          };
          const auto fused =
              run([&] { return halfway::detail::dense(operands[0], operands[1], operands[2], with_relu); });
          const auto steps = run([&] {
            const Tensor y = matmul(operands[0], operands[1]) + operands[2];
            return with_relu ? relu(y) : y;
          });
          for (std::size_t i = 0; i < fused.size(); ++i) CHECK(bits_equal(fused[i], steps[i]));
        }
}
