// Layers: dtypes of what goes in and comes out, weights, names, and layers of one's own with their context.
#include <array>
#include <cmath>

#include "backend_cases.hpp"
#include "halfway/autograd/tape.hpp"
#include "halfway/nn/layers.hpp"
#include "halfway/nn/loss_scale_optimizer.hpp"
#include "halfway/nn/model.hpp"
#include "halfway/ops/cast.hpp"
#include "halfway/ops/elementwise.hpp"
#include "halfway/ops/reduce.hpp"
#include "halfway/tensor/numeric_watch.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;

/// Writes down what its context says, and adds a running mean and noise.
class Probe : public SimpleLayer {
 public:
  std::string_view type_name() const override { return "Probe"; }
  void build(const Shape& input) override {
    ++builds;
    scale = add_weight("scale", {input.back()}, {.initializer = Initializer::ones});
    mean_so_far = add_weight("mean", {}, {.initializer = Initializer::ones, .trainable = false});
  }
  Tensor call(CallContext& context, const Tensor& x) override {
    training = context.training();
    path = context.path();
    input_dtype = x.dtype();
    watched = context.watch() != nullptr;
    auto generator = context.rng();
    noise.push_back(random::uniform({4}, generator));
    context.update(mean_so_far, cast(mean(x), mean_so_far.dtype()));
    return x * context.compute(scale);
  }

  int builds = 0;
  bool training = false, watched = false;
  std::string path;
  DType input_dtype{};
  std::vector<Tensor> noise;
  Variable scale, mean_so_far;
};

/// A layer made of two others.
class Outer : public SimpleLayer {
 public:
  explicit Outer(const std::shared_ptr<Probe>& probe)
      : probe_(make_layer(probe, {.dtype = "float16", .name = "probe"})), dense_(3, {.dtype = "float32"}) {}
  std::vector<Layer> sublayers() const override { return {probe_, dense_}; }
  Tensor call(CallContext& context, const Tensor& x) override {
    const Tensor inner = context.call(probe_, std::array{x});
    return context.call(dense_, std::array{inner});
  }

 private:
  Layer probe_;
  Dense dense_;
};

const LogCapture* quiet = new LogCapture;  // for the whole program: these tests are not about the compatibility check
}  // namespace

TEST_CASE("dtypes: the facts of the guide") {
  const PolicyScope policy("mixed_float16");
  const SymbolicTensor inputs = Input({784}, {.name = "digits"});
  CHECK(inputs.dtype() == DType::float32);
  CHECK(inputs.name() == "digits");
  CHECK(inputs.shape() == Shape{Shape::unknown, 784});
  const Dense dense(10, {.activation = relu});
  const SymbolicTensor x = dense(inputs);
  CHECK(x.dtype() == DType::float16);
  CHECK(x.shape() == Shape{Shape::unknown, 10});
  CHECK(dense.kernel().dtype() == DType::float32);
  CHECK(dense.bias().dtype() == DType::float32);
  CHECK(Activation("softmax")(x).dtype() == DType::float16);
  CHECK(Activation("softmax", {.dtype = "float32"})(x).dtype() == DType::float32);
  CHECK(Activation("linear", {.dtype = "float32"})(x).dtype() == DType::float32);
  CHECK(Dense(4, {.activation = softmax, .dtype = "float64"})(x).dtype() == DType::float64);
  CHECK(Dense(4, {.dtype = "float16"})(x).dtype() == DType::float16);
}

