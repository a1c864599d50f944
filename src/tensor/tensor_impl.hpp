// What a Tensor points to.
#pragma once
#include <functional>
#include <memory>

#include "backend/backend.hpp"
#include "halfway/tensor/tensor.hpp"
#include "tensor/memory_account.hpp"

namespace halfway::detail {

/// A buffer of a back-end's memory, charged to a device; given back when its last tensor goes.
class Buffer {
 public:
  Buffer(const Placement& placement, std::size_t bytes)
      : charge_(*placement.account, static_cast<std::int64_t>(bytes)),
        backend_(placement.backend),
        bytes_(bytes),
        data_(backend_->allocate(bytes)) {}
  ~Buffer() { backend_->release(data_, bytes_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return data_; }
  const backend::Backend& backend() const { return *backend_; }

 private:
  MemoryCharge charge_;
  const backend::Backend* backend_;
  std::size_t bytes_;
  void* data_;
};

struct TensorImpl {
  Shape shape;
  DType dtype;
  std::shared_ptr<const Buffer> storage;
  std::uint64_t id;  ///< grows with time and is never used twice, so that a tape may remember it
  /// Computes the tensor again from something that lives anyway (a variable's cast).
  std::function<Tensor()> redo = {};
  std::uint64_t variable = 0;  ///< the id of the variable that it was read from, or 0
  bool trainable = false;      ///< read from a trainable one: every tape that lived by then follows it
};

/// A tensor that is being made: fill `data()`, then call `finish`.
class NewTensor {
 public:
  NewTensor(DType dtype, const Shape& shape);
  void* data() const { return storage_->data(); }
  const backend::Backend& backend() const { return storage_->backend(); }
  Tensor finish(std::function<Tensor()> redo = {}) &&;

 private:
  DType dtype_;
  Shape shape_;
  std::shared_ptr<Buffer> storage_;
};

/// An id that no tensor has had.
std::uint64_t next_id();
/// The same elements under another shape of equal size.
Tensor share_storage(const Tensor& tensor, const Shape& shape);
/// A reading of a variable that holds `tensor`.
Tensor reading(const Tensor& tensor, std::uint64_t variable, bool trainable);

/// The back-end that holds a tensor, and how the current device executes on it.
const backend::Backend& backend_of(const Tensor& tensor);
backend::Execution execution();

}  // namespace halfway::detail
