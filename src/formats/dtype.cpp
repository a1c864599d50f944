#include "halfway/formats/dtype.hpp"

#include <ostream>

namespace halfway {

std::ostream& operator<<(std::ostream& out, DType t) { return out << name(t); }

}  // namespace halfway
