// What the tests of the backend share: operands from the corners of each dtype, and comparisons by bits.
#pragma once
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "formats_convert.hpp"
#include "halfway/execution.hpp"
#include "halfway/formats/dtype.hpp"

namespace halfway::test {

inline constexpr std::array twin_dtypes{DType::float32, DType::float16, DType::bfloat16};
inline constexpr std::array environments{Subnormals::keep, Subnormals::flush};

inline std::string text(DType dtype) { return std::string(name(dtype)); }
inline std::string text(Subnormals subnormals) { return subnormals == Subnormals::keep ? "keep" : "flush"; }

/// Calls body(T{}) for the dtypes that have Highway twins.
template <class Body>
void for_twin_dtypes(Body&& body) {
  body(float{});
  body(float16{});
  body(bfloat16{});
}

/// Calls body(name) with each target of the machine in use; the best one again afterwards.
template <class Body>
void for_targets(Body&& body) {
  const ExecutionGuard guard;
  for (const std::string& target : execution::targets()) {
    execution::use_target(target);
    REQUIRE(execution::target() == target);
    body(target);
  }
}

/// Where bits first differ, or −1.
template <class T>
std::int64_t first_difference(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) return static_cast<std::int64_t>(i);
  return -1;
}

template <class T>
T any_bits(std::mt19937_64& random) {
  if constexpr (sizeof(T) == 2)
    return std::bit_cast<T>(static_cast<std::uint16_t>(random()));
  else if constexpr (sizeof(T) == 4)
    return std::bit_cast<T>(static_cast<std::uint32_t>(random()));
  else
    return std::bit_cast<T>(static_cast<std::uint64_t>(random()));
}

/// Zeros, subnormals, the edges of the normal numbers, ones and their neighbours, halves, infinities and NaNs.
template <class T>
std::vector<T> special_values() {
  using Limits = std::numeric_limits<T>;
  const auto bits = [](auto code) {
    if constexpr (sizeof(T) == 2)
      return std::bit_cast<T>(static_cast<std::uint16_t>(code));
    else if constexpr (sizeof(T) == 4)
      return std::bit_cast<T>(static_cast<std::uint32_t>(code));
    else
      return std::bit_cast<T>(static_cast<std::uint64_t>(code));
  };
  const auto code_of = [](T x) -> std::uint64_t {
    std::uint64_t code = 0;
    std::memcpy(&code, &x, sizeof(T));
    return code;
  };
  std::vector<T> positive{T(0.0f),
                          Limits::denorm_min(),
                          Limits::min(),
                          T(0.25f),
                          T(0.5f),
                          T(1.0f),
                          T(1.5f),
                          T(2.0f),
                          T(3.0f),
                          T(100.0f),
                          Limits::max(),
                          Limits::infinity(),
                          Limits::epsilon(),
                          Limits::quiet_NaN(),
                          bits(code_of(Limits::quiet_NaN()) | 5),
                          bits(code_of(Limits::infinity()) | 1)};
  positive.push_back(bits(code_of(Limits::min()) - 1));  // the largest subnormal
  positive.push_back(bits(code_of(Limits::min()) / 2));
  positive.push_back(bits(code_of(T(1.0f)) + 1));
  positive.push_back(bits(code_of(T(1.0f)) - 1));
  std::vector<T> all;
  for (const T x : positive) {
    all.push_back(x);
    all.push_back(bits(code_of(x) | std::uint64_t{1} << (8 * sizeof(T) - 1)));
  }
  return all;
}

/// Any codes, and every eighth one special.
template <class T>
std::vector<T> mixed_values(std::int64_t count, std::mt19937_64& random) {
  const std::vector<T> special = special_values<T>();
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& x : values) x = random() % 8 == 0 ? special[random() % special.size()] : any_bits<T>(random);
  return values;
}

/// Around 1 with signs, exponents −6 to 6: sums in which the order matters.
template <class T>
std::vector<T> ordinary_values(std::int64_t count, std::mt19937_64& random) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& x : values) {
    const double mantissa = 1 + static_cast<double>(random() >> 11) * 0x1p-53;
    const int exponent = static_cast<int>(random() % 13) - 6;
    x = T(std::ldexp((random() & 1) != 0 ? mantissa : -mantissa, exponent));
  }
  return values;
}

/// blocked32 as docs/numerics.md words it, term after term.
template <class C>
C straight_blocked32(const std::vector<C>& terms) {
  C total{0};
  for (std::size_t start = 0; start < terms.size(); start += 1024) {
    std::array<C, 32> sums{};
    std::array<bool, 32> present{};
    for (std::size_t i = 0; i < 1024 && start + i < terms.size(); ++i) {
      C& sum = sums[i % 32];
      sum = present[i % 32] ? sum + terms[start + i] : terms[start + i];
      present[i % 32] = true;
    }
    for (const std::size_t step : {16, 8, 4, 2, 1})
      for (std::size_t j = 0; j < step; ++j)
        if (present[j + step]) sums[j] = sums[j] + sums[j + step];
    total = start == 0 ? sums[0] : total + sums[0];
  }
  return total;
}

}  // namespace halfway::test
