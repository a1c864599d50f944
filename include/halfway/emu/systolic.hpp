// How many cycles a product takes on a TPU's matrix unit, and how full that is: a model, no measurement of yours.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "halfway/emu/device_model.hpp"

namespace halfway::emu {

/// What a product costs on the arrays of a device.
struct SystolicEstimate {
  double cycles;
  double utilization;      ///< the share of the cells' cycles that multiplies something of the operands
  std::string_view model;  ///< where the formula comes from
};

/// An M×K by K×N product: K×N is cut into blocks of the array's size, which stay in the cells while M rows flow
/// through.
///
/// A v4 core takes 179 + M/4 cycles a block on its four arrays (fitted to timings of blocks of 128×128 with operands in
/// VMEM: 211 for M = 128, 435 for M = 1024). For the others SCALE-Sim's closed form (Samajdar et al., ISPASS 2020):
/// 3·side + M − 2 cycles a block, as many blocks at a time as there are arrays. Nothing for devices without arrays;
/// throws ValueError for negative sizes.
std::optional<SystolicEstimate> systolic_cycles(const DeviceModel& device, std::int64_t m, std::int64_t n,
                                                std::int64_t k);

}  // namespace halfway::emu
