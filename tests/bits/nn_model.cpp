// Models: compile, fit, evaluate, predict, weights, summary.
#include <array>
#include <iostream>

#include "backend_cases.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/nn/model.hpp"
#include "halfway/ops/take.hpp"
#include "halfway/tensor/device.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

const LogCapture* quiet = new LogCapture;  // for the whole program: these tests are not about the compatibility check

/// Four features, three classes that a linear model tells apart well.
struct Data {
  Tensor x, y;
};
Data make_data(std::int64_t samples) {
  const Tensor x = random_tensor({samples, 4}, DType::float32, 77);
  std::vector<std::uint8_t> labels;
  for (std::int64_t i = 0; i < samples; ++i) {
    const auto row = x.span<float>().subspan(static_cast<std::size_t>(4 * i), 4);
    labels.push_back(row[0] > 0.2f ? 2 : row[1] > row[2] ? 1 : 0);
  }
  return {x, tensor(labels, {samples})};
}

Model make_model(const Policy& policy, std::uint64_t seed = 1) {
  random::set_seed(seed);
  const PolicyScope scope(policy);
  const SymbolicTensor inputs = Input({4}, {.name = "in"});
  SymbolicTensor x = Dense(8, {.activation = relu, .name = "hidden"})(inputs);
  x = Dense(3, {.name = "logits"})(x);
  return Model(inputs, Activation("softmax", {.dtype = "float32", .name = "head"})(x), "small");
}
CompileOptions options(const Optimizer& optimizer = RMSprop({.learning_rate = 0.01})) {
  return {.loss = sparse_categorical_crossentropy, .optimizer = optimizer, .metrics = {accuracy}};
}
Model compiled(const Policy& policy, std::uint64_t seed = 1) {
  const Model model = make_model(policy, seed);
  model.compile(options());
  return model;
}

bool equal(const Weights& a, const Weights& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), bits_equal);
}

/// What body() writes to std::cout.
template <class Body>
std::string output_of(Body&& body) {
  std::ostringstream text;
  std::streambuf* const before = std::cout.rdbuf(text.rdbuf());
  body();
  std::cout.rdbuf(before);
  return text.str();
}
}  // namespace

TEST_CASE("compile: a model's own policy decides about loss scaling") {
  CHECK(compiled("mixed_float16").loss_scale() == LossScale(DynamicLossScale()));
  for (const Policy& policy : {Policy("float16"), Policy("mixed_bfloat16"), Policy("bfloat16"), Policy("float32")})
    CHECK_FALSE(compiled(policy).loss_scale().has_value());
  CHECK(compiled(Policy("mixed_float16").with_loss_scale(64)).loss_scale() == LossScale(64));
  CHECK_FALSE(compiled(Policy("mixed_float16").with_loss_scale(std::nullopt)).loss_scale().has_value());
  // Layers' policies do not count.
  const SymbolicTensor inputs = Input({4});
  const Model model(inputs, Dense(3, {.dtype = "mixed_float16"})(inputs));
  model.compile(options());
  CHECK_FALSE(model.loss_scale().has_value());
}

TEST_CASE("compile: a LossScaleOptimizer is kept; another scale than the policy's is a warning") {
  const Model model = make_model("mixed_float16");
  const LogCapture log;
  const LossScaleOptimizer same{SGD(), DynamicLossScale()}, other{SGD(), 128};
  model.compile(options(same));
  CHECK(model.optimizer() == same);
  CHECK(log.lines.empty());
  model.compile(options(other));
  CHECK(model.optimizer() == other);
  CHECK(model.loss_scale() == LossScale(128));
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].first == LogLevel::warning);
  CHECK(contains(log.lines[0].second,
                 "LossScale of LossScaleOptimizer passed to compile (FixedLossScale(128.0)) is not "
                 "the same as the dtype policy's loss scale (DynamicLossScale("));
}

