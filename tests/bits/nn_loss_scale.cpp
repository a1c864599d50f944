// Loss scales as state machines, and the optimizer that holds one.
#include <array>
#include <cmath>

#include "halfway/autograd/tape.hpp"
#include "halfway/nn/loss_scale.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/reduce.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

/// After a step for each letter: '+' finite, '!' not.
LossScale after(LossScale scale, const std::string& steps) {
  for (const char step : steps) scale = scale.next(step == '+');
  return scale;
}

Variable variable(std::initializer_list<float> values) {
  return Variable("v", tensor<float>(values, {static_cast<std::int64_t>(values.size())}));
}
Gradients gradients_of(const LossScaleOptimizer& optimizer, const Variable& v, const std::function<Tensor()>& loss) {
  GradientTape tape;
  return optimizer.get_unscaled_gradients(tape.gradient(optimizer.get_scaled_loss(loss()), std::array{v}));
}
Gradients given(const Variable& v, const Tensor& gradient) { return Gradients({{v, gradient}}); }
const float nan_f = std::numeric_limits<float>::quiet_NaN(), inf_f = std::numeric_limits<float>::infinity();
}  // namespace

TEST_CASE("dynamic loss scale: TensorFlow 2.1's transitions") {
  struct Row {
    DynamicLossScaleOptions options;
    std::string steps;
    double scale;
    int count;
  };
  constexpr double largest = std::numeric_limits<float>::max();
  const DynamicLossScaleOptions three{.initial_loss_scale = 8, .increment_period = 3};
  const Row rows[] = {
      {three, "", 8, 0},
      {three, "+", 8, 1},
      {three, "++", 8, 2},
      {three, "+++", 16, 0},
      {three, "++++++", 32, 0},
      {three, "!", 4, 0},
      {three, "++!", 4, 0},
      {three, "++!++", 4, 2},
      {three, "++!+++", 8, 0},
      {three, "!!!", 1, 0},
      {three, "!!!!!", 1, 0},  // the floor
      {three, "!!!!!+++", 2, 0},
      {{.initial_loss_scale = 8, .increment_period = 1}, "++", 32, 0},
      {{.initial_loss_scale = 9, .increment_period = 2, .multiplier = 3}, "++", 27, 0},
      {{.initial_loss_scale = 9, .increment_period = 2, .multiplier = 3}, "!", 3, 0},
      {{.initial_loss_scale = 0.25}, "!", 1, 0},  // below the floor it jumps up
      {{.initial_loss_scale = 0.25}, "+", 0.25, 1},
      {{.initial_loss_scale = 0x1p127, .increment_period = 2}, "++", 0x1p127, 0},  // the cap: the count is reset
      {{.initial_loss_scale = 0x1p126, .increment_period = 1}, "+++", 0x1p127, 0},
      {{.initial_loss_scale = largest, .increment_period = 1}, "+", largest, 0},
      {{.initial_loss_scale = 8, .increment_period = 1, .max_scale = 16}, "+++", 16, 0},
      {{.initial_loss_scale = 8, .min_scale = 0.125}, "!!!!!!!!", 0.125, 0}};
  for (const Row& row : rows) {
    CAPTURE(row.steps);
    const LossScale scale = after(DynamicLossScale(row.options), row.steps);
    CHECK(scale.value() == row.scale);
    CHECK(scale.dynamic()->num_good_steps() == row.count);
    CHECK(scale.dynamic()->options() == row.options);
  }
  CHECK(after(DynamicLossScale(), std::string(1999, '+')).value() == 32768);
  CHECK(after(DynamicLossScale(), std::string(2000, '+')).value() == 65536);
  static_assert(DynamicLossScale().next(false).value() == 16384);
}

TEST_CASE("fixed loss scale: never moves, is at least 1") {
  CHECK(after(FixedLossScale(1024), "+!+!!").value() == 1024);
  CHECK_FALSE(LossScale(2).dynamic());
  CHECK(LossScale(2) == LossScale(FixedLossScale(2)));
  CHECK_FALSE(LossScale(32768) == LossScale(DynamicLossScale()));
  CHECK(FixedLossScale(1).value() == 1);
  CHECK(contains(error_of<ValueError>([] { FixedLossScale(0.5); }), "loss_scale_value must be at least 1."));
  CHECK_FALSE(error_of<ValueError>([] { FixedLossScale(0); }).empty());
}

