#include "halfway/emu/systolic.hpp"

#include <string>

#include "halfway/errors.hpp"

namespace halfway::emu {
namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::optional<SystolicEstimate> systolic_cycles(const DeviceModel& device, std::int64_t m, std::int64_t n,
                                                std::int64_t k) {
  if (m < 0 || n < 0 || k < 0)
    throw ValueError("systolic_cycles", "received the sizes " + std::to_string(m) + ", " + std::to_string(n) + " and " +
                                            std::to_string(k) + "; they are 0 or more");
  if (!device.array) return std::nullopt;
  const auto [side, count, timed] = *device.array;
  const std::int64_t blocks = divide_up(k, side) * divide_up(n, side);
  SystolicEstimate estimate{};
  if (timed) {
    constexpr int arrays_per_core = 4;
    constexpr double overhead = 179;  // weights in, pipeline filled and drained
    estimate = {static_cast<double>(divide_up(blocks, count / arrays_per_core)) *
                    (overhead + static_cast<double>(m) / arrays_per_core),
                0, "fitted to timings of one TPU v4 core"};
  } else {
    estimate = {static_cast<double>(divide_up(blocks, count)) * static_cast<double>(3 * side + m - 2), 0,
                "SCALE-Sim's closed form"};
  }
  if (blocks == 0 || m == 0) return SystolicEstimate{0, 0, estimate.model};
  estimate.utilization = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) /
                         (estimate.cycles * count * side * side);
  return estimate;
}

}  // namespace halfway::emu
