// The CPU kernels: each works on a range of its outputs, on one thread, inside the environment that parallel_for set.
// A *_ref is the definition, for every dtype; its *_hwy twin takes float32, float16 and bfloat16 and gives the same
// bits.
#pragma once
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "backend/backend.hpp"

namespace halfway::backend::host {

/// What elements of type T are computed in.
template <class T>
using Compute = std::conditional_t<std::is_same_v<T, double>, double, float>;

/// The canonical NaN for every NaN.
template <std::floating_point T>
T canonical(T value) {
  return value == value ? value : std::numeric_limits<T>::quiet_NaN();
}

/// A computed value, rounded once to T; a NaN is canonical.
template <class T>
T rounded(Compute<T> value) {
  if constexpr (std::is_floating_point_v<T>)
    return canonical(value);
  else
    return T(value);
}

/// Calls visitor(T{}) for a floating dtype; the callers above the seam have refused the others.
template <class Visitor>
void visit_floating(DType dtype, Visitor&& visitor) {
  visit_dtype(dtype, [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) visitor(T{});
  });
}

/// Whether the *_hwy twins take this dtype.
constexpr bool has_twin(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

struct UnaryCall {
  Unary op;
  DType dtype;
  const void* in;
  void* out;
};
void unary_ref(const UnaryCall& call, std::int64_t begin, std::int64_t end);
void unary_hwy(const UnaryCall& call, std::int64_t begin, std::int64_t end);

/// Elements [begin, end) of the rows × cols result.
void binary_ref(const BinaryCall& call, std::int64_t begin, std::int64_t end);
void binary_hwy(const BinaryCall& call, std::int64_t begin, std::int64_t end);

/// Elements [begin, end) of the outer × inner result, in blocked32 order.
void sum_ref(const SumCall& call, std::int64_t begin, std::int64_t end);
void sum_hwy(const SumCall& call, std::int64_t begin, std::int64_t end);

/// values[i] ← exp(values[i]).
void exp_in_place_ref(float* values, std::int64_t count);
void exp_in_place_hwy(float* values, std::int64_t count);

}  // namespace halfway::backend::host
