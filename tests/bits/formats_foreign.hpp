// Conversions from float32 that others wrote: the compiler, Eigen, libfp16, the processor's instructions.
#pragma once
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "halfway/formats/arithmetic.hpp"
#include "halfway/formats/basic_float.hpp"

#if HALFWAY_HAS_EIGEN
#include <Eigen/Core>
#endif
#if HALFWAY_HAS_FP16
#include <fp16.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace foreign {

/// How the code that another makes of `input` differs from ours.
struct Difference {
  std::uint32_t input;
  std::uint16_t ours, theirs;

  bool from_nan() const { return std::isnan(std::bit_cast<float>(input)); }
  bool from_subnormal() const { return (input & 0x7FFFFFFF) != 0 && (input & 0x7F800000) == 0; }
  std::uint16_t sign() const { return static_cast<std::uint16_t>(input >> 16 & 0x8000); }
};

/// One conversion of arrays.
struct Conversion {
  std::string_view name;
  halfway::FloatFormat to;
  halfway::Rounding rounding;
  /// Null where this build or this machine has none.
  void (*convert)(const float* in, std::uint16_t* out, std::size_t size);
  /// Whether a difference is the documented one.
  bool (*is_documented)(const Difference&);
  /// How many of all 2^32 inputs differ.
  std::uint64_t differences;
};

// NaN results here are the canonical one. Elsewhere a NaN keeps its sign or, as the processors have it, its payload
// too.
inline bool keeps_nan_sign(const Difference& d) { return d.from_nan() && d.theirs == (d.ours | d.sign()); }
inline bool keeps_half_payload(const Difference& d) {
  return d.from_nan() && d.theirs == (d.sign() | 0x7E00 | (d.input >> 13 & 0x1FF));
}
inline bool keeps_brain_payload(const Difference& d) { return d.from_nan() && d.theirs == (d.input >> 16 | 0x40); }
inline bool flushes_subnormals(const Difference& d) {
  return keeps_brain_payload(d) || (d.from_subnormal() && d.theirs == d.sign());
}

inline constexpr std::uint64_t nans = 2 * ((std::uint64_t{1} << 23) - 1);
/// All NaNs but the positive ones whose payload, cut to the format, is that of the canonical NaN.
inline constexpr std::uint64_t half_payloads = nans - (2 * (std::uint64_t{1} << 13) - 1);
inline constexpr std::uint64_t brain_payloads = nans - (2 * (std::uint64_t{1} << 16) - 1);

template <auto convert_one>
void convert_each(const float* in, std::uint16_t* out, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out[i] = convert_one(in[i]);
}

#if defined(__FLT16_MANT_DIG__)
#define HALFWAY_HAS_COMPILER_HALF 1
__extension__ typedef _Float16 CompilerHalf;  // NOLINT(modernize-use-using): __extension__
inline std::uint16_t compiler_half(float x) { return std::bit_cast<std::uint16_t>(static_cast<CompilerHalf>(x)); }
#endif

#if HALFWAY_HAS_EIGEN
inline std::uint16_t eigen_half(float x) { return std::bit_cast<std::uint16_t>(Eigen::half(x)); }
inline std::uint16_t eigen_brain(float x) { return std::bit_cast<std::uint16_t>(Eigen::bfloat16(x)); }
#endif

#if HALFWAY_HAS_FP16
inline std::uint16_t libfp16_half(float x) { return fp16_ieee_from_fp32_value(x); }
#endif

#if defined(__x86_64__)
enum Register { eax, ebx, ecx, edx };
/// A feature that the processor names in that bit of CPUID, beside vectors that the system saves.
inline bool has_feature(unsigned leaf, unsigned subleaf, Register in, unsigned bit) {
  unsigned registers[4] = {0, 0, 0, 0};
  if (__get_cpuid_count(leaf, subleaf, &registers[0], &registers[1], &registers[2], &registers[3]) == 0) return false;
  const bool vectors = leaf == 1 ? __builtin_cpu_supports("avx2") : __builtin_cpu_supports("avx512vl");
  return vectors && (registers[in] >> bit & 1) != 0;
}
inline bool has_f16c() { return has_feature(1, 0, ecx, 29); }
inline bool has_avx512_bf16() { return has_feature(7, 1, eax, 5); }
inline bool has_avx512_fp16() { return has_feature(7, 0, edx, 23); }

