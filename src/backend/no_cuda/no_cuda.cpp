// The CUDA back-end of a build without CUDA.
#include <string>

#include "backend/backend.hpp"
#include "halfway/errors.hpp"

namespace halfway::backend {

const Backend& cuda(int ordinal) {
  throw DeviceError("Device", "received \"cuda:" + std::to_string(ordinal) +
                                  "\", but this build has no CUDA back-end; configure with -Dcuda=enabled where a CUDA "
                                  "toolkit is installed, or use an emulated device");
}

}  // namespace halfway::backend
