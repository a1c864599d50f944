// SGD and RMSprop, bit for bit against scalar code that rounds primitive by primitive in the variable's dtype.
#include <cmath>

#include "backend_cases.hpp"
#include "halfway/nn/optimizer.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

constexpr std::int64_t size = 1500;

/// Runs five steps of `optimizer` beside step(w, g, slots) on scalars.
template <class T, class StepRule>
void check_steps(const Optimizer& optimizer, StepRule&& step) {
  using std::sqrt;
  const Variable v("v", random_tensor({size}, dtype_of<T>, 1));
  struct Slots {
    T first{0.0f}, second{0.0f};
  };
  std::vector<T> w = values_of<T>(v.value());
  std::vector<Slots> slots(size);
  for (std::uint64_t i = 0; i < 5; ++i) {
    const Tensor g = random_tensor({size}, dtype_of<T>, 10 + i);
    optimizer.apply_gradients(Gradients({{v, g}}));
    for (std::size_t k = 0; k < size; ++k) step(w[k], g.span<T>()[k], slots[k].first, slots[k].second);
    CAPTURE(optimizer.describe());
    CAPTURE(text(dtype_of<T>));
    CAPTURE(i);
    REQUIRE(first_difference(values_of<T>(v.value()), w) == -1);
  }
  CHECK(optimizer.iterations() == 5);
}

template <class Body>
void for_dtypes(Body&& body) {
  body(float{});
  body(double{});
  body(float16{});
  body(bfloat16{});
}
}  // namespace

TEST_CASE("SGD: plain, with momentum, Nesterov") {
  for_dtypes([]<class T>(T) {
    const T rate(0.3), mu(0.9);
    check_steps<T>(SGD({.learning_rate = 0.3}), [&](T& w, T g, T&, T&) { w = w - g * rate; });
    check_steps<T>(SGD({.learning_rate = 0.3, .momentum = 0.9}), [&](T& w, T g, T& velocity, T&) {
      velocity = velocity * mu - g * rate;
      w = w + velocity;
    });
    check_steps<T>(SGD({.learning_rate = 0.3, .momentum = 0.9, .nesterov = true}), [&](T& w, T g, T& velocity, T&) {
      velocity = velocity * mu - g * rate;
      w = w + (velocity * mu - g * rate);
    });
  });
}

TEST_CASE("RMSprop: epsilon outside the root; inside it with momentum") {
  for_dtypes([]<class T>(T) {
    using std::sqrt;
    const T rate(1e-3), rho(0.9), rest = T(1.0f) - rho, epsilon(1e-7), mu(0.4);
    check_steps<T>(RMSprop(), [&](T& w, T g, T& rms, T&) {
      rms = rho * rms + rest * (g * g);
      w = w - (rate * g) / (sqrt(rms) + epsilon);
    });
    check_steps<T>(RMSprop({.momentum = 0.4}), [&](T& w, T g, T& rms, T& momentum) {
      rms = rho * rms + rest * (g * g);
      momentum = mu * momentum + (rate * g) / sqrt(rms + epsilon);
      w = w - momentum;
    });
  });
  // The default step of a first gradient: lr/√(1 − ρ), for large and small gradients alike.
  const Variable v("v", zeros({2}));
  RMSprop().apply_gradients(Gradients({{v, tensor<float>({100, -0.01f}, {2})}}));
  CHECK(v.value().span<float>()[0] == doctest::Approx(-0.00316228));
  CHECK(v.value().span<float>()[1] == doctest::Approx(0.00316228).epsilon(1e-3));
}

TEST_CASE("optimizers: state per variable, shared by copies of the handle; learning rate can be set") {
  const Variable a("a", zeros({1})), b("b", zeros({1}));
  const SGD optimizer({.learning_rate = 1, .momentum = 0.5});
  const Optimizer copy = optimizer;
  const auto step = [](const Optimizer& o, const Variable& v) { o.apply_gradients(Gradients({{v, ones({1})}})); };
  step(optimizer, a);
  step(copy, a);
  step(optimizer, b);
  CHECK(a.value().number() == -2.5);
  CHECK(b.value().number() == -1);
  CHECK(copy.iterations() == 3);
  CHECK(copy == optimizer);
  CHECK_FALSE(copy == SGD());
  copy.set_learning_rate(0);
  step(optimizer, b);
  CHECK(b.value().number() == -1.5);
  CHECK(optimizer.learning_rate() == 0);
  CHECK(contains(RMSprop().describe(), "RMSprop(learning_rate=0.001, rho=0.9"));
}

TEST_CASE("optimizers: a gradient that does not fit is refused before anything is assigned") {
  const Variable a("a", zeros({2})), b("b", zeros({2}));
  for (const Optimizer& optimizer : {Optimizer(SGD()), Optimizer(RMSprop())}) {
    CHECK(contains(error_of<DTypeError>([&] {
                     optimizer.apply_gradients(Gradients({{a, ones({2})}, {b, ones({2}, DType::float16)}}));
                   }),
                   "received a gradient of dtype float16 for the variable b of dtype float32"));
    CHECK(contains(error_of<ShapeError>([&] {
                     optimizer.apply_gradients(Gradients({{a, ones({2})}, {b, ones({2, 1})}}));
                   }),
                   "of shape (2, 1) for the variable b of shape (2,)"));
    CHECK(bits_equal(a.value(), zeros({2})));
    CHECK(optimizer.iterations() == 0);
  }
}
