#include "backend/cpu/convert.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "backend/cpu/kernels.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/convert.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway::backend::host {
namespace {

template <class To, class From>
To convert_element(From x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (std::is_same_v<To, bool>) {
    return static_cast<double>(x) != 0;
  } else if constexpr (std::is_integral_v<To> && !std::is_integral_v<From>) {
    const double value = static_cast<double>(x);
    if (!(value == value)) return 0;
    if (value <= static_cast<double>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
    if (value >= static_cast<double>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else if constexpr (std::is_integral_v<To>) {
    return static_cast<To>(x);
  } else if constexpr (std::is_floating_point_v<To>) {
    if constexpr (std::is_integral_v<From>)
      return static_cast<To>(x);
    else if constexpr (std::is_floating_point_v<From>)
      return canonical(static_cast<To>(x));
    else
      return canonical(static_cast<To>(static_cast<float>(x)));
  } else if constexpr (std::is_integral_v<From> || std::is_floating_point_v<From>) {
    return To(x);
  } else {
    return To(static_cast<float>(x));
  }
}

template <class To, class From>
void convert_elements(const From* in, To* out, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = begin; i < end; ++i) out[i] = convert_element<To>(in[i]);
}

template <class T>
std::span<const T> operand(const void* in, std::int64_t count) {
  return {static_cast<const T*>(in), static_cast<std::size_t>(count)};
}
template <class T>
std::span<T> result(void* out, std::int64_t count) {
  return {static_cast<T*>(out), static_cast<std::size_t>(count)};
}

/// Compares narrow results with what they were rounded from.
template <class From, class To>
void count_events(const From* in, const To* out, std::int64_t count, RoundingEvents& events) {
  constexpr const detail::Codes& source = detail::codes_of<format_of<From>>;
  constexpr const detail::Codes& target = detail::codes_of<format_of<To>>;
  std::int64_t underflows = 0, overflows = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto before = to_code(in[i]);
    const auto after = to_code(out[i]);
    underflows += (before & source.magnitude) != 0 && (after & target.magnitude) == 0;
    overflows += source.is_finite(before) && !target.is_finite(after);
  }
  events.results += count;
  events.underflows += underflows;
  events.overflows += overflows;
}

template <class To>
void narrow(const Execution& execution, const void* in, void* out, std::int64_t count) {
  halfway::convert(operand<float>(in, count), result<To>(out, count), {.inputs = execution.subnormals});
  if (execution.events)
    count_events(static_cast<const float*>(in), static_cast<const To*>(out), count, *execution.events);
}

}  // namespace

void convert(const Execution& execution, DType from, const void* in, DType to, void* out, std::int64_t count) {
  if (from == to) {
    std::memcpy(out, in, static_cast<std::size_t>(count) * static_cast<std::size_t>(size_of(from)));
    return;
  }
  if (from == DType::float32 && to == DType::float16) return narrow<float16>(execution, in, out, count);
  if (from == DType::float32 && to == DType::bfloat16) return narrow<bfloat16>(execution, in, out, count);
  if (from == DType::float16 && to == DType::float32)
    return halfway::convert(operand<float16>(in, count), result<float>(out, count));
  if (from == DType::bfloat16 && to == DType::float32)
    return halfway::convert(operand<bfloat16>(in, count), result<float>(out, count));
  visit_dtype(from, [&]<class From>(From) {
    visit_dtype(to, [&]<class To>(To) {
      const From* x = static_cast<const From*>(in);
      To* y = static_cast<To*>(out);
      detail::parallel_for(count, 4096, count * 4, execution.subnormals,
                           [&](std::int64_t begin, std::int64_t end) { convert_elements(x, y, begin, end); });
      if constexpr (FormattedFloat<From> && FormattedFloat<To> && sizeof(To) <= 2)
        if (execution.events) count_events(x, y, count, *execution.events);
    });
  });
}

}  // namespace halfway::backend::host