TEST_CASE("Dense: activation(x · kernel + bias), of any rank; weights and their names") {
  random::set_seed(3);
  const Dense dense(2, {.activation = relu, .name = "d"});
  CHECK_FALSE(dense.built());
  CHECK(contains(error_of<ValueError>([&] { (void)dense.kernel(); }), "d] has no kernel yet; build() or call"));
  dense.build({Shape::unknown, 3});
  CHECK(dense.kernel().name() == "d/kernel");
  CHECK(dense.bias().name() == "d/bias");
  CHECK(dense.kernel().shape() == Shape{3, 2});
  CHECK(bits_equal(dense.bias().value(), zeros({2})));
  const float limit = std::sqrt(6.0f / 5);
  const Tensor kernel = dense.kernel().value();
  for (const float w : kernel.span<float>()) {
    CHECK(std::abs(w) <= limit);
    CHECK(w != 0);
  }
  dense.set_weights({tensor<float>({1, 2, 3, 4, 5, 6}, {3, 2}), tensor<float>({0.5f, -100}, {2})});
  CHECK(values_of<float>(dense(tensor<float>({1, 0, 1}, {1, 3}))) == std::vector<float>{6.5f, 0});
  CHECK(dense(ones({2, 4, 3})).shape() == Shape{2, 4, 2});
  CHECK(dense(ones({2, 4, 3})).span<float>()[14] == 9.5f);
  CHECK(dense.variables().size() == 2);

  const Dense without(2, {.use_bias = false});
  CHECK(without(ones({1, 3})).shape() == Shape{1, 2});
  CHECK(without.variables().size() == 1);
  CHECK(contains(error_of<ValueError>([&] { (void)without.bias(); }), "use_bias = false"));

  CHECK(contains(error_of<ValueError>([] { Dense(0); }), "[Dense] received units = 0"));
  CHECK(contains(error_of<DTypeError>([] { Dense(2, {.dtype = "int32"}); }),
                 "Unable to build `Dense` layer with non-floating point dtype int32"));
  CHECK(contains(error_of<ShapeError>([&] { dense(ones({1, 4})); }), "it was built for 3 features"));
  CHECK(contains(error_of<ShapeError>([] { Dense(2)(ones({3})); }), "(3,)"));
}

TEST_CASE("initial values: the same for a seed, another stream for each weight") {
  const auto kernels = [](std::uint64_t seed) {
    random::set_seed(seed);
    std::vector<Tensor> values;
    for (int i = 0; i < 2; ++i) {
      const Dense dense(50);
      dense.build({1, 40});
      values.push_back(dense.kernel().value());
    }
    return values;
  };
  const auto first = kernels(5), again = kernels(5), other = kernels(6);
  CHECK(bits_equal(first[0], again[0]));
  CHECK(bits_equal(first[1], again[1]));
  CHECK_FALSE(bits_equal(first[0], first[1]));
  CHECK_FALSE(bits_equal(first[0], other[0]));
  // Under a mixed policy the variables, and so their bits, are float32's.
  random::set_seed(5);
  const Dense mixed(50, {.dtype = "mixed_bfloat16"});
  mixed.build({1, 40});
  CHECK(bits_equal(mixed.kernel().value(), first[0]));
}

TEST_CASE("weights: get, set, and what is refused before anything is assigned") {
  const Dense dense(2, {.name = "d"});
  dense.build({1, 3});
  const Weights old = dense.get_weights();
  REQUIRE(old.size() == 2);
  CHECK(contains(error_of<ValueError>([&] { dense.set_weights({old[0]}); }), "received 1 tensors; the layer has 2"));
  CHECK(contains(error_of<ShapeError>([&] {
                   dense.set_weights({zeros({3, 2}), zeros({3})});
                 }),
                 "the shape (3,) for the variable d/bias of shape (2,)"));
  CHECK(contains(error_of<DTypeError>([&] {
                   dense.set_weights({zeros({3, 2}), zeros({2}, DType::float16)});
                 }),
                 "dtype float16 for the variable d/bias"));
  CHECK(bits_equal(dense.kernel().value(), old[0]));
  dense.set_weights({ones({3, 2}), ones({2})});
  CHECK(bits_equal(dense.kernel().value(), ones({3, 2})));
}

TEST_CASE("activations: by function, by name, of one's own") {
  CHECK(ActivationFunction("relu").name() == "relu");
  CHECK(ActivationFunction(softmax).name() == "softmax");
  CHECK(ActivationFunction(linear).name() == "linear");
  CHECK(ActivationFunction([](const Tensor& x) { return square(x); }).name() == "custom");
  CHECK(ActivationFunction("twice", [](const Tensor& x) { return x + x; })(constant(2)).number() == 4);
  const std::string message = error_of<ValueError>([] { ActivationFunction("swish"); });
  CHECK(contains(message, "received \"swish\""));
  for (const std::string name : {"linear", "relu", "softmax"}) CHECK(contains(message, name));
  CHECK(values_of<float>(Activation("relu")(tensor<float>({-1, 2}, {1, 2}))) == std::vector<float>{0, 2});
}

TEST_CASE("names: the type's, numbered, unless given") {
  const Dense first(1), second(1), named(1, {.name = "mine"});
  CHECK(first.name().starts_with("dense"));
  CHECK(first.name() != second.name());
  CHECK(named.name() == "mine");
  CHECK(first.type_name() == "Dense");
  const Layer copy = first;
  CHECK(copy == Layer(first));
  CHECK_FALSE(copy == Layer(second));
}

