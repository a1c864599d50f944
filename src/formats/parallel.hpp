// The one way in which a kernel reaches several threads, and the one place where the environment is set for it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "halfway/formats/arithmetic.hpp"

namespace halfway::detail {

/// Cuts [0, items) into one contiguous range per thread, each a multiple of `grain` but the last, and calls
/// body(context, begin, end) on each thread inside a FloatEnvironment(subnormals). One thread when `work` (elementary
/// steps in all) is below execution::threading_threshold(). What `body` throws on any thread is thrown here, once,
/// after all have ended.
void parallel_ranges(std::int64_t items, std::int64_t grain, std::int64_t work, Subnormals subnormals,
                     void (*body)(void*, std::int64_t, std::int64_t), void* context);

/// The same with a callable(begin, end).
template <class Body>
void parallel_for(std::int64_t items, std::int64_t grain, std::int64_t work, Subnormals subnormals, Body&& body) {
  using Callable = std::remove_reference_t<Body>;
  parallel_ranges(
      items, grain, work, subnormals,
      [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<Callable*>(context))(begin, end); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

/// Calls body(context) on this thread inside a FloatEnvironment: for the host's own scalar arithmetic. `body` may
/// throw.
void in_ieee_environment(void (*body)(void*), void* context);

/// The same with a callable; returns its result.
template <class Body>
auto in_ieee_environment(Body&& body) {
  if constexpr (std::is_void_v<decltype(body())>) {
    in_ieee_environment([](void* context) { (*static_cast<std::remove_reference_t<Body>*>(context))(); },
                        const_cast<void*>(static_cast<const void*>(std::addressof(body))));
  } else {
    std::optional<decltype(body())> result;
    in_ieee_environment([&] { result = body(); });
    return *std::move(result);
  }
}

}  // namespace halfway::detail