TEST_CASE("fit: the hand-written loop, bit for bit; validation takes the last samples") {
  const Data data = make_data(50);
  for (const Device& device : list_physical_devices())
    for (const Policy& policy :
         {Policy("float32"), Policy("mixed_float16"), Policy("mixed_bfloat16"), Policy("float16")}) {
      CAPTURE(policy.name());
      CAPTURE(std::string(device.name()));
      const DeviceScope scope(device);
      const Model fitted = compiled(policy), looped = make_model(policy);
      REQUIRE(equal(fitted.get_weights(), looped.get_weights()));
      const History history = fitted.fit(
          data.x, data.y, {.batch_size = 16, .epochs = 3, .validation_split = 0.2, .verbose = 0, .shuffle = false});

      const RMSprop inner({.learning_rate = 0.01});
      const bool scales = policy == Policy("mixed_float16");
      const LossScaleOptimizer scaling(inner, DynamicLossScale());
      const auto variables = looped.trainable_variables();
      std::vector<double> losses;
      for (int epoch = 0; epoch < 3; ++epoch) {
        double total = 0;
        for (std::int64_t begin = 0; begin < 40; begin += 16) {
          const std::int64_t end = std::min<std::int64_t>(begin + 16, 40);
          GradientTape tape;
          const Tensor loss = sparse_categorical_crossentropy(slice(data.y, begin, end),
                                                              looped(slice(data.x, begin, end), {.training = true}));
          total += loss.number() * static_cast<double>(end - begin);
          if (scales)
            scaling.apply_gradients(
                scaling.get_unscaled_gradients(tape.gradient(scaling.get_scaled_loss(loss), variables)));
          else
            inner.apply_gradients(tape.gradient(loss, variables));
        }
        losses.push_back(total / 40);
      }
      CHECK(equal(fitted.get_weights(), looped.get_weights()));
      CHECK(fitted.optimizer().iterations() == 9);
      if (scales) CHECK(fitted.loss_scale() == scaling.loss_scale());
      if (scales) CHECK(fitted.loss_scale()->dynamic()->num_good_steps() == 9);
      REQUIRE(history.training.size() == 3);
      REQUIRE(history.validation.size() == 3);
      CHECK(history.seconds.size() == 3);
      CHECK(history.steps_skipped == 0);
      for (std::size_t epoch = 0; epoch < 3; ++epoch) CHECK(history.training[epoch].loss == losses[epoch]);

      // The last validation was on samples 40 to 49 with the weights of now.
      looped.compile(options());
      const Scores scores =
          looped.evaluate(slice(data.x, 40, 50), slice(data.y, 40, 50), {.batch_size = 16, .verbose = 0});
      CHECK(history.validation.back().loss == scores.loss);
      CHECK(history.validation.back().metric("accuracy") == scores.metric("accuracy"));
    }
}

TEST_CASE("fit: learns; shuffling depends on the seed alone") {
  const Data data = make_data(200);
  const auto train = [&](std::uint64_t seed, bool shuffle) {
    const Model model = compiled("mixed_float16", seed);
    const FitOptions how{.batch_size = 20, .epochs = 15, .verbose = 0, .shuffle = shuffle};
    const History history = model.fit(data.x, data.y, how);
    CHECK(history.validation.empty());
    CHECK(history.training.back().loss < 0.7 * history.training.front().loss);
    CHECK(history.training.back().metric("accuracy") > 0.8);
    return model.get_weights();
  };
  const Weights first = train(1, true);
  CHECK(equal(train(1, true), first));
  CHECK_FALSE(equal(train(1, false), first));
  CHECK_FALSE(equal(train(2, true), first));
}

TEST_CASE("fit: the same bits on every target and with two threads") {
  const Data data = make_data(60);
  const auto train = [&](const Policy& policy) {
    const Model model = compiled(policy);
    model.fit(data.x, data.y, {.batch_size = 60, .verbose = 0});
    return model.get_weights();
  };
  for (const Policy& policy : {Policy("float32"), Policy("mixed_float16"), Policy("mixed_bfloat16")}) {
    const Weights expected = train(policy);
    for_targets([&](const std::string& target) {
      CAPTURE(target);
      execution::set_threads(2);
      execution::set_threading_threshold(0);
      execution::take_threads_used();
      CHECK(equal(train(policy), expected));
      CHECK(execution::take_threads_used() == execution::threads());
    });
  }
}

