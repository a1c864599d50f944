// Accumulators of 16 bits, for processors and for studies of low-precision sums.
#pragma once
#include "halfway/emu/dot_model.hpp"

namespace halfway::emu {

/// 6 exponent bits, 9 fraction bits: the FP16 of Wang et al. 2018.
inline constexpr FloatFormat e6m9{10, 6, 31};

namespace detail {
constexpr DotModel accumulator(std::string_view name, const FloatFormat& format, Rounding rounding) {
  return {.name = name,
          .source = "docs/devices.md",
          .result = format,
          .rounding = rounding,
          .addend_rounding = rounding,
          .pass_result = format};
}
constexpr DotModel wang_2018(std::string_view name, int chunk) {
  DotModel model = accumulator(name, e6m9, Rounding::ties_to_even);
  model.pass = chunk, model.evidence = Evidence::published_descriptions;
  model.source = "Wang et al., NeurIPS 2018: sums in FP16 (1, 6, 9), chunk by chunk";
  model.unsettled = "the unit's handling of subnormals and of ties";
  return model;
}
}  // namespace detail

// Chains with 16-bit sums, rounded after every term: F16_F16_F16 and BF16_BF16_BF16 of a processor. To nearest even, or
// with 16 random bits.
inline constexpr DotModel sequential_f16 = detail::accumulator("sequential_f16", binary16, Rounding::ties_to_even);
inline constexpr DotModel sequential_bf16 = detail::accumulator("sequential_bf16", bfloat, Rounding::ties_to_even);
inline constexpr DotModel sequential_f16_stochastic =
    detail::accumulator("sequential_f16_stochastic", binary16, Rounding::stochastic);
inline constexpr DotModel sequential_bf16_stochastic =
    detail::accumulator("sequential_bf16_stochastic", bfloat, Rounding::stochastic);

/// Chunks of 64 terms in a 16-bit chain, whose sums another 16-bit chain adds: without that, and with it.
inline constexpr DotModel wang_2018_chain = detail::wang_2018("wang_2018_chain", 0);
inline constexpr DotModel wang_2018_chunks_64 = detail::wang_2018("wang_2018_chunks_64", 64);

}  // namespace halfway::emu
