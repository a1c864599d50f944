#include "c_api/guarded.hpp"

#include <cstring>

#include "halfway/formats/format_text.hpp"

namespace halfway::c_api {

namespace {

std::string& last_error() {
  static thread_local std::string text;
  return text;
}

[[noreturn]] void refuse(std::string_view function, std::string_view name, const std::string& what) {
  throw ValueError(function, std::string(name) + " " + what);
}

// Of an array that has elements at all.
void require_elements(std::string_view function, std::string_view name, const void* data, int bytes) {
  require(function, name, data);
  if (reinterpret_cast<std::uintptr_t>(data) % static_cast<std::uintptr_t>(bytes) != 0) {
    refuse(function, name,
           "stands at an address that is no multiple of " + std::to_string(bytes) +
               ", the size of its elements; copy it to one that is");
  }
}

int bytes_of(const Element& element, Held held) {
  return held == Held::as_float32 ? 4 : held == Held::as_float64 ? 8 : element.bytes();
}

void require_count(std::string_view function, std::int64_t n) {
  if (n < 0) refuse(function, "n", "is " + std::to_string(n) + "; it counts elements: pass 0 or more");
}

}  // namespace

halfway_status failed(halfway_status status, const char* text) noexcept {
  try {
    last_error() = text;
  } catch (...) {
    last_error().clear();  // no memory for the text
  }
  return status;
}

void require(std::string_view function, std::string_view name, const void* argument) {
  if (argument == nullptr) refuse(function, name, "is NULL; pass an address");
}

FloatFormat format_of(std::string_view function, std::string_view name, const char* text) {
  require(function, name, text);
  return parse_format(text);
}

Element element_of(std::string_view function, std::string_view name, const char* text) {
  require(function, name, text);
  for (const int bits : {8, 16, 32, 64}) {
    if (text == "int" + std::to_string(bits)) return {binary64, {bits, true}};
    if (text == "uint" + std::to_string(bits)) return {binary64, {bits, false}};
  }
  return {parse_format(text), {}};
}

Arithmetic arithmetic_of(std::string_view function, const halfway_arithmetic* arithmetic) {
  if (arithmetic == nullptr) return {};
  const auto roundings = static_cast<std::int32_t>(rounding_names.size());
  if (arithmetic->rounding < 0 || arithmetic->rounding >= roundings) {
    refuse(function, "arithmetic->rounding",
           "is " + std::to_string(arithmetic->rounding) + "; use 0 to " + std::to_string(roundings - 1) +
               ", as halfway.h names them");
  }
  if (arithmetic->reserved != 0)
    refuse(function, "arithmetic->reserved", "is not 0; set it with halfway_default_arithmetic()");
  const auto flush = [](std::int32_t flag) { return flag != 0 ? Subnormals::flush : Subnormals::keep; };
  return {.rounding = static_cast<Rounding>(arithmetic->rounding),
          .inputs = flush(arithmetic->flush_inputs),
          .results = flush(arithmetic->flush_results),
          .overflow = arithmetic->saturate != 0 ? Overflow::saturate : Overflow::infinity,
          .random_bits = arithmetic->random_bits,
          .seed = arithmetic->seed,
          .stream = arithmetic->stream};
}

ConstArray operand_of(std::string_view function, std::string_view name, const void* data, const Element& element,
                      std::int64_t stride, std::int64_t n) {
  require_count(function, n);
  if (n > 0) require_elements(function, name, data, element.bytes());
  return {data, element.format, n, stride, element.integers};
}

Array result_of(std::string_view function, std::string_view name, void* data, const Element& element,
                std::int64_t stride, std::int64_t n, Held held) {
  require_count(function, n);
  if (n > 0) require_elements(function, name, data, bytes_of(element, held));
  if (n > 1 && stride == 0) refuse(function, name, "has a stride of 0; results need places of their own");
  return {data, element.format, n, stride, held, element.integers};
}

void add(const EventCounts& counts, halfway_events* events) {
  if (events == nullptr) return;
  events->results += counts.results;
  events->invalid += counts.invalid;
  events->divided_by_zero += counts.divided_by_zero;
  events->overflow += counts.overflow;
  events->underflow += counts.underflow;
  events->inexact += counts.inexact;
  events->nan += counts.nan;
  events->flushed += counts.flushed;
}

void store_text(std::string_view function, const std::string& found, char* text, size_t size) {
  require(function, "text", text);
  if (size <= found.size()) {
    throw ValueError(function, "size is " + std::to_string(size) + ", and the text takes " +
                                   std::to_string(found.size() + 1) + " bytes; pass as many");
  }
  std::memcpy(text, found.c_str(), found.size() + 1);
}

}  // namespace halfway::c_api

const char* halfway_error_text(void) { return halfway::c_api::last_error().c_str(); }
