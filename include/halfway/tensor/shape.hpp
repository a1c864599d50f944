// The extents of a tensor, outermost first.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

namespace halfway {

/// Extents of a dense row-major array; rank 0 is a scalar. An extent of `unknown` stands for a batch size that is not
/// known yet and occurs only in symbolic tensors.
class Shape {
 public:
  static constexpr std::int64_t unknown = -1;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents) : Shape(std::vector<std::int64_t>(extents)) {}
  /// Throws ShapeError for a negative extent other than `unknown`, or if the number of elements overflows.
  explicit Shape(std::vector<std::int64_t> extents);

  std::size_t rank() const { return extents_.size(); }
  std::int64_t operator[](std::size_t axis) const { return extents_[axis]; }
  /// The last extent; 1 for a scalar.
  std::int64_t back() const { return extents_.empty() ? 1 : extents_.back(); }
  /// Number of elements; 1 for a scalar.
  std::int64_t elements() const { return elements_; }
  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }

  /// This shape with another first extent, e.g. a batch size. Throws ShapeError for a scalar.
  Shape with_front(std::int64_t extent) const;
  /// This shape without its first extent. Throws ShapeError for a scalar.
  Shape without_front() const;

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::vector<std::int64_t> extents_;
  std::int64_t elements_ = 1;
};

/// "(None, 784)", "(10,)", "()": as NumPy and Keras print it.
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace halfway
