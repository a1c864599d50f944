// Numbers in the types of others, and theirs in ours: _Float16, __bf16, std::float16_t, CUDA's __half, … of the same
// layout. Bits move and nothing else: no operator of a foreign type is used, for what those compute depends on compiler
// and flags.
//
//   float16 x = from_foreign(y);                        one number
//   std::span<_Float16> s = view_as<_Float16>(halves);  an array, where it lies
//   std::span<std::uint16_t> c = as_codes(halves);      its codes
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>
#ifdef __has_include
#if __has_include(<stdfloat>) && __cplusplus > 202002L
#include <stdfloat>
#endif
#endif

#include "halfway/errors.hpp"
#include "halfway/formats/basic_float.hpp"

namespace halfway {

/// Says which of our types has the layout of a foreign one. Known are _Float16 (std::float16_t) and __bf16
/// (std::bfloat16_t) where the compiler has them; the rest is a line of the user's, after the foreign header:
///
///   template <> struct halfway::same_layout_as<__half> { using type = halfway::float16; };             // CUDA
///   template <> struct halfway::same_layout_as<__nv_bfloat16> { using type = halfway::bfloat16; };
///   template <> struct halfway::same_layout_as<hwy::float16_t> { using type = halfway::float16; };     // Highway
template <class Foreign>
struct same_layout_as {};

#ifdef __FLT16_MANT_DIG__
__extension__ typedef _Float16 CompilerFloat16;  // NOLINT(modernize-use-using): __extension__
template <>
struct same_layout_as<CompilerFloat16> {
  using type = float16;
};
#endif
// clang 17 and later have the type on every x86 and Arm, but say so only where they compute with it.
#if defined(__BFLT16_MANT_DIG__) || \
    (defined(__clang__) && __clang_major__ >= 17 && (defined(__SSE2__) || defined(__aarch64__)))
__extension__ typedef __bf16 CompilerBfloat16;  // NOLINT(modernize-use-using): __extension__
template <>
struct same_layout_as<CompilerBfloat16> {
  using type = bfloat16;
};
#endif

/// A type whose layout same_layout_as names.
template <class T>
concept Foreign = requires {
  typename same_layout_as<T>::type;
}
&&std::is_trivially_copyable_v<T> && sizeof(T) == sizeof(typename same_layout_as<T>::type);

/// Our number of the same bits (a NaN's too).
template <Foreign T>
constexpr typename same_layout_as<T>::type from_foreign(T x) {
  return std::bit_cast<typename same_layout_as<T>::type>(x);
}
/// The foreign number of the same bits: to_foreign<_Float16>(x).
template <Foreign T>
constexpr T to_foreign(typename same_layout_as<T>::type x) {
  return std::bit_cast<T>(x);
}

namespace detail {
template <class To, class From>
concept ViewedAs = std::is_const_v<To>
>= std::is_const_v<From> &&
    (
        requires {
          requires std::is_same_v<typename same_layout_as<std::remove_const_t<To>>::type, std::remove_const_t<From>>;
        } ||
        requires {
          requires std::is_same_v<typename same_layout_as<std::remove_const_t<From>>::type, std::remove_const_t<To>>;
        });
}  // namespace detail

/// The same memory as an array of the other type, ours or foreign: view_as<_Float16>(halves), view_as<float16>(theirs).
///
/// C++ lets memory be read and written only as the objects that are in it. view_as ends the old objects and begins new
/// ones of the same bytes, as std::start_lifetime_as_array does, and hides from the compiler where they come from. So:
/// from then on use the view alone; to come back, view it as the first type again (the old span or a new one both do
/// then). Nothing is copied; there is no cost but that. Views of const memory may be used beside each other.
/// ValueError if the array is not aligned as the other type must be (of packed types, as Highway 1.0's, alone).
template <class To, class From, std::size_t N>
  requires detail::ViewedAs<To, From>
inline std::span<To, N> view_as(std::span<From, N> x) {
  void* memory = const_cast<std::remove_const_t<From>*>(x.data());
  if (alignof(To) > alignof(From) && reinterpret_cast<std::uintptr_t>(memory) % alignof(To) != 0)
    throw ValueError("view_as", "received an array at an odd address; copy it, number by number");
  __asm__ volatile("" : "+r"(memory) : : "memory");
  return std::span<To, N>(static_cast<To*>(memory), x.size());
}

/// The codes of an array, where it lies: each number holds an integer and nothing else, and these are those integers.
/// Numbers and codes may be used beside each other.
template <FloatFormat F, std::size_t N>
inline std::span<detail::Storage<F>, N> as_codes(std::span<basic_float<F>, N> x) {
  return std::span<detail::Storage<F>, N>(reinterpret_cast<detail::Storage<F>*>(x.data()), x.size());
}
template <FloatFormat F, std::size_t N>
inline std::span<const detail::Storage<F>, N> as_codes(std::span<const basic_float<F>, N> x) {
  return std::span<const detail::Storage<F>, N>(reinterpret_cast<const detail::Storage<F>*>(x.data()), x.size());
}

}  // namespace halfway