// Sizes are multiples of 8 here.
template <int immediate>
__attribute__((target("f16c"))) void f16c(const float* in, std::uint16_t* out, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm256_cvtps_ph(_mm256_loadu_ps(in + i), immediate));
}
__attribute__((target("avx512bf16,avx512vl"))) inline void avx512_bf16(const float* in, std::uint16_t* out,
                                                                       std::size_t size) {
  for (std::size_t i = 0; i < size; i += 8) {
    const auto codes = _mm256_cvtneps_pbh(_mm256_loadu_ps(in + i));
    __builtin_memcpy(out + i, &codes, sizeof codes);
  }
}
// In assembly language: not every compiler that we support knows the instruction's intrinsic function.
__attribute__((target("avx2"))) inline void avx512_fp16(const float* in, std::uint16_t* out, std::size_t size) {
  for (std::size_t i = 0; i < size; i += 8) {
    __m128i codes;
    __asm__("vcvtps2phx %1, %0" : "=x"(codes) : "x"(_mm256_loadu_ps(in + i)));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), codes);
  }
}
/// Eight of AVX512-FP16's own results: '+', '-', '*', '/', or 'r' for the root of a.
template <char operation>
void avx512_fp16_arithmetic(const std::uint16_t* a, const std::uint16_t* b, std::uint16_t* out) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a)),
                y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  __m128i result;
  if constexpr (operation == '+') __asm__("vaddph %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));
  if constexpr (operation == '-') __asm__("vsubph %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));
  if constexpr (operation == '*') __asm__("vmulph %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));
  if constexpr (operation == '/') __asm__("vdivph %2, %1, %0" : "=x"(result) : "x"(x), "x"(y));
  if constexpr (operation == 'r') __asm__("vsqrtph %1, %0" : "=x"(result) : "x"(x));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), result);
}
#endif

/// All that are known, present or not; those of one format and direction side by side.
inline std::vector<Conversion> conversions() {
  using halfway::binary16, halfway::bfloat, halfway::Rounding;
  constexpr auto nearest = Rounding::ties_to_even;
  std::vector<Conversion> all{
      {"Eigen::bfloat16", bfloat, nearest, nullptr, keeps_nan_sign, nans / 2},
      // The flushed ones: |input| from 0x8001, which is the first that rounds to a number, to the last subnormal.
      {"VCVTNEPS2BF16", bfloat, nearest, nullptr, flushes_subnormals, brain_payloads + 2 * (0x7FFFFF - 0x8000)},
      {"_Float16", binary16, nearest, nullptr, keeps_half_payload, half_payloads},
      {"Eigen::half", binary16, nearest, nullptr, keeps_nan_sign, nans / 2},
      {"libfp16", binary16, nearest, nullptr, keeps_nan_sign, nans / 2},
      {"VCVTPS2PH", binary16, nearest, nullptr, keeps_half_payload, half_payloads},
      {"VCVTPS2PHX", binary16, nearest, nullptr, keeps_half_payload, half_payloads},
      {"VCVTPS2PH down", binary16, Rounding::toward_negative, nullptr, keeps_half_payload, half_payloads},
      {"VCVTPS2PH up", binary16, Rounding::toward_positive, nullptr, keeps_half_payload, half_payloads},
      {"VCVTPS2PH truncating", binary16, Rounding::toward_zero, nullptr, keeps_half_payload, half_payloads}};
  const auto have = [&](std::string_view name, auto convert) {
    for (Conversion& each : all)
      if (each.name == name) each.convert = convert;
  };
#if HALFWAY_HAS_COMPILER_HALF
  have("_Float16", convert_each<compiler_half>);
#endif
#if HALFWAY_HAS_EIGEN
  have("Eigen::half", convert_each<eigen_half>);
  have("Eigen::bfloat16", convert_each<eigen_brain>);
#endif
#if HALFWAY_HAS_FP16
  have("libfp16", convert_each<libfp16_half>);
#endif
#if defined(__x86_64__)
  if (has_f16c()) {
    have("VCVTPS2PH", f16c<0>);
    have("VCVTPS2PH down", f16c<1>);
    have("VCVTPS2PH up", f16c<2>);
    have("VCVTPS2PH truncating", f16c<3>);
  }
  if (has_avx512_bf16()) have("VCVTNEPS2BF16", avx512_bf16);
  if (has_avx512_fp16()) have("VCVTPS2PHX", avx512_fp16);
#endif
  return all;
}

}  // namespace foreign
