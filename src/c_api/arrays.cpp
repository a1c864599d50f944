// halfway.h: what is done to arrays.
#include <algorithm>
#include <array>
#include <vector>

#include "c_api/guarded.hpp"
#include "halfway/formats/math.hpp"

using namespace halfway;
using namespace halfway::c_api;

static_assert(HALFWAY_TIES_TO_EVEN == static_cast<int>(Rounding::ties_to_even) &&
              HALFWAY_TIES_TO_AWAY == static_cast<int>(Rounding::ties_to_away) &&
              HALFWAY_TOWARD_ZERO == static_cast<int>(Rounding::toward_zero) &&
              HALFWAY_TOWARD_POSITIVE == static_cast<int>(Rounding::toward_positive) &&
              HALFWAY_TOWARD_NEGATIVE == static_cast<int>(Rounding::toward_negative) &&
              HALFWAY_TO_ODD == static_cast<int>(Rounding::to_odd) &&
              HALFWAY_STOCHASTIC == static_cast<int>(Rounding::stochastic) &&
              HALFWAY_STOCHASTIC_ODD == static_cast<int>(Rounding::stochastic_odd) &&
              HALFWAY_STOCHASTIC_FAST == static_cast<int>(Rounding::stochastic_fast) &&
              HALFWAY_STOCHASTIC_FASTEST == static_cast<int>(Rounding::stochastic_fastest));

namespace {

constexpr std::array<std::string_view, 8> comparison_names{"equal",   "not_equal",     "less",      "less_equal",
                                                           "greater", "greater_equal", "unordered", "total_order"};

ConstArray operand_of(std::string_view function, const std::string& name, const halfway_array* array, std::int64_t n) {
  require(function, name, array);
  const Element element = element_of(function, name + "->format", array->format);
  return c_api::operand_of(function, name + "->data", array->data, element, array->stride, n);
}

template <class Names>
std::string listed(const Names& names) {
  std::string list;
  for (const std::string_view each : names) list.append(list.empty() ? "" : ", ").append(each);
  return list;
}

std::vector<std::string_view> operation_names() {
  std::vector<std::string_view> names(operation_table.size());
  std::ranges::transform(operation_table, names.begin(), &OperationInfo::name);
  names.insert(names.end(), function_names.begin(), function_names.end());
  return names;
}

}  // namespace

void halfway_default_arithmetic(halfway_arithmetic* arithmetic) {
  if (arithmetic == nullptr) return;
  const Arithmetic standard;
  *arithmetic = {.rounding = HALFWAY_TIES_TO_EVEN,
                 .flush_inputs = 0,
                 .flush_results = 0,
                 .saturate = 0,
                 .random_bits = standard.random_bits,
                 .reserved = 0,
                 .seed = standard.seed,
                 .stream = standard.stream};
}

halfway_status halfway_convert(const void* src, const char* src_format, int64_t src_stride, void* dst,
                               const char* dst_format, int64_t dst_stride, int64_t n,
                               const halfway_arithmetic* arithmetic, halfway_events* events) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_convert";
    const Element from = element_of(function, "src_format", src_format),
                  to = element_of(function, "dst_format", dst_format);
    const ConstArray operand = c_api::operand_of(function, "src", src, from, src_stride, n);
    const Array result = result_of(function, "dst", dst, to, dst_stride, n);
    EventCounts counts;
    evaluate(Operation::convert, {&operand, 1}, result, arithmetic_of(function, arithmetic), &counts);
    c_api::add(counts, events);
  });
}

