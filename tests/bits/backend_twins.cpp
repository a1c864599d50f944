// Each Highway kernel gives the bits of its definition: on every target, in both environments, for every length of
// tail.
#include "backend/cpu/kernels.hpp"
#include "backend_cases.hpp"
#include "formats/parallel.hpp"

namespace {
using namespace halfway;
using namespace halfway::test;
using backend::Binary;
using backend::BinaryCall;
using backend::Cover;
using backend::SumCall;
using backend::Unary;
namespace host = backend::host;

constexpr Unary unary_ops[] = {Unary::negate, Unary::square, Unary::sqrt, Unary::exp, Unary::log, Unary::relu};
constexpr Binary binary_ops[] = {Binary::add, Binary::subtract, Binary::multiply, Binary::divide,
                                 Binary::relu_gradient};
constexpr Cover covers[] = {Cover::full, Cover::scalar, Cover::row, Cover::column};

/// Runs kernel(call, begin, end) in the environment, as the table does.
template <class Call>
void run(void (*kernel)(const Call&, std::int64_t, std::int64_t), const Call& call, Subnormals subnormals,
         std::int64_t begin, std::int64_t end) {
  detail::parallel_for(1, 1, 0, subnormals, [&](std::int64_t, std::int64_t) { kernel(call, begin, end); });
}

/// All codes of a 16-bit dtype; for float32 special values, any bits, and a sweep over where exp is finite.
template <class T>
std::vector<T> unary_operands() {
  std::mt19937_64 random(1);
  std::vector<T> values = special_values<T>();
  if constexpr (sizeof(T) == 2) {
    for (std::uint32_t code = 0; code < 0x10000; ++code)
      values.push_back(T::from_bits(static_cast<std::uint16_t>(code)));
  } else {
    for (int i = 0; i < 50000; ++i) values.push_back(any_bits<T>(random));
    for (int i = 0; i < 50000; ++i) values.push_back(-110.0f + 200.0f * static_cast<float>(i) / 50000);
  }
  return values;
}

template <class T>
std::vector<T> unary_result(void (*kernel)(const host::UnaryCall&, std::int64_t, std::int64_t), Unary op,
                            const std::vector<T>& in, Subnormals subnormals) {
  std::vector<T> out(in.size());
  run(kernel, host::UnaryCall{op, dtype_of<T>, in.data(), out.data()}, subnormals, 0,
      static_cast<std::int64_t>(in.size()));
  return out;
}

std::int64_t operand_size(Cover cover, std::int64_t rows, std::int64_t cols) {
  switch (cover) {
    case Cover::full: return rows * cols;
    case Cover::row: return cols;
    case Cover::column: return rows;
    case Cover::scalar: break;
  }
  return 1;
}

/// Elements [begin, end) of rows × cols; the others keep a mark.
template <class T>
std::vector<T> binary_result(void (*kernel)(const BinaryCall&, std::int64_t, std::int64_t), BinaryCall call,
                             Subnormals subnormals, std::int64_t begin, std::int64_t end) {
  std::vector<T> out(static_cast<std::size_t>(call.rows * call.cols), T(-77.0f));
  call.out = out.data();
  run(kernel, call, subnormals, begin, end);
  return out;
}
}  // namespace

TEST_CASE("unary twins: the bits of the definition for all 16-bit codes and many floats") {
  for_twin_dtypes([]<class T>(T) {
    const std::vector<T> in = unary_operands<T>();
    for (const Subnormals subnormals : environments)
      for (const Unary op : unary_ops) {
        const std::vector<T> expected = unary_result(host::unary_ref, op, in, subnormals);
        for_targets([&](const std::string& target) {
          CAPTURE(target);
          CAPTURE(text(dtype_of<T>));
          CAPTURE(text(subnormals));
          CAPTURE(static_cast<int>(op));
          CHECK(first_difference(unary_result(host::unary_hwy, op, in, subnormals), expected) == -1);
        });
      }
  });
}

TEST_CASE("unary twins: every short length from an odd address") {
  std::mt19937_64 random(2);
  for_twin_dtypes([&]<class T>(T) {
    const std::vector<T> source = mixed_values<T>(80, random);
    for_targets([&](const std::string& target) {
      for (std::int64_t count = 0; count <= 70; ++count)
        for (const Unary op : unary_ops) {
          std::vector<T> expected(80, T(-77.0f)), actual = expected;
          host::unary_ref({op, dtype_of<T>, source.data() + 1, expected.data() + 3}, 2, 2 + count);
          host::unary_hwy({op, dtype_of<T>, source.data() + 1, actual.data() + 3}, 2, 2 + count);
          CAPTURE(target);
          CAPTURE(text(dtype_of<T>));
          CAPTURE(count);
          CAPTURE(static_cast<int>(op));
          REQUIRE(first_difference(actual, expected) == -1);
        }
    });
  });
}

TEST_CASE("exp in place: twin and definition") {
  const std::vector<float> in = unary_operands<float>();
  for (const Subnormals subnormals : environments) {
    const auto exp_of = [&](void (*kernel)(float*, std::int64_t)) {
      std::vector<float> values = in;
      detail::parallel_for(1, 1, 0, subnormals, [&](std::int64_t, std::int64_t) {
        kernel(values.data(), static_cast<std::int64_t>(values.size()));
      });
      return values;
    };
    const std::vector<float> expected = exp_of(host::exp_in_place_ref);
    for_targets([&](const std::string& target) {
      CAPTURE(target);
      CHECK(first_difference(exp_of(host::exp_in_place_hwy), expected) == -1);
    });
  }
}

