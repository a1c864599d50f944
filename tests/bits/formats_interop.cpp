// Foreign types of the same layout: the compiler's, the standard library's, Highway's, and one as CUDA's are.
#include <doctest/doctest.h>
#include <hwy/base.h>

#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

#include "halfway/formats/interop.hpp"
#include "halfway/formats/literals.hpp"

using namespace halfway;

namespace {

/// As cuda_fp16.h has it: a class of one unsigned short, with operators that must not be used.
class Half {
 public:
  Half() = default;
  explicit Half(float) = delete;
  operator float() const = delete;
  friend bool operator==(Half, Half) = delete;

 protected:
  unsigned short x;
};

struct [[gnu::packed]] PackedHalf {
  unsigned short x;
};

}  // namespace

template <>
struct halfway::same_layout_as<PackedHalf> {
  using type = float16;
};
template <>
struct halfway::same_layout_as<Half> {
  using type = float16;
};
template <>
struct halfway::same_layout_as<hwy::float16_t> {
  using type = float16;
};
template <>
struct halfway::same_layout_as<hwy::bfloat16_t> {
  using type = bfloat16;
};

namespace {

static_assert(Foreign<Half> && !Foreign<float> && !Foreign<std::uint16_t> && !Foreign<float16>);

template <class T>
void check_numbers() {
  using Ours = typename same_layout_as<T>::type;
  int wrong = 0;
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    const Ours x = Ours::from_bits(static_cast<std::uint16_t>(code));
    const T y = to_foreign<T>(x);
    std::uint16_t bytes = 0;
    std::memcpy(&bytes, &y, 2);
    wrong += bytes != code || from_foreign(y).bits() != code;
  }
  CHECK(wrong == 0);
}

/// Not inlined, so that the compiler may take the two spans for different memory, as a strict reading of C++ allows.
template <class T>
[[gnu::noinline]] void double_all(std::span<T> x) {
  for (T& each : x) {
    auto number = from_foreign(each);
    number += number;
    each = to_foreign<T>(number);
  }
}

template <class T>
void check_views() {
  using Ours = typename same_layout_as<T>::type;
  std::vector<Ours> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = Ours(i);
  const std::span<T> theirs = view_as<T>(std::span(x));
  CHECK(static_cast<void*>(theirs.data()) == static_cast<void*>(x.data()));
  double_all(theirs);
  theirs[99] = to_foreign<T>(Ours(-1));
  const std::span<Ours> ours = view_as<Ours>(theirs);
  int wrong = ours[99].bits() != Ours(-1).bits();
  for (std::size_t i = 0; i < 99; ++i) wrong += ours[i] != Ours(2 * i) || x[i] != ours[i];
  CHECK(wrong == 0);
  const std::vector<Ours>& constant = x;
  const std::span<const T> read = view_as<const T>(std::span(constant));
  CHECK(from_foreign(read[3]) == constant[3]);
  std::array<Ours, 4> four{};
  static_assert(std::is_same_v<decltype(view_as<T>(std::span(four))), std::span<T, 4>>);
}

template <class T>
void check() {
  check_numbers<T>();
  check_views<T>();
}

template <class To, class From>
concept CanView = requires(std::span<From> x) {
  view_as<To>(x);
};

}  // namespace

TEST_CASE("types that the user names: CUDA's layout, Highway's") {
  check<Half>();
  check<hwy::float16_t>();
  check<hwy::bfloat16_t>();
}

#ifdef __FLT16_MANT_DIG__
TEST_CASE("_Float16") {
  check<_Float16>();
  static_assert(from_foreign(to_foreign<_Float16>(1.5_f16)).bits() == 0x3E00);
}
#endif

#if defined(__BFLT16_MANT_DIG__) || (defined(__clang__) && __clang_major__ >= 17 && defined(__SSE2__))
TEST_CASE("__bf16") {
  check<__bf16>();
  static_assert(from_foreign(to_foreign<__bf16>(1.5_bf16)).bits() == 0x3FC0);
}
#endif

#ifdef __STDCPP_FLOAT16_T__
TEST_CASE("std::float16_t, std::bfloat16_t") {
  check<std::float16_t>();
  check<std::bfloat16_t>();
  static_assert(from_foreign(std::float16_t(1.5f)) == 1.5_f16);
}
#endif

TEST_CASE("only what has the same layout is viewed, and const stays const") {
  CHECK(CanView<Half, float16>);
  CHECK(CanView<float16, Half>);
  CHECK(CanView<const Half, float16>);
  CHECK(CanView<const Half, const float16>);
  CHECK(!CanView<Half, const float16>);
  CHECK(!CanView<Half, bfloat16>);
  CHECK(!CanView<float16, bfloat16>);
  CHECK(!CanView<float, float16>);
}

TEST_CASE("an array at an odd address is refused") {
  alignas(2) unsigned char bytes[9] = {};
  const std::span<PackedHalf> even(reinterpret_cast<PackedHalf*>(bytes), 4),
      odd(reinterpret_cast<PackedHalf*>(bytes + 1), 4);
  CHECK(view_as<float16>(even).size() == 4);
  CHECK_THROWS_AS(view_as<float16>(odd), ValueError);
}

TEST_CASE("codes, where they lie") {
  std::vector<float8_e4m3fn> x{1_e4m3fn, 2_e4m3fn};
  const std::span<std::uint8_t> codes = as_codes(std::span(x));
  codes[0] = 0x7E;
  CHECK(x[0] == 448_e4m3fn);
  x[1] = 448_e4m3fn;
  CHECK(codes[1] == 0x7E);
  const std::vector<float16> y{1.5_f16};
  CHECK(as_codes(std::span(y))[0] == 0x3E00);
  static_assert(std::is_same_v<decltype(as_codes(std::span(y))), std::span<const std::uint16_t>>);
}