TEST_CASE("fit trains; evaluate and predict do not") {
  class Flags : public SimpleLayer {
   public:
    Tensor call(CallContext& context, const Tensor& x) override {
      seen += context.training() ? 't' : '-';
      path = context.path();
      return x;
    }
    std::string seen, path;
  };
  const Data data = make_data(20);
  const auto flags = std::make_shared<Flags>();
  const SymbolicTensor inputs = Input({4});
  const Model model(inputs, Dense(3, {.activation = softmax})(make_layer(flags, {.name = "flags"})(inputs)), "model");
  model.compile(options());
  flags->seen.clear();
  model.fit(data.x, data.y, {.batch_size = 5, .validation_split = 0.5, .verbose = 0});
  CHECK(flags->seen == "tt--");
  model.evaluate(data.x, data.y, {.batch_size = 10, .verbose = 0});
  model.predict(data.x, 20);
  CHECK(flags->seen == "tt-----");
  CHECK(flags->path == "model/flags");
}

TEST_CASE("fit: a step that overflows is skipped and counted") {
  const Data data = make_data(40);
  const Model model = make_model("mixed_float16");
  model.compile(options(LossScaleOptimizer(SGD(), DynamicLossScale({.initial_loss_scale = 0x1p40}))));
  const Weights before = model.get_weights();
  const History history = model.fit(data.x, data.y, {.batch_size = 40, .epochs = 2, .verbose = 0});
  CHECK(history.steps_skipped == 2);
  CHECK(equal(model.get_weights(), before));
  CHECK(model.loss_scale()->value() == 0x1p38);
  CHECK(model.optimizer().iterations() == 0);
  CHECK(history.training[0].loss < 3);  // the loss that is told is the unscaled one
}

TEST_CASE("fit and evaluate: what they write") {
  const Data data = make_data(50);
  const Model model = compiled("float32");
  const FitOptions two{.batch_size = 16, .epochs = 2, .validation_split = 0.2, .verbose = 2};
  const std::string text = output_of([&] { model.fit(data.x, data.y, two); });
  CHECK(contains(text, "Train on 40 samples, validate on 10 samples\nEpoch 1/2\n40/40 - 0s - loss: "));
  CHECK(contains(text, "\nEpoch 2/2\n40/40 - 0s - loss: "));
  for (const std::string part : {" - accuracy: 0.", " - val_loss: ", " - val_accuracy: "}) CHECK(contains(text, part));
  const std::string bar = output_of([&] { model.fit(data.x, data.y, {.batch_size = 16}); });
  CHECK(contains(bar, "Train on 50 samples\nEpoch 1/1\n"));
  CHECK(contains(bar, "50/50 [==============================] - 0s "));
  CHECK(contains(bar, "us/sample - loss: "));
  CHECK_FALSE(contains(bar, "val_"));
  CHECK(contains(output_of([&] { model.evaluate(data.x, data.y, {.verbose = 2}); }), "50/50 - 0s - loss: "));
  CHECK(output_of([&] {
          model.fit(data.x, data.y, {.verbose = 0});
          model.evaluate(data.x, data.y, {.verbose = 0});
          model.predict(data.x);
        }).empty());
}

TEST_CASE("evaluate and predict: batches add up to the whole") {
  const Data data = make_data(50);
  const Model model = compiled("mixed_bfloat16");
  const Tensor whole = model(data.x), parts = model.predict(data.x, 7);
  CHECK(whole.dtype() == DType::float32);
  CHECK(bits_equal(whole, parts));
  CHECK(model.predict(slice(data.x, 0, 0)).shape() == Shape{0, 3});
  const Scores scores = model.evaluate(data.x, data.y, {.batch_size = 7, .verbose = 0});
  const Tensor losses = sparse_categorical_crossentropy.per_sample(data.y, whole);
  double total = 0;
  for (const float loss : losses.span<float>()) total += static_cast<double>(loss);
  CHECK(scores.loss == doctest::Approx(total / 50).epsilon(1e-6));
  CHECK(scores.metric("accuracy") == doctest::Approx(correct_predictions(data.y, whole) / 50));
  CHECK(contains(error_of<ValueError>([&] { (void)scores.metric("recall"); }),
                 "received \"recall\"; there is: accuracy"));
  CHECK(model.optimizer().iterations() == 0);
}

