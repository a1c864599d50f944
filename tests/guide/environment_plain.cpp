#include "environment.hpp"

halfway::Trained training_compiled_plainly() { return halfway::small_training(80, 40, 1); }
