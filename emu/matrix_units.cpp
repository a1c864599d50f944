#include "halfway/emu/matrix_units.hpp"

#include <array>

namespace halfway::emu {
namespace {

constexpr std::array models{&sequential,
                            &sequential_f16,
                            &sequential_bf16,
                            &xla_reference,
                            &kulisch,
                            &tpu_mxu_128,
                            &tpu_mxu_256,
                            &tpu_mxu_128_h4,
                            &tpu_mxu_256_h4,
                            &tpu_mxu_256_f8_h4,
                            &volta_f16,
                            &volta_f16_f16,
                            &turing_f16,
                            &turing_f16_f16,
                            &ampere_f16,
                            &ampere_f16_f16,
                            &ampere_tf32,
                            &ada_f16,
                            &ada_f16_f16,
                            &ada_tf32,
                            &ada_f8,
                            &ada_f8_f16,
                            &hopper_f16,
                            &hopper_f16_f16,
                            &hopper_tf32,
                            &hopper_mma_f8,
                            &hopper_mma_f8_f16,
                            &hopper_wgmma_f8,
                            &hopper_wgmma_f8_f16,
                            &blackwell_f16,
                            &blackwell_f16_f16,
                            &blackwell_tf32,
                            &blackwell_mma_f8,
                            &blackwell_mma_f8_f16,
                            &blackwell_tcgen05_f8,
                            &blackwell_tcgen05_f8_f16,
                            &blackwell_mxf8f6f4,
                            &blackwell_mxf4,
                            &blackwell_nvf4,
                            &ampere_f64,
                            &hopper_f64,
                            &hopper_wgmma_f8_promoted_128,
                            &mi100_f16,
                            &mi100_bf16,
                            &mi250_f16,
                            &mi250_bf16_1k,
                            &mi250_bf16,
                            &mi300_f16,
                            &mi300_xf32,
                            &mi300_f8,
                            &mi300_f16_one_floor,
                            &mi300_xf32_one_floor,
                            &mi300_f8_one_floor,
                            &vdpbf16ps,
                            &tdpbf16ps,
                            &tdpfp16ps,
                            &arm_bfdot,
                            &arm_bfdot_ebf,
                            &sequential_f16_stochastic,
                            &sequential_bf16_stochastic,
                            &wang_2018_chain,
                            &wang_2018_chunks_64};

/// The last revision among the rows for which `is_it` holds.
template <class F>
const DotModel* find(std::span<const DotModel* const> rows, F is_it) {
  const DotModel* found = nullptr;
  for (const DotModel* model : rows)
    if (is_it(*model) && (found == nullptr || model->revision > found->revision)) found = model;
  return found;
}

}  // namespace

std::span<const DotModel* const> dot_models() { return models; }

const DotModel* find_dot_model(std::span<const DotModel* const> rows, std::string_view name,
                               std::optional<int> revision) {
  return find(rows, [&](const DotModel& m) { return m.name == name && (!revision || m.revision == *revision); });
}

const DotModel* find_dot_model(std::string_view name, std::optional<int> revision) {
  return find_dot_model(models, name, revision);
}

const DotModel* find_dot_model(std::string_view unit, const FloatFormat& operands, const FloatFormat& result) {
  return find(models, [&](const DotModel& m) {
    return !unit.empty() && m.unit == unit && m.accepts(operands) && m.output() == result;
  });
}

}  // namespace halfway::emu
