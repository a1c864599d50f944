#include "halfway/tensor/shape.hpp"

#include <limits>
#include <ostream>

#include "halfway/errors.hpp"

namespace halfway {

Shape::Shape(std::vector<std::int64_t> extents) : extents_(std::move(extents)) {
  for (const std::int64_t extent : extents_) {
    if (extent == unknown) continue;
    if (extent < 0)
      throw ShapeError("Shape", "received the extent " + std::to_string(extent) + "; extents are 0 or more");
    if (extent != 0 && elements_ > std::numeric_limits<std::int64_t>::max() / 16 / extent)
      throw ShapeError("Shape", "received extents whose product does not fit memory");
    elements_ *= extent;
  }
}

Shape Shape::with_front(std::int64_t extent) const {
  if (extents_.empty()) throw ShapeError("Shape::with_front", "received a scalar, which has no first extent");
  std::vector<std::int64_t> extents = extents_;
  extents.front() = extent;
  return Shape(std::move(extents));
}

Shape Shape::without_front() const {
  if (extents_.empty()) throw ShapeError("Shape::without_front", "received a scalar, which has no first extent");
  return Shape(std::vector<std::int64_t>(extents_.begin() + 1, extents_.end()));
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
    if (axis > 0) text += ", ";
    text += shape[axis] == Shape::unknown ? "None" : std::to_string(shape[axis]);
  }
  return text + (shape.rank() == 1 ? ",)" : ")");
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }

}  // namespace halfway