TEST_CASE("loss scales: Keras' lines, and reading them from text") {
  CHECK(printed(LossScale(FixedLossScale(1024))) == "FixedLossScale(1024.0)");
  CHECK(printed(LossScale(1.5)) == "FixedLossScale(1.5)");
  CHECK(printed(after(DynamicLossScale(), std::string(30, '+'))) ==
        "DynamicLossScale(current_loss_scale=32768.0, num_good_steps=30, initial_loss_scale=32768.0, "
        "increment_period=2000, multiplier=2.0)");
  CHECK(printed(after(DynamicLossScale({.initial_loss_scale = 1, .increment_period = 2, .multiplier = 3}), "++")) ==
        "DynamicLossScale(current_loss_scale=3.0, num_good_steps=0, initial_loss_scale=1.0, increment_period=2, "
        "multiplier=3.0)");
  CHECK(LossScale::parse("dynamic") == LossScale(DynamicLossScale()));
  CHECK(LossScale::parse("1024") == LossScale(1024));
  CHECK(LossScale::parse("2.5") == LossScale(2.5));
  for (const std::string text : {"", "fast", "8x", "dynamic "})
    CHECK(contains(error_of<ValueError>([&] { LossScale::parse(text); }),
                   "Could not interpret loss scale identifier: " + text));
  CHECK(contains(error_of<ValueError>([] { LossScale::parse("0.5"); }), "at least 1"));
}

TEST_CASE("LossScaleOptimizer: wraps once, and is the optimizer that it wraps") {
  const SGD inner({.learning_rate = 0.5});
  const LossScaleOptimizer optimizer(inner, 8);
  CHECK(optimizer.inner() == inner);
  CHECK(optimizer.loss_scale() == LossScale(8));
  CHECK(optimizer.learning_rate() == 0.5);
  optimizer.set_learning_rate(0.25);
  CHECK(inner.learning_rate() == 0.25);
  CHECK(contains(error_of<ValueError>([&] { LossScaleOptimizer(optimizer, 2); }),
                 "LossScaleOptimizer cannot wrap another LossScaleOptimizer"));
  CHECK(LossScaleOptimizer::from(optimizer).value() == optimizer);
  CHECK_FALSE(LossScaleOptimizer::from(inner).has_value());
  CHECK(contains(optimizer.describe(), "FixedLossScale(8.0)"));
}

TEST_CASE("LossScaleOptimizer: the loss is scaled in its own dtype") {
  const Variable v = variable({1});
  const auto loss = [&](DType dtype) { return [&v, dtype] { return sum(cast(v.value(), dtype) * 0.5); }; };
  // 65536 is infinite in float16, and so is every gradient behind it; 32768 is not; in float32 neither is.
  CHECK(gradients_of({SGD(), 32768}, v, loss(DType::float16))[0].value.number() == 0.5);
  CHECK(gradients_of({SGD(), 65536}, v, loss(DType::float16))[0].value.number() == inf_f);
  CHECK(gradients_of({SGD(), 65536}, v, loss(DType::float32))[0].value.number() == 0.5);
  CHECK(LossScaleOptimizer(SGD(), 32).get_scaled_loss(constant(3)).scale() == 32);
}

TEST_CASE("LossScaleOptimizer: gradients are unscaled in float32, whatever their dtype, by the scale that was used") {
  // A scale of 2^25 has no float16 reciprocal: 2^−25 rounds to 0.
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float64}) {
    const Variable v("v", full({3}, 2, dtype));
    const auto loss = [&] { return sum(cast(v.value(), DType::float32) * 0x1p-14); };
    const Gradients gradients = gradients_of({SGD(), 0x1p25}, v, loss);
    CHECK(gradients[0].value.dtype() == dtype);
    CHECK(bits_equal(gradients[0].value, full({3}, 0x1p-14, dtype)));
  }
  // What float16 cannot hold unscaled survives scaled: the reason for all this.
  const Variable w = variable({1});
  const auto tiny = [&] { return sum(cast(cast(w, DType::float16) * 0x1p-12, DType::float32) * 0x1p-13); };
  CHECK(value_and_gradient(std::array{w}, tiny).second[0].value.number() == 0);
  CHECK(gradients_of({SGD(), 1024}, w, tiny)[0].value.number() == 0x1p-25);
  // The product with the reciprocal, rounded in float32: 1/3 is not exact.
  const Gradients thirds = gradients_of({SGD(), 3}, w, [&] { return sum(w.value() * 7.0); });
  CHECK(thirds[0].value.item<float>() == 21.0f * (1.0f / 3.0f));
  // A variable without a gradient keeps none.
  const LossScaleOptimizer optimizer(SGD(), 4);
  GradientTape tape;
  const Variable unused = variable({5});
  const Gradients none =
      optimizer.get_unscaled_gradients(tape.gradient(optimizer.get_scaled_loss(sum(w.value())), std::array{unused, w}));
  CHECK_FALSE(none[0].value.defined());
  CHECK(optimizer.apply_gradients(none) == Step::applied);
  CHECK(unused.value().number() == 5);
}

