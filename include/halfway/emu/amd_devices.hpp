// AMD's GPUs. Peaks are dense, at the engine's peak clock.
#pragma once
#include "halfway/emu/nvidia_devices.hpp"

namespace halfway::emu {

namespace detail {
inline constexpr DeviceUnit mi100_units[]{
    {binary16, &mi100_f16, 184.6}, {bfloat, &mi100_bf16, 92.3}, {binary32, &sequential, 46.1}};
inline constexpr DeviceUnit mi250_units[]{
    {binary16, &mi250_f16, 362.1 / 2}, {bfloat, &mi250_bf16_1k, 362.1 / 2}, {binary32, &sequential, 90.5 / 2}};
inline constexpr DeviceUnit mi250_bf16_units[]{
    {binary16, &mi250_f16, 362.1 / 2}, {bfloat, &mi250_bf16, 362.1 / 4}, {binary32, &sequential, 90.5 / 2}};
template <const DotModel& f16, const DotModel& xf32, const DotModel& f8>
inline constexpr DeviceUnit mi300_units[]{{binary16, &f16, 1307.4},     {bfloat, &f16, 1307.4},
                                          {tensor_float, &xf32, 653.7}, {binary32, &sequential, 163.4},
                                          {e4m3fnuz, &f8, 2614.9},      {e5m2fnuz, &f8, 2614.9}};
inline constexpr auto& mi300_two_floors = mi300_units<mi300_f16, mi300_xf32, mi300_f8>;
inline constexpr auto& mi300_one_floor = mi300_units<mi300_f16_one_floor, mi300_xf32_one_floor, mi300_f8_one_floor>;
}  // namespace detail

inline constexpr DeviceModel mi100 =
    detail::gpu("mi100", "AMD Instinct MI100", {}, detail::mi100_units,
                {32, 1228.8, 23.1, 11.5, "AMD's ROCm documentation, MI100 microarchitecture"});
/// One of the two dies of a card, which the driver lists as two devices.
inline constexpr DeviceModel mi250 =
    detail::through(detail::gpu("mi250", "AMD Instinct MI250", {}, detail::mi250_units,
                                {64, 3276.8 / 2, 45.3 / 2, 90.5 / 2,
                                 "AMD's ROCm documentation, MI250 microarchitecture, half (float64 by matrix cores)"}),
                    "mi250", detail::mi250_units, "one of the card's two dies, as the driver lists them");
inline constexpr DeviceModel mi250_bf16_old = detail::through(
    mi250, "mi250:bf16", detail::mi250_bf16_units, "bfloat16 by the instructions without _1k, pairs instead of fours");
inline constexpr DeviceModel mi300 = detail::through(
    detail::gpu(
        "mi300", "AMD Instinct MI300X", {}, detail::mi300_two_floors,
        {192, 5325, 163.4, 163.4, "AMD's ROCm documentation, MI300 microarchitecture (float64 by matrix cores)"}),
    "mi300", detail::mi300_two_floors, "XF32 only by TF32_TF32_F32");
inline constexpr DeviceModel mi300_one_floor =
    detail::through(mi300, "mi300:one_floor", detail::mi300_one_floor,
                    "sums of products rounded down once, as Khattak and Mikaitis have it");

}  // namespace halfway::emu
