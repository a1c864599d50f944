// The same training, compiled twice: as this project is, and as a user may compile: -O3 -march=native -ffast-math.
#pragma once
#include "small_training.hpp"

halfway::Trained training_compiled_plainly();
