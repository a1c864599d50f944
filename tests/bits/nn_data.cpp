// Datasets: order, shuffling, batches. Metrics.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "halfway/data/dataset.hpp"
#include "halfway/nn/metrics.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using Order = std::vector<std::int64_t>;

/// Sample i is the number i in x, and 2·i in y.
Dataset numbers(std::int64_t samples) {
  Order x(static_cast<std::size_t>(samples)), y;
  std::iota(x.begin(), x.end(), 0);
  for (const std::int64_t i : x) y.push_back(2 * i);
  return {tensor(x, {samples, 1}), tensor(y, {samples})};
}

/// One pass; checks that x and y stay together.
Order pass(const Dataset& dataset, std::vector<std::int64_t>* sizes = nullptr) {
  Order order;
  for (const auto& [x, y] : dataset) {
    REQUIRE(x.shape() == Shape{y.shape()[0], 1});
    if (sizes) sizes->push_back(y.shape()[0]);
    for (std::size_t i = 0; i < static_cast<std::size_t>(y.elements()); ++i) {
      order.push_back(x.span<std::int64_t>()[i]);
      REQUIRE(y.span<std::int64_t>()[i] == 2 * order.back());
    }
  }
  return order;
}
Order in_order(std::int64_t samples) {
  Order order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), 0);
  return order;
}
Order sorted(Order order) {
  std::sort(order.begin(), order.end());
  return order;
}
}  // namespace

TEST_CASE("dataset: in order, in batches, the last one smaller") {
  std::vector<std::int64_t> sizes;
  CHECK(pass(numbers(10).batch(4), &sizes) == in_order(10));
  CHECK(sizes == std::vector<std::int64_t>{4, 4, 2});
  sizes.clear();
  CHECK(pass(numbers(8).batch(4), &sizes) == in_order(8));
  CHECK(sizes == std::vector<std::int64_t>{4, 4});
  sizes.clear();
  CHECK(pass(numbers(10), &sizes) == in_order(10));
  CHECK(sizes == std::vector<std::int64_t>{10});
  CHECK(pass(numbers(3).batch(100)) == in_order(3));
  CHECK(pass(numbers(0).batch(4)).empty());
  CHECK(numbers(10).batch(4).samples() == 10);
}

TEST_CASE("dataset: a shuffle buffer draws each next sample from those it holds") {
  for (const std::int64_t buffer : {2, 7, 50, 100, 1000}) {
    CAPTURE(buffer);
    const Order order = pass(numbers(100).shuffle(buffer, 3).batch(9));
    CHECK(sorted(order) == in_order(100));
    CHECK(order != in_order(100));
    // At position p the buffer has been shown samples 0 … p + buffer − 1, so no sample can come earlier than that.
    std::int64_t earliest = 1000;
    for (std::int64_t p = 0; p < 100; ++p)
      earliest = std::min(earliest, p + buffer - 1 - order[static_cast<std::size_t>(p)]);
    CHECK(earliest >= 0);
    if (buffer <= 50) CHECK(earliest <= 1 + buffer / 10);  // and about the whole buffer is used
  }
  CHECK(pass(numbers(20).shuffle(1, 3)) == in_order(20));
}

TEST_CASE("dataset: a full buffer gives every order equally often") {
  std::vector<int> first(5), last(5);
  const Dataset dataset = numbers(5).shuffle(5, 1);
  for (int i = 0; i < 5000; ++i) {
    const Order order = pass(dataset);
    ++first[static_cast<std::size_t>(order.front())];
    ++last[static_cast<std::size_t>(order.back())];
  }
  for (const int count : first) CHECK(std::abs(count - 1000) < 150);
  for (const int count : last) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("dataset: each pass shuffles anew; the same seed gives the same passes") {
  const Dataset one = numbers(50).shuffle(50, 3).batch(8), same = numbers(50).shuffle(50, 3).batch(8),
                other = numbers(50).shuffle(50, 4).batch(8);
  const Order first = pass(one), second = pass(one);
  CHECK(first != second);
  CHECK(pass(same) == first);
  CHECK(pass(same) == second);
  CHECK(pass(other) != first);
}

TEST_CASE("dataset: what is refused") {
  CHECK(contains(error_of<ShapeError>([] { Dataset(zeros({3, 2}), zeros({4})); }), "(3, 2) and y of shape (4,)"));
  CHECK_FALSE(error_of<ShapeError>([] { Dataset(constant(1), constant(1)); }).empty());
  CHECK(contains(error_of<ValueError>([] { (void)numbers(3).batch(0); }), "batches of 0"));
  CHECK(contains(error_of<ValueError>([] { (void)numbers(3).shuffle(0, 1); }), "a buffer of 0"));
}

TEST_CASE("metrics: means and accuracy") {
  Mean mean;
  CHECK(mean.result() == 0);
  mean.update(1.0);
  mean.update(4.0, 2);
  CHECK(mean.result() == 3);
  mean.update(tensor<float16>({float16(1.0f), float16(2.0f)}, {2}));
  CHECK(mean.result() == doctest::Approx(12.0 / 5));
  mean.reset();
  CHECK(mean.result() == 0);

  const Tensor scores = tensor<float>({0.1f, 0.9f, 0, 0.8f, 0.1f, 0.1f, 0.2f, 0.2f, 0.6f}, {3, 3});
  CHECK(correct_predictions(tensor<std::uint8_t>({1, 0, 0}, {3}), scores) == 2);
  CHECK(accuracy.total(tensor<std::int64_t>({0, 0, 2}, {3, 1}), scores) == 2);
  CHECK(Metric("accuracy").name() == "accuracy");
  SparseCategoricalAccuracy running;
  running.update(tensor<std::int32_t>({1, 0, 2}, {3}), scores);
  CHECK(running.result() == 1);
  running.update(tensor<std::int32_t>({0}, {1}), tensor<bfloat16>({bfloat16(1.0f), bfloat16(2.0f)}, {1, 2}));
  CHECK(running.result() == 0.75);
  running.reset();
  CHECK(running.result() == 0);
  CHECK(contains(error_of<ShapeError>([&] { correct_predictions(zeros({2}, DType::int32), scores); }), "(2,)"));
}