TEST_CASE("a layer of one's own: built once, cast inputs, weights in the variable dtype") {
  const auto probe = std::make_shared<Probe>();
  const Layer layer = make_layer(probe, {.dtype = "mixed_float16", .name = "p"});
  const Tensor y = layer(ones({2, 3}));
  layer(ones({5, 3}));
  CHECK(probe->builds == 1);
  CHECK(probe->input_dtype == DType::float16);
  CHECK(y.dtype() == DType::float16);
  CHECK(probe->scale.dtype() == DType::float32);
  CHECK(probe->path == "p");
  CHECK_FALSE(probe->training);
  CHECK_FALSE(probe->watched);
  const NumericWatch watch;
  layer(ones({2, 3}), {.training = true});
  CHECK(probe->training);
  CHECK(probe->watched);
  CHECK(watch.forward.results > 0);
  CHECK(layer.variables().size() == 2);
  CHECK(layer.trainable_variables() == std::vector<Variable>{probe->scale});
  CHECK(layer(zeros({2, 3}, DType::float64)).dtype() == DType::float16);
  layer(zeros({2, 3}, DType::float16));
  CHECK_FALSE(error_of<DTypeError>([&] { layer(zeros({2, 3}, DType::int32)); }).empty());  // integers are not cast
  CHECK(contains(error_of<ValueError>([] { make_layer(nullptr); }), "null"));
}

TEST_CASE("a layer inside a layer: its own policy, a path below, its variables in order") {
  const auto probe = std::make_shared<Probe>();
  const Layer layer = make_layer(std::make_shared<Outer>(probe), {.dtype = "float32", .name = "outer"});
  const Tensor y = layer(ones({2, 3}), {.training = true});
  CHECK(probe->path == "outer/probe");
  CHECK(probe->training);
  CHECK(probe->input_dtype == DType::float16);
  CHECK(y.dtype() == DType::float32);
  const auto variables = layer.variables();
  REQUIRE(variables.size() == 4);
  CHECK(variables[0].name() == "probe/scale");
  CHECK(variables[3].shape() == Shape{3});
}

TEST_CASE("the context's random stream: its own for each layer and training step, the same again for a seed") {
  const auto run = [](std::uint64_t seed, const std::string& name) {
    random::set_seed(seed);
    const auto probe = std::make_shared<Probe>();
    const Layer layer = make_layer(probe, {.name = name});
    for (int step = 0; step < 3; ++step) layer(ones({1, 2}), {.training = true});
    layer(ones({1, 2}));
    return probe->noise;
  };
  const auto noise = run(1, "a"), again = run(1, "a"), seeded = run(2, "a"), named = run(1, "b");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(bits_equal(noise[i], again[i]));
    CHECK_FALSE(bits_equal(noise[i], seeded[i]));
    CHECK_FALSE(bits_equal(noise[i], named[i]));
    for (std::size_t j = 0; j < i; ++j) CHECK_FALSE(bits_equal(noise[i], noise[j]));
  }
}

TEST_CASE("state updates: at once outside training, with the step inside it, never while a model is built") {
  const auto probe = std::make_shared<Probe>();
  const Layer layer = make_layer(probe, {.name = "p"});
  const auto state = [&] { return probe->mean_so_far.value().number(); };
  const SymbolicTensor inputs = Input({2});
  layer(inputs);
  CHECK(state() == 1);
  layer(full({1, 2}, 7));
  CHECK(state() == 7);
  const LossScaleOptimizer optimizer{SGD(), DynamicLossScale()};
  const auto step = [&](double input, double slope) {
    GradientTape tape;
    const Tensor loss = mean(layer(full({1, 2}, input), {.training = true})) * slope;
    const auto gradients = tape.gradient(optimizer.get_scaled_loss(loss), layer.trainable_variables());
    CHECK(state() != input);
    return optimizer.apply_gradients(optimizer.get_unscaled_gradients(gradients));
  };
  CHECK(step(3, 1) == Step::applied);
  CHECK(state() == 3);
  CHECK(step(4, INFINITY) == Step::skipped);
  CHECK(state() == 3);
  CHECK(step(5, 1) == Step::applied);
  CHECK(state() == 5);
}
