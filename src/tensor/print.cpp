// Printing tensors, in NumPy's layout with Halfway's shortest digits.
#include <charconv>
#include <ostream>

#include "halfway/formats/text.hpp"
#include "halfway/tensor/tensor.hpp"

namespace halfway {
namespace {

constexpr std::int64_t edge_items = 3, threshold = 1000;

template <class T>
std::string element_text(T value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    char buffer[64];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
  } else {
    return to_string(value);
  }
}

template <class T>
void print(std::ostream& out, const T* data, const Shape& shape, std::size_t axis, bool abbreviate) {
  if (axis == shape.rank()) {
    out << element_text(*data);
    return;
  }
  std::int64_t inner = 1;
  for (std::size_t a = axis + 1; a < shape.rank(); ++a) inner *= shape[a];
  out << '[';
  for (std::int64_t i = 0; i < shape[axis]; ++i) {
    if (i > 0) out << ", ";
    if (abbreviate && shape[axis] > 2 * edge_items && i == edge_items) {
      out << "..., ";
      i = shape[axis] - edge_items;
    }
    print(out, data + i * inner, shape, axis + 1, abbreviate);
  }
  out << ']';
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "<empty tensor>";
  visit_dtype(tensor.dtype(), [&]<class T>(T) {
    print(out, static_cast<const T*>(tensor.data()), tensor.shape(), 0, tensor.elements() > threshold);
  });
  return out;
}

}  // namespace halfway
