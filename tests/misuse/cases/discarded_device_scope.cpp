// A scope without a name ends before the next line.
// expect: nodiscard
#include "halfway/tensor/device.hpp"

void f() {
#ifdef MISUSE
  halfway::DeviceScope{"tpu_v3"};
#else
  const halfway::DeviceScope scope{"tpu_v3"};
#endif
}
