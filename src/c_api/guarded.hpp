// Where exceptions become statuses, and how the arguments of C functions are read.
#pragma once
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "halfway/errors.hpp"
#include "halfway/formats/bulk.hpp"
#include "halfway/halfway.h"

namespace halfway::c_api {

/// Keeps the text for halfway_error_text(), as well as memory allows.
halfway_status failed(halfway_status status, const char* text) noexcept;

/// HALFWAY_OK, or what became of the exception that `body` threw.
template <class Body>
halfway_status guarded(Body body) noexcept {
  try {
    body();
    return HALFWAY_OK;
  } catch (const ValueError& error) {
    return failed(HALFWAY_VALUE_ERROR, error.what());
  } catch (const DTypeError& error) {
    return failed(HALFWAY_DTYPE_ERROR, error.what());
  } catch (const ShapeError& error) {
    return failed(HALFWAY_SHAPE_ERROR, error.what());
  } catch (const std::bad_alloc&) {
    return failed(HALFWAY_NO_MEMORY, "no memory is left for this call; work on smaller pieces");
  } catch (const std::exception& error) {
    return failed(HALFWAY_OTHER_ERROR, error.what());
  } catch (...) {
    return failed(HALFWAY_OTHER_ERROR, "something that is no exception of the standard library was thrown");
  }
}

/// ValueError in the name of `function` if the argument `name` is NULL.
void require(std::string_view function, std::string_view name, const void* argument);

/// The format that the argument `name` says.
FloatFormat format_of(std::string_view function, std::string_view name, const char* text);

/// What the elements of an array are: numbers of a format, or integers.
struct Element {
  FloatFormat format;
  IntegerType integers;

  int bytes() const { return integers.bits != 0 ? integers.bits / 8 : format.storage_bytes(); }
};
Element element_of(std::string_view function, std::string_view name, const char* text);

/// What a NULL stands for, or the same in C++; ValueError for values that there are not.
Arithmetic arithmetic_of(std::string_view function, const halfway_arithmetic* arithmetic);

/// Operands and results of n elements; ValueError for NULL, addresses that do not fit the elements, and result strides
/// of 0.
ConstArray operand_of(std::string_view function, std::string_view name, const void* data, const Element& element,
                      std::int64_t stride, std::int64_t n);
Array result_of(std::string_view function, std::string_view name, void* data, const Element& element,
                std::int64_t stride, std::int64_t n, Held held = Held::as_codes);

void add(const EventCounts& counts, halfway_events* events);

/// Copies a text out; ValueError if `size` bytes do not hold it and its final 0.
void store_text(std::string_view function, const std::string& found, char* text, size_t size);

}  // namespace halfway::c_api
