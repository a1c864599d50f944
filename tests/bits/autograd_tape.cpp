// What a tape records, frees, adds up and refuses.
#include <array>
#include <memory>

#include "autograd/record.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/nn/optimizer.hpp"
#include "halfway/ops/activations.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/matmul.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/tensor/device.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

Variable variable(std::initializer_list<float> values, const Shape& shape, bool trainable = true) {
  return Variable("v", tensor<float>(values, shape), trainable);
}
Tensor gradient_of(GradientTape& tape, const Tensor& target, const Variable& source) {
  return tape.gradient(target, std::array{source})[0].value;
}
Tensor gradient_of(GradientTape& tape, const Tensor& target, const Tensor& source) {
  return tape.gradient(target, std::array{source})[0];
}
}  // namespace

TEST_CASE("tape: the gradient of a sum of squares; of several elements their sum") {
  const Variable v = variable({1, -2, 3}, {3});
  {
    GradientTape tape;
    CHECK(values_of<float>(gradient_of(tape, sum(square(v.value())), v)) == std::vector<float>{2, -4, 6});
  }
  GradientTape tape;
  CHECK(values_of<float>(gradient_of(tape, square(v.value()), v)) == std::vector<float>{2, -4, 6});
  const auto [loss, gradients] = value_and_gradient(std::array{v}, [&] { return sum(v.value() * 5.0); });
  CHECK(loss.number() == 10);
  CHECK(gradients.size() == 1);
  CHECK(gradients[0].variable == v);
  CHECK(values_of<float>(gradients[0].value) == std::vector<float>{5, 5, 5});
}

TEST_CASE("tape: once only, and only for what it recorded") {
  const Variable v = variable({1, 2}, {2});
  GradientTape tape;
  const Tensor loss = sum(v.value());
  CHECK(contains(error_of<ValueError>([&] { gradient_of(tape, constant(1), v); }), "depends on no trainable variable"));
  gradient_of(tape, loss, v);
  CHECK(contains(error_of<ValueError>([&] { gradient_of(tape, loss, v); }), "a second time"));

  const Tensor before = sum(v.value());
  GradientTape late;
  CHECK(contains(error_of<ValueError>([&] { gradient_of(late, before, v); }), "compute it while the tape lives"));
}

TEST_CASE("tape: a variable that plays no part has an empty gradient; a frozen one is followed only when watched") {
  const Variable used = variable({1, 2}, {2}), unused = variable({3}, {1}), frozen = variable({4, 5}, {2}, false);
  GradientTape tape;
  const Gradients gradients = tape.gradient(sum(used.value() * frozen.value()), std::array{unused, used, frozen});
  CHECK_FALSE(gradients[0].value.defined());
  CHECK(values_of<float>(gradients[1].value) == std::vector<float>{4, 5});
  CHECK_FALSE(gradients[2].value.defined());

  GradientTape watching;
  watching.watch(frozen.value());
  CHECK(values_of<float>(gradient_of(watching, sum(used.value() * frozen.value()), frozen)) ==
        std::vector<float>{1, 2});
}

TEST_CASE("tape: a variable that was assigned since keeps its gradient; that of two values is their sum") {
  const Variable v = variable({3}, {1});
  GradientTape tape;
  const Tensor first = square(v.value());
  v.assign(tensor<float>({5}, {1}));
  const Tensor both = first + square(v.value());
  v.assign(tensor<float>({7}, {1}));
  CHECK(gradient_of(tape, both, v).number() == 6 + 10);
}

TEST_CASE("tape: what was read from a variable before the tape lived is a constant") {
  const Variable v = variable({3, 4}, {2});
  const Tensor anchor = v.value();
  v.assign(tensor<float>({5, 5}, {2}));
  GradientTape tape;
  CHECK(values_of<float>(gradient_of(tape, sum(square(v.value() - anchor)), v)) == std::vector<float>{4, 2});
}

TEST_CASE("tape: watched tensors, and the gradient of something on the way") {
  const Tensor x = tensor<float>({1, 2, 3}, {3});
  GradientTape tape;
  tape.watch(x);
  const Tensor middle = x * 2.0;
  const std::vector<Tensor> gradients = tape.gradient(sum(square(middle)), std::array{x, middle});
  CHECK(values_of<float>(gradients[0]) == std::vector<float>{8, 16, 24});
  CHECK(values_of<float>(gradients[1]) == std::vector<float>{4, 8, 12});
}

TEST_CASE("tape: a value used twice gets the sum of its gradients, rounded to its dtype") {
  const Variable v = variable({3}, {1});
  {
    GradientTape tape;
    CHECK(gradient_of(tape, v.value() * v.value() + v.value(), v).number() == 7);
  }
  // 2048 + 1 is a tie in float16 and goes to 2048.
  const Tensor x = constant(1, DType::float16);
  GradientTape tape;
  tape.watch(x);
  CHECK(gradient_of(tape, x * 2048.0 + x, x).number() == 2048);
}

TEST_CASE("tape: nested tapes both record; backward of one is not recorded by the other") {
  const Variable v = variable({3}, {1});
  GradientTape outer;
  const Tensor y = square(v.value());
  Tensor slope;
  {
    GradientTape inner;
    const Tensor z = square(v.value()) + y;
    slope = gradient_of(inner, z, v);
    CHECK(slope.number() == 6);  // y was computed before `inner` lived
  }
  const Tensor after = y * v.value();
  CHECK(gradient_of(outer, after + slope, v).number() == 27);  // v³'s; the slope, 2v, is a constant here
}

