// The one guard of the floating-point environment. Compilers move arithmetic across _mm_setcsr, so it stands only
// around a call that the compiler cannot see into: a kernel behind a function pointer (see parallel.hpp).
#pragma once
#include "halfway/formats/arithmetic.hpp"
#if defined(__SSE2__)
#include <xmmintrin.h>
#else
#include <cfenv>
#endif

namespace halfway::detail {

/// Round to nearest even, exceptions masked, subnormals kept or flushed (inputs to zero, tiny results to zero), on this
/// thread for as long as it lives; then the caller's environment again.
class FloatEnvironment {
 public:
#if defined(__SSE2__)
  explicit FloatEnvironment(Subnormals subnormals) : saved_(_mm_getcsr()) {
    constexpr unsigned masked = 0x1F80, flush_to_zero = 0x8000, denormals_are_zero = 0x0040;
    _mm_setcsr(subnormals == Subnormals::flush ? masked | flush_to_zero | denormals_are_zero : masked);
  }
  ~FloatEnvironment() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  explicit FloatEnvironment(Subnormals) {
    std::fegetenv(&saved_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~FloatEnvironment() { std::fesetenv(&saved_); }

 private:
  std::fenv_t saved_;
#endif
 public:
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;
};

}  // namespace halfway::detail
