#include "halfway/emu/dot_model.hpp"

#include <ostream>

namespace halfway::emu {

std::ostream& operator<<(std::ostream& out, const DotModel& model) { return out << model.name; }

}  // namespace halfway::emu