TEST_CASE("models: what is refused") {
  const Data data = make_data(10);
  const Model model = make_model("float32");
  CHECK(contains(error_of<ValueError>([&] { model.fit(data.x, data.y); }), "small] was not compiled; call compile("));
  CHECK_FALSE(error_of<ValueError>([&] { (void)model.optimizer(); }).empty());
  CHECK_FALSE(error_of<ValueError>([&] { model.evaluate(data.x, data.y); }).empty());
  model.compile(options());
  const auto fit_error = [&](const FitOptions& how) {
    return error_of<ValueError>([&] { model.fit(data.x, data.y, how); });
  };
  CHECK(contains(fit_error({.batch_size = 0}), "[small.fit] received batch_size = 0"));
  CHECK(contains(fit_error({.validation_split = 1}), "validation_split = 1"));
  CHECK(contains(fit_error({.validation_split = -0.1}), "validation_split"));
  CHECK(contains(fit_error({.validation_split = 0.95}), "leaves none to train on"));
  CHECK(contains(error_of<ShapeError>([&] { model.fit(data.x, slice(data.y, 0, 9)); }), "(10, 4) and y of shape (9,)"));
  CHECK(contains(error_of<ShapeError>([&] { model(zeros({2, 5})); }), "(2, 5); the model takes (None, 4)"));
  CHECK(contains(error_of<ValueError>([&] { model.set_weights({}); }), "received 0 tensors"));
  CHECK(contains(error_of<ValueError>([] { Loss("mse"); }), "sparse_categorical_crossentropy"));
  CHECK(contains(error_of<ValueError>([] { Metric("recall"); }), "accuracy"));

  const SymbolicTensor a = Input({2}, {.name = "a"}), b = Input({2}, {.name = "b"});
  CHECK(
      contains(error_of<ValueError>([&] { Model(a, Dense(1)(b)); }), "the input b, which is not the model's input a"));
  CHECK(contains(error_of<ValueError>([&] { Model(Dense(1)(a), Dense(1)(a)); }), "inputs come from Input()"));
}

TEST_CASE("models: weights move between models; layers in order; a shared layer counts once") {
  const Model model = make_model("mixed_float16", 1), other = make_model("float32", 2);
  CHECK_FALSE(equal(model.get_weights(), other.get_weights()));
  other.set_weights(model.get_weights());
  CHECK(equal(model.get_weights(), other.get_weights()));
  std::string names;
  for (const Layer& layer : model.layers()) names += layer.name() + " ";
  CHECK(names == "hidden logits head ");
  CHECK(model.name() == "small");

  const SymbolicTensor inputs = Input({4});
  const Dense shared(4);
  const Model twice(inputs, shared(shared(inputs)));
  CHECK(twice.variables().size() == 2);
  CHECK(twice.layers().size() == 1);
  const Tensor x = random_tensor({3, 4}, DType::float32, 5);
  CHECK(bits_equal(twice(x), shared(shared(x))));
  // A model is a layer.
  const SymbolicTensor outer = Input({4});
  const Model nested(outer, Dense(2)(twice(outer)));
  CHECK(nested.variables().size() == 4);
}

TEST_CASE("summary: layers, shapes, dtypes, parameters") {
  const Model model = make_model("mixed_float16");
  std::ostringstream text;
  model.summary(text);
  const std::string line(85, '_'), rule(85, '=');
  const std::string expected =
      "Model: \"small\"\n" + line + "\n" +
      "Layer (type)                 Output Shape          Compute / Variables   Param #     \n" + rule + "\n" +
      "in (InputLayer)              (None, 4)             float32               0           \n"
      "hidden (Dense)               (None, 8)             float16 / float32     40          \n"
      "logits (Dense)               (None, 3)             float16 / float32     27          \n"
      "head (Activation)            (None, 3)             float32 / float32     0           \n" +
      rule + "\nTotal params: 67\nTrainable params: 67\nNon-trainable params: 0\n" + line + "\n";
  CHECK(text.str() == expected);
  const SymbolicTensor inputs = Input({784});
  std::ostringstream big;
  Model(inputs, Dense(70)(inputs)).summary(big);
  CHECK(contains(big.str(), "Total params: 54,950\n"));
}