TEST_CASE("LossScaleOptimizer: a step that is not finite leaves everything but the scale alone") {
  for (const float bad : {inf_f, -inf_f, nan_f})
    for (const bool rmsprop : {true, false}) {
      CAPTURE(bad);
      const auto make = [&]() -> Optimizer {
        if (rmsprop) return RMSprop({.momentum = 0.5});
        return SGD({.momentum = 0.5});
      };
      const Variable skipping = variable({1, 2}), plain = variable({1, 2}), state = variable({0});
      const Optimizer reference = make();
      const LossScaleOptimizer optimizer(make(), DynamicLossScale({.initial_loss_scale = 16, .increment_period = 3}));
      const Tensor good = tensor<float>({0.5f, -0.25f}, {2}), poisoned = tensor<float>({0.5f, bad}, {2});
      const auto with_update = [&](const Tensor& gradient, float value) {
        return Gradients({{skipping, gradient}}, {{state, tensor<float>({value}, {1})}});
      };
      CHECK(optimizer.apply_gradients(with_update(good, 1)) == Step::applied);
      reference.apply_gradients(given(plain, good));
      CHECK(state.value().number() == 1);

      CHECK(optimizer.apply_gradients(with_update(poisoned, 2)) == Step::skipped);
      CHECK(bits_equal(skipping.value(), plain.value()));
      CHECK(state.value().number() == 1);
      CHECK(optimizer.iterations() == 1);
      CHECK(optimizer.skipped_steps() == 1);
      CHECK(optimizer.loss_scale().value() == 8);
      CHECK(optimizer.loss_scale().dynamic()->num_good_steps() == 0);

      // Neither did the slots notice: the next steps are those of an optimizer that never met the bad one.
      for (int i = 0; i < 3; ++i) {
        CHECK(optimizer.apply_gradients(given(skipping, good)) == Step::applied);
        reference.apply_gradients(given(plain, good));
        CHECK(bits_equal(skipping.value(), plain.value()));
      }
      CHECK(optimizer.iterations() == 4);
      CHECK(optimizer.loss_scale().value() == 16);
    }
}

TEST_CASE("LossScaleOptimizer: one bad element of one gradient skips all; a fixed scale never skips") {
  const Variable a = variable({1}), b = variable({2});
  const LossScaleOptimizer dynamic{SGD(), DynamicLossScale()};
  CHECK(dynamic.apply_gradients(Gradients({{a, full({1}, 1)}, {b, full({1}, INFINITY)}})) == Step::skipped);
  CHECK(a.value().number() == 1);
  const LossScaleOptimizer fixed(SGD(), 2);
  CHECK(fixed.apply_gradients(given(a, full({1}, NAN))) == Step::applied);
  CHECK(std::isnan(a.value().number()));
  CHECK(fixed.iterations() == 1);
  CHECK(fixed.skipped_steps() == 0);
  CHECK(dynamic.apply_gradients(Gradients({{b, Tensor()}})) == Step::applied);  // nothing counts as finite
  CHECK(b.value().number() == 2);
}

TEST_CASE("LossScaleOptimizer: minimize is the long form, bit for bit") {
  const Variable shorter = variable({0.3f, -0.7f, 1.1f}), longer = variable({0.3f, -0.7f, 1.1f});
  const LossScaleOptimizer one(RMSprop(), DynamicLossScale({.increment_period = 2}));
  const LossScaleOptimizer two(RMSprop(), DynamicLossScale({.increment_period = 2}));
  const auto loss = [](const Variable& v) {
    return mean(cast(square(cast(v, DType::float16) + 0.25), DType::float32));
  };
  for (int step = 0; step < 5; ++step) {
    const Tensor value = one.minimize(std::array{shorter}, [&] { return loss(shorter); });
    GradientTape tape;
    const Tensor same = loss(longer);
    const ScaledLoss scaled = two.get_scaled_loss(same);
    const ScaledGradients gradients = tape.gradient(scaled, std::array{longer});
    CHECK(gradients.scale() == two.loss_scale().value());
    two.apply_gradients(two.get_unscaled_gradients(gradients));
    CHECK(bits_equal(value, same));
    CHECK(bits_equal(shorter.value(), longer.value()));
    CHECK(one.loss_scale() == two.loss_scale());
  }
  CHECK(one.loss_scale().value() == 65536);  // grown twice, and halved by a gradient beyond float16's range
  CHECK(one.skipped_steps() == 1);
  CHECK_FALSE(bits_equal(shorter.value(), tensor<float>({0.3f, -0.7f, 1.1f}, {3})));
}
