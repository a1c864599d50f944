// Shapes, tensors, variables: what they hold, print and refuse.
#include <limits>

#include "halfway/tensor/variable.hpp"
#include "tensor_cases.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
}  // namespace

TEST_CASE("shapes: extents, sizes, printing") {
  const Shape matrix{3, 4};
  CHECK(matrix.rank() == 2);
  CHECK(matrix[1] == 4);
  CHECK(matrix.back() == 4);
  CHECK(matrix.elements() == 12);
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape{}.back() == 1);
  CHECK(Shape{5, 0}.elements() == 0);
  CHECK(matrix.with_front(7) == Shape{7, 4});
  CHECK(matrix.without_front() == Shape{4});
  CHECK(matrix == Shape{3, 4});
  CHECK_FALSE(matrix == Shape{4, 3});
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{10}) == "(10,)");
  CHECK(to_string(Shape{Shape::unknown, 784}) == "(None, 784)");
  CHECK(printed(Shape{2, 3, 4}) == "(2, 3, 4)");
}

TEST_CASE("shapes: what is refused") {
  CHECK(contains(error_of<ShapeError>([] { Shape{2, -3}; }), "[Shape] received the extent -3"));
  CHECK(contains(error_of<ShapeError>([] { Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}; }), "does not fit"));
  CHECK(contains(error_of<ShapeError>([] { (void)Shape{}.with_front(1); }), "scalar"));
  CHECK(contains(error_of<ShapeError>([] { (void)Shape{}.without_front(); }), "scalar"));
}

TEST_CASE("tensors: made from values, numbers and nothing") {
  const Tensor x = tensor<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(x.defined());
  CHECK(x.dtype() == DType::float32);
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.elements() == 6);
  CHECK(values_of<float>(x) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(x.matrix<float>()(1, 0) == 4);
  CHECK(x.matrix<float>().transposed()(2, 1) == 6);
  CHECK(reinterpret_cast<std::uintptr_t>(x.data()) % 64 == 0);

  CHECK(constant(0.1, DType::float16).item<float16>().bits() == 0x2E66);
  CHECK(constant(1e5, DType::float16).item<float16>().bits() == 0x7C00);
  CHECK(full({2}, 3.7, DType::int32).span<std::int32_t>()[1] == 3);
  CHECK(values_of<bfloat16>(ones({2}, DType::bfloat16)) == std::vector<bfloat16>(2, bfloat16(1)));
  CHECK(zeros({0, 5}).span<float>().empty());
  CHECK(constant(2.5).number() == 2.5);
  CHECK(constant(7, DType::uint8).number() == 7);
  CHECK(full({1, 1}, -4, DType::float64).item<double>() == -4);
  // A copy, not a view.
  std::vector<float> source{1, 2};
  const Tensor copy = tensor(source, {2});
  source[0] = 9;
  CHECK(copy.span<float>()[0] == 1);
}

TEST_CASE("tensors: what is refused, with what was received and what to do") {
  const Tensor x = tensor<float>({1, 2}, {2});
  CHECK(contains(error_of<DTypeError>([&] { (void)x.span<double>(); }),
                 "[Tensor::span] received a tensor of dtype float32 where float64 was asked for; use cast()"));
  CHECK(contains(error_of<ShapeError>([&] { (void)x.matrix<float>(); }), "(2,)"));
  CHECK(contains(error_of<DTypeError>([&] { (void)x.matrix<float16>(); }), "float16"));
  CHECK(contains(error_of<ShapeError>([&] { (void)x.item<float>(); }), "(2,)"));
  CHECK(contains(error_of<ShapeError>([&] { (void)x.number(); }), "(2,)"));
  CHECK(contains(error_of<ShapeError>([] { tensor<float>({1, 2, 3}, {2, 2}); }), "3 values for the shape (2, 2)"));
  CHECK(contains(error_of<ShapeError>([] { zeros({Shape::unknown, 3}); }), "(None, 3)"));
  CHECK(contains(error_of<ValueError>([] { (void)Tensor().dtype(); }), "empty"));
  CHECK(contains(error_of<ValueError>([] { (void)Tensor().shape(); }), "empty"));
  CHECK_FALSE(Tensor().defined());
}

TEST_CASE("bits_equal: dtype, shape and bits") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(bits_equal(tensor<float>({1, nan}, {2}), tensor<float>({1, nan}, {2})));
  CHECK_FALSE(bits_equal(tensor<float>({0.0f}, {1}), tensor<float>({-0.0f}, {1})));
  CHECK_FALSE(bits_equal(zeros({2, 3}), zeros({3, 2})));
  CHECK_FALSE(bits_equal(zeros({2}), zeros({2}, DType::int32)));
  CHECK(bits_equal(zeros({0}), zeros({0})));
}

TEST_CASE("printing: shortest digits in NumPy's layout") {
  const float inf = std::numeric_limits<float>::infinity();
  CHECK(printed(constant(2.5)) == "2.5");
  CHECK(printed(tensor<float>({1, 0.1f, -inf}, {3})) == "[1, 0.1, -inf]");
  CHECK(printed(tensor<std::int32_t>({1, 2, 3, 4}, {2, 2})) == "[[1, 2], [3, 4]]");
  CHECK(printed(tensor<float16>({float16(0.1f), float16(65504.0f)}, {2, 1})) == "[[0.1], [65504]]");
  CHECK(printed(tensor<bool>({true, false}, {2})) == "[true, false]");
  CHECK(printed(zeros({0})) == "[]");
  CHECK(printed(Tensor()) == "<empty tensor>");
  CHECK(contains(printed(zeros({1001}, DType::uint8)), "[0, 0, 0, ..., 0, 0, 0]"));
  CHECK_FALSE(contains(printed(zeros({1000}, DType::uint8)), "..."));
}

TEST_CASE("variables: handles; old values stay; nothing is narrowed silently") {
  const Variable v("layer/kernel", tensor<float>({1, 2}, {2}));
  const Variable same = v;
  const Tensor before = v.value();
  CHECK(v.name() == "layer/kernel");
  CHECK(v.dtype() == DType::float32);
  CHECK(v.shape() == Shape{2});
  CHECK(v.trainable());
  CHECK(v == same);
  CHECK_FALSE(v == Variable("layer/kernel", before));
  CHECK_FALSE(Variable().defined());

  same.assign(tensor<float>({3, 4}, {2}));
  CHECK(values_of<float>(v.value()) == std::vector<float>{3, 4});
  CHECK(values_of<float>(before) == std::vector<float>{1, 2});

  CHECK(contains(error_of<DTypeError>([&] { v.assign(zeros({2}, DType::float16)); }),
                 "[Variable::assign] received dtype float16 for the variable layer/kernel of dtype float32; cast()"));
  CHECK(contains(error_of<ShapeError>([&] { v.assign(zeros({2, 1})); }), "(2, 1) for the variable layer/kernel"));
  CHECK(values_of<float>(v.value()) == std::vector<float>{3, 4});
}
