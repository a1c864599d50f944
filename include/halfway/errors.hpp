// The exceptions that Halfway throws. Every message reads
//   [operation] what was received, what is wrong with it, what to do.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace halfway {

/// Base of every exception that the library throws of its own.
class Error : public std::runtime_error {
 public:
  Error(std::string_view operation, std::string_view what)
      : std::runtime_error(std::string("[").append(operation).append("] ").append(what)) {}
};

/// An argument's value is out of its domain (a policy name, a batch size, …).
class ValueError : public Error {
 public:
  using Error::Error;
};

/// Two dtypes do not fit together, or an operation does not exist for a dtype.
class DTypeError : public Error {
 public:
  using Error::Error;
};

/// Shapes do not fit together.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// An unknown or absent device, or operands that live in two memories.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A tensor does not fit into what is left of its device's memory.
class OutOfMemoryError : public Error {
 public:
  using Error::Error;
};

/// A file is missing, truncated, mislabelled or foreign.
class FileError : public Error {
 public:
  using Error::Error;
};

}  // namespace halfway