TEST_CASE("binary twins: any operands, element by element") {
  std::mt19937_64 random(3);
  constexpr std::int64_t count = 60000;
  for_twin_dtypes([&]<class T>(T) {
    const std::vector<T> a = mixed_values<T>(count, random), b = mixed_values<T>(count, random);
    for (const Subnormals subnormals : environments)
      for (const Binary op : binary_ops) {
        const BinaryCall call{op, dtype_of<T>, a.data(), Cover::full, b.data(), Cover::full, nullptr, 1, count};
        const auto expected = binary_result<T>(host::binary_ref, call, subnormals, 0, count);
        for_targets([&](const std::string& target) {
          CAPTURE(target);
          CAPTURE(text(dtype_of<T>));
          CAPTURE(text(subnormals));
          CAPTURE(static_cast<int>(op));
          CHECK(first_difference(binary_result<T>(host::binary_hwy, call, subnormals, 0, count), expected) == -1);
        });
      }
  });
}

TEST_CASE("binary twins: every pair of covers, whole results and parts of them") {
  std::mt19937_64 random(4);
  struct Size {
    std::int64_t rows, cols;
  };
  constexpr Size sizes[] = {{1, 1}, {1, 37}, {3, 5}, {5, 16}, {4, 33}, {35, 1}};
  for_twin_dtypes([&]<class T>(T) {
    for_targets([&](const std::string& target) {
      for (const Size& size : sizes)
        for (const Cover a_cover : covers)
          for (const Cover b_cover : covers) {
            const std::int64_t rows = size.rows, cols = size.cols;
            const std::vector<T> a = mixed_values<T>(operand_size(a_cover, rows, cols), random);
            const std::vector<T> b = mixed_values<T>(operand_size(b_cover, rows, cols), random);
            for (const Binary op : binary_ops) {
              const BinaryCall call{op, dtype_of<T>, a.data(), a_cover, b.data(), b_cover, nullptr, rows, cols};
              for (const std::int64_t begin : {std::int64_t{0}, rows * cols / 3}) {
                const std::int64_t end = rows * cols - begin / 2;
                CAPTURE(target);
                CAPTURE(text(dtype_of<T>));
                CAPTURE(rows);
                CAPTURE(cols);
                CAPTURE(begin);
                CAPTURE(static_cast<int>(a_cover));
                CAPTURE(static_cast<int>(b_cover));
                CAPTURE(static_cast<int>(op));
                REQUIRE(first_difference(binary_result<T>(host::binary_hwy, call, Subnormals::keep, begin, end),
                                         binary_result<T>(host::binary_ref, call, Subnormals::keep, begin, end)) == -1);
              }
            }
          }
    });
  });
}

TEST_CASE("sums: the definition is blocked32, and the twin has its bits for every length and axis") {
  std::mt19937_64 random(5);
  struct Place {
    std::int64_t outer, inner;
  };
  for_twin_dtypes([&]<class T>(T) {
    for (const std::int64_t axis : {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1023, 1024, 1025, 1056, 2049, 3100})
      for (const Place& place : {Place{1, 1}, Place{3, 1}, Place{1, 5}, Place{2, 19}, Place{1, 67}})
        for (const bool odd : {false, true}) {
          const std::int64_t outer = place.outer, inner = place.inner;
          const std::int64_t size = outer * axis * inner, outputs = outer * inner;
          const std::vector<T> in = odd ? mixed_values<T>(size, random) : ordinary_values<T>(size, random);
          const double divisor = odd ? 1 : static_cast<double>(axis) + 3;
          for (const Subnormals subnormals : environments) {
            const auto result = [&](void (*kernel)(const SumCall&, std::int64_t, std::int64_t)) {
              std::vector<T> out(static_cast<std::size_t>(outputs), T(-77.0f));
              run(kernel, SumCall{dtype_of<T>, in.data(), out.data(), outer, axis, inner, divisor}, subnormals, 0,
                  outputs);
              return out;
            };
            const std::vector<T> expected = result(host::sum_ref);
            CAPTURE(text(dtype_of<T>));
            CAPTURE(text(subnormals));
            CAPTURE(axis);
            CAPTURE(outer);
            CAPTURE(inner);
            if (!odd && subnormals == Subnormals::keep) {
              std::vector<T> straight;
              for (std::int64_t o = 0; o < outer; ++o)
                for (std::int64_t i = 0; i < inner; ++i) {
                  std::vector<float> terms;
                  for (std::int64_t k = 0; k < axis; ++k)
                    terms.push_back(static_cast<float>(in[static_cast<std::size_t>((o * axis + k) * inner + i)]));
                  straight.push_back(T(straight_blocked32(terms) / static_cast<float>(divisor)));
                }
              REQUIRE(first_difference(expected, straight) == -1);
            }
            for_targets([&](const std::string& target) {
              CAPTURE(target);
              REQUIRE(first_difference(result(host::sum_hwy), expected) == -1);
            });
          }
        }
  });
}

TEST_CASE("sums: a part of the outputs is the same part of the whole") {
  std::mt19937_64 random(6);
  constexpr std::int64_t outer = 3, axis = 40, inner = 29, outputs = outer * inner;
  const std::vector<float> in = ordinary_values<float>(outer * axis * inner, random);
  std::vector<float> whole(outputs), parts(outputs);
  host::sum_hwy({DType::float32, in.data(), whole.data(), outer, axis, inner, 1}, 0, outputs);
  for (std::int64_t begin = 0; begin < outputs; begin += 11)
    host::sum_hwy({DType::float32, in.data(), parts.data(), outer, axis, inner, 1}, begin,
                  std::min(begin + 11, outputs));
  CHECK(first_difference(whole, parts) == -1);
}