halfway_status halfway_round(const void* src, int64_t src_stride, void* dst, int64_t dst_stride, const char* held,
                             const char* format, int64_t n, const halfway_arithmetic* arithmetic,
                             halfway_events* events) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_round";
    const FloatFormat from = c_api::format_of(function, "held", held);
    if (from != binary32 && from != binary64)
      throw ValueError(function, "held is '" + std::string(held) + "'; use float32 or float64");
    const FloatFormat to = c_api::format_of(function, "format", format);
    const Held as = from == binary32 ? Held::as_float32 : Held::as_float64;
    const ConstArray operand = c_api::operand_of(function, "src", src, {from, {}}, src_stride, n);
    const Array result = result_of(function, "dst", dst, {to, {}}, dst_stride, n, as);
    EventCounts counts;
    evaluate(Operation::convert, {&operand, 1}, result, arithmetic_of(function, arithmetic), &counts);
    c_api::add(counts, events);
  });
}

const char* halfway_operation_name(int32_t index) {
  constexpr auto operations = static_cast<std::int32_t>(operation_table.size());
  constexpr auto all = operations + static_cast<std::int32_t>(function_names.size());
  if (index < 0 || index >= all) return nullptr;
  // The names are literals, each with its final 0.
  const auto place = static_cast<std::size_t>(index);
  return index < operations ? operation_table[place].name.data()
                            : function_names[place - operation_table.size()].data();
}

int32_t halfway_operation_operands(const char* operation) {
  if (operation == nullptr) return 0;
  if (const auto found = find_operation(operation)) return operands_of(*found);
  return find_function(operation) ? 1 : 0;
}

halfway_status halfway_evaluate(const char* operation, const halfway_array* operands, int32_t count,
                                const halfway_array* result, int64_t n, const halfway_arithmetic* arithmetic,
                                halfway_events* events) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_evaluate";
    require(function, "operation", operation);
    require(function, "operands", operands);
    require(function, "result", result);
    const int expected = halfway_operation_operands(operation);
    if (expected == 0) {
      throw ValueError(
          function, "there is no operation '" + std::string(operation) + "'; there are " + listed(operation_names()));
    }
    if (count != expected) {
      throw ValueError(function, std::string(operation) + " came with count " + std::to_string(count) + "; it takes " +
                                     std::to_string(expected) + " operand(s)");
    }
    std::vector<ConstArray> from;
    from.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i)
      from.push_back(operand_of(function, "operands[" + std::to_string(i) + "]", operands + i, n));
    const Element to = element_of(function, "result->format", result->format);
    const Array out = result_of(function, "result->data", result->data, to, result->stride, n);
    const Arithmetic how = arithmetic_of(function, arithmetic);
    EventCounts counts;
    if (const auto found = find_operation(operation)) {
      evaluate(*found, from, out, how, &counts);
    } else {
      evaluate(*find_function(operation), from[0], out, how, &counts);
    }
    c_api::add(counts, events);
  });
}

halfway_status halfway_evaluate_float32(const char* name, const float* x, float* result, int64_t n) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_evaluate_float32";
    require(function, "name", name);
    const auto found = find_function(name);
    if (!found)
      throw ValueError(function,
                       "there is no function '" + std::string(name) + "'; there are " + listed(function_names));
    const ConstArray from = c_api::operand_of(function, "x", x, {binary32, {}}, 1, n);
    result_of(function, "result", result, {binary32, {}}, 1, n);
    const auto size = static_cast<std::size_t>(from.size);
    evaluate(*found, std::span(x, size), std::span(result, size));
  });
}

halfway_status halfway_compare(const char* comparison, const halfway_array* x, const halfway_array* y, uint8_t* out,
                               int64_t n) {
  return guarded([&] {
    constexpr std::string_view function = "halfway_compare";
    require(function, "comparison", comparison);
    std::size_t which = 0;
    while (which < comparison_names.size() && comparison_names[which] != comparison) ++which;
    if (which == comparison_names.size()) {
      throw ValueError(
          function, "there is no comparison '" + std::string(comparison) + "'; there are " + listed(comparison_names));
    }
    const ConstArray left = operand_of(function, "x", x, n), right = operand_of(function, "y", y, n);
    if (n > 0) require(function, "out", out);
    compare(static_cast<Comparison>(which), left, right, {out, static_cast<std::size_t>(n)});
  });
}