TEST_CASE("tape: records only while it lives, and only what depends on a followed tensor") {
  const Variable v = variable({3}, {1});
  CHECK_FALSE(detail::recording({}));
  Tensor value = v.value();
  const Tensor other = constant(1);
  CHECK_FALSE(detail::recording({&value}));
  {
    const GradientTape tape;
    CHECK_FALSE(detail::recording({&value}));
    value = v.value();
    CHECK(detail::recording({&value}));
    CHECK(detail::recording({&other, &value}));
    CHECK_FALSE(detail::recording({&other}));
  }
  CHECK_FALSE(detail::recording({&value}));
}

TEST_CASE("tape: backward runs on the device that ran forward") {
  const Tensor x = random_tensor({4, 6}, DType::float32, 1);
  const Variable w("w", random_tensor({6, 3}, DType::float32, 2));
  const auto run = [&](const Device& forward, const Device& backward) {
    GradientTape tape;
    Tensor loss;
    {
      const DeviceScope scope(forward);
      loss = sum(square(matmul(x, w.value())));
    }
    const DeviceScope scope(backward);
    return gradient_of(tape, loss, w);
  };
  const Tensor on_cpu = run("cpu", "cpu"), on_tpu = run("tpu_v3", "tpu_v3");
  CHECK_FALSE(bits_equal(on_cpu, on_tpu));
  CHECK(bits_equal(run("cpu", "tpu_v3"), on_cpu));
  CHECK(bits_equal(run("tpu_v3", "cpu"), on_tpu));
}

TEST_CASE("tape: a gradient has the dtype of what it belongs to") {
  const Variable v = variable({1, 2}, {2});
  GradientTape tape;
  const Tensor half = cast(v, DType::float16);
  const auto gradients = tape.gradient(sum(half * half), std::array{v.value(), half});
  CHECK(gradients[0].dtype() == DType::float32);
  CHECK(gradients[1].dtype() == DType::float16);
  CHECK(values_of<float>(gradients[0]) == std::vector<float>{2, 4});
}

TEST_CASE("tape: a variable's cast is redone, not kept, and redone from the value of then") {
  const Variable w("w", random_tensor({6, 3}, DType::float32, 2));
  const Tensor x = random_tensor({4, 6}, DType::float16, 1);
  GradientTape tape;
  tape.watch(x);
  Tensor narrow = cast(w, DType::float16);
  const Tensor kept = tensor(values_of<float16>(narrow), {6, 3});
  const std::weak_ptr<const detail::TensorImpl> life = narrow.impl();
  const Tensor y = matmul(x, narrow);
  narrow = Tensor();
  CHECK(life.expired());
  w.assign(zeros({6, 3}));  // what was read stays what it was
  const Tensor dx = gradient_of(tape, y, x);
  CHECK(bits_equal(dx, matmul(ones({4, 3}, DType::float16), tensor(
                                                                [&] {
                                                                  std::vector<float16> transposed;
                                                                  for (int c = 0; c < 3; ++c)
                                                                    for (int r = 0; r < 6; ++r)
                                                                      transposed.push_back(
                                                                          kept.matrix<float16>()(r, c));
                                                                  return transposed;
                                                                }(),
                                                                {3, 6}))));
}

TEST_CASE("tape: records are freed by backward, with what they kept") {
  const Variable w("w", random_tensor({6, 3}, DType::float32, 2));
  GradientTape tape;
  Tensor hidden = matmul(random_tensor({4, 6}, DType::float32, 1), w.value());
  const std::weak_ptr<const detail::TensorImpl> life = hidden.impl();
  const Tensor loss = sum(square(hidden));
  hidden = Tensor();
  CHECK_FALSE(life.expired());
  gradient_of(tape, loss, w);
  CHECK(life.expired());
}

TEST_CASE("tape: rounding losses of backward are counted apart; a cast that is redone counts once") {
  const Variable w("w", full({2, 2}, 1e-9));  // underflows when read in float16
  const Tensor x = full({2, 2}, 300, DType::float16);
  const NumericWatch watch;
  GradientTape tape;
  tape.watch(x);
  const Tensor y = matmul(x, cast(w, DType::float16));
  CHECK(watch.forward.results == 8);
  CHECK(watch.forward.underflows == 4);
  const auto gradients = tape.gradient(y, std::array{x, w.value()});
  CHECK(watch.forward.results == 8);
  CHECK(watch.backward.results == 8);  // dx and dw in float16
  CHECK(watch.backward.underflows == 0);
  CHECK(gradients[1].dtype() == DType::float32);
}

TEST_CASE("deferred updates: at once without a tape, else with the gradients, committed by the optimizer") {
  const Variable weight = variable({1}, {1}), state = variable({0}, {1}, false);
  detail::defer_update(state, tensor<float>({1}, {1}));
  CHECK(state.value().number() == 1);

  GradientTape tape;
  detail::defer_update(state, tensor<float>({2}, {1}));
  CHECK(state.value().number() == 1);
  const Gradients gradients = tape.gradient(weight.value() * 3.0, std::array{weight});
  CHECK(gradients.updates().size() == 1);
  CHECK(state.value().number() == 1);
  SGD().apply_gradients(gradients);
  CHECK(state.value().number() == 2);

  {
    GradientTape dropped;
    detail::defer_update(state, tensor<float>({3}, {1}));
  }
  CHECK(state.value().number() == 2);
  GradientTape outer;
  GradientTape inner;
  detail::defer_update(state, tensor<float>({4}, {1}));
  CHECK(outer.gradient(weight.value() * 1.0, std::array{weight}).updates().empty());
  CHECK(inner.gradient(weight.value() * 1.0, std::array{weight}).updates().size() == 1);
}
