// The CUDA back-end of a build without CUDA.
#include <string>

#include "backend/backend.hpp"
#include "halfway/errors.hpp"

namespace halfway::backend {

const Backend& cuda(int ordinal) {
  throw DeviceError("Device", "received \"cuda:" + std::to_string(ordinal) +
                                  "\", but this version has no CUDA back-end yet; use \"cpu\" or an emulated device, "
                                  "which need none");
}

}  // namespace halfway::backend
