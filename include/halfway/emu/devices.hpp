// The devices that are known: one row of data each. docs/devices.md has them in a table.
#pragma once
#include "halfway/emu/amd_devices.hpp"
#include "halfway/emu/cpu_devices.hpp"
#include "halfway/emu/nvidia_devices.hpp"
#include "halfway/emu/tpu_devices.hpp"
