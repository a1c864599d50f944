// Codes of any format as float64 lanes, and float64 numbers of any format back as codes. Included once per target, see
// foreach_target.h.
#if defined(HALFWAY_FORMATS_DECODE_INL_H_) == defined(HWY_TARGET_TOGGLE)  // NOLINT
#ifdef HALFWAY_FORMATS_DECODE_INL_H_
#undef HALFWAY_FORMATS_DECODE_INL_H_
#else
#define HALFWAY_FORMATS_DECODE_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstdint>

#include "formats/bulk.hpp"
#include "formats/exact-inl.hpp"
#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// The number of each code, exactly; a NaN of any payload is one of no particular.
template <class D>
HWY_INLINE hn::Vec<D> DecodeLanes(D d, hn::Vec<hn::RebindToUnsigned<D>> code, const detail::Codes& f) {
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto magnitude = hn::And(code, hn::Set(du, f.magnitude));
  const auto sign = hn::ShiftLeftSame(hn::And(code, hn::Set(du, f.sign)), 64 - f.format.bits());
  const auto rebase = hn::Set(du, static_cast<std::uint64_t>(1023 - f.format.bias) << 52);
  auto number = hn::BitCast(d, hn::Add(hn::ShiftLeftSame(magnitude, 52 - f.fraction_bits), rebase));
  const auto at_least = [&](std::uint64_t bound) HWY_ATTR {
    return hn::RebindMask(d, hn::Gt(hn::BitCast(di, magnitude), hn::Set(di, static_cast<std::int64_t>(bound) - 1)));
  };
  if (f.format.has_zero) {
    const auto magic = hn::Set(d, 4503599627370496.0);  // 2^52: the integer stands in its last places
    const auto integer = hn::Sub(hn::BitCast(d, hn::Or(magnitude, hn::BitCast(du, magic))), magic);
    const double unit = std::bit_cast<double>(static_cast<std::uint64_t>(f.emin - f.fraction_bits + 1023) << 52);
    number = hn::IfThenElse(at_least(f.min_normal), number, hn::Mul(integer, hn::Set(d, unit)));
  }
  const auto infinity = hn::Set(d, std::bit_cast<double>(std::uint64_t{0x7FF0000000000000}));
  const auto nan = hn::Set(d, std::bit_cast<double>(std::uint64_t{0x7FF8000000000000}));
  if (f.format.has_infinity()) number = hn::IfThenElse(at_least(f.infinity), infinity, number);
  if (f.format.specials == Specials::ieee) number = hn::IfThenElse(at_least(f.infinity + 1), nan, number);
  if (f.format.specials == Specials::nan_all_ones) number = hn::IfThenElse(at_least(f.magnitude), nan, number);
  number = hn::BitCast(d, hn::Or(hn::BitCast(du, number), sign));
  if (f.format.specials == Specials::nan_minus_zero || f.format.specials == Specials::p3109)
    number = hn::IfThenElse(hn::RebindMask(d, hn::Eq(code, hn::Set(du, f.nan))), nan, number);
  return number;
}

/// data[i·stride] for i in [begin, begin + count).
template <class T, class U>
void Gather(const void* data, std::int64_t stride, std::int64_t begin, std::int64_t count, U* HWY_RESTRICT out) {
  const T* in = static_cast<const T*>(data) + begin * stride;
  if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<U>(in[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<U>(in[i * stride]);
  }
}
template <class T, class U>
void Scatter(const U* HWY_RESTRICT in, std::int64_t count, void* data, std::int64_t stride, std::int64_t begin) {
  T* out = static_cast<T*>(data) + begin * stride;
  if (stride == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<T>(in[i]);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i * stride] = static_cast<T>(in[i]);
  }
}

/// 16-bit codes as they stand, or float: many lanes at a time.
template <class T>
void WidenBlock(const T* HWY_RESTRICT in, std::int64_t count, double* HWY_RESTRICT out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> df;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::PromoteTo(d, LoadAsFloat(df, in + i)), d, out + i);
  const hn::CappedTag<double, 1> one;
  for (; i < count; ++i)
    hn::StoreU(hn::PromoteTo(one, LoadAsFloat(hn::Rebind<float, decltype(one)>(), in + i)), one, out + i);
}

/// The numbers of `count` codes; `codes` may be `out` itself. Both hold a whole block.
inline void DecodeCodes(const detail::Codes& f, const std::uint64_t* codes, std::int64_t count, double* out) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d)))
    hn::StoreU(DecodeLanes(d, hn::LoadU(du, codes + i), f), d, out + i);
}

/// Codes of up to 32 bits.
template <class U>
void GatherCodes(const ConstArray& x, std::int64_t begin, std::int64_t count, U* HWY_RESTRICT codes) {
  switch (x.format.storage_bytes()) {
    case 1: return Gather<std::uint8_t>(x.data, x.stride, begin, count, codes);
    case 2: return Gather<std::uint16_t>(x.data, x.stride, begin, count, codes);
    default: return Gather<std::uint32_t>(x.data, x.stride, begin, count, codes);
  }
}

/// Integers as float64 numbers, those of 64 bits rounded to odd: that keeps what rounding them further wants to know.
inline void DecodeIntegers(const ConstArray& x, std::int64_t begin, std::int64_t count, double* HWY_RESTRICT out) {
  const auto gather = [&](auto zero) HWY_ATTR { Gather<decltype(zero)>(x.data, x.stride, begin, count, out); };
  const bool is_signed = x.integers.is_signed;
  switch (x.integers.bits) {
    case 8: return is_signed ? gather(std::int8_t{}) : gather(std::uint8_t{});
    case 16: return is_signed ? gather(std::int16_t{}) : gather(std::uint16_t{});
    case 32: return is_signed ? gather(std::int32_t{}) : gather(std::uint32_t{});
    default: break;
  }
  const auto halves = [&](auto zero) HWY_ATTR {
    using Int = decltype(zero);
    const Int* in = static_cast<const Int*>(x.data) + begin * x.stride;
    const hn::CappedTag<double, 1> d;
    for (std::int64_t i = 0; i < count; ++i) {
      const Int value = in[i * x.stride];
      const auto upper = static_cast<double>(value >> 32) * 4294967296.0;
      const auto lower = static_cast<double>(value & static_cast<Int>(0xFFFFFFFF));
      out[i] = hn::GetLane(AddToOdd(d, hn::Set(d, upper), hn::Set(d, lower)));
    }
  };
  is_signed ? halves(std::int64_t{}) : halves(std::uint64_t{});
}

/// Elements [begin, begin + count) of an array, at most a block, as float64 numbers.
inline void DecodeBlock(const ConstArray& x, const detail::Codes& f, std::int64_t begin, std::int64_t count,
                        double* HWY_RESTRICT out) {
  if (x.integers.bits != 0) return DecodeIntegers(x, begin, count, out);
  if (x.format == binary64) return Gather<double>(x.data, x.stride, begin, count, out);
  if (x.stride == 1) {
    if (x.format == binary32) return WidenBlock(static_cast<const float*>(x.data) + begin, count, out);
    if (x.format == binary16) return WidenBlock(static_cast<const float16*>(x.data) + begin, count, out);
    if (x.format == bfloat) return WidenBlock(static_cast<const bfloat16*>(x.data) + begin, count, out);
  }
  HWY_ALIGN std::uint64_t codes[detail::bulk_block] = {};
  GatherCodes(x, begin, count, codes);
  DecodeCodes(f, codes, count, out);
}

/// Stores codes as the result holds them.
inline void StoreBlock(const detail::Codes& f, std::uint64_t* codes, std::int64_t count, const Array& result,
                       std::int64_t begin) {
  if (result.held != Held::as_codes) {
    HWY_ALIGN double numbers[detail::bulk_block];
    DecodeCodes(f, codes, count, numbers);
    if (result.held == Held::as_float64) return Scatter<double>(numbers, count, result.data, result.stride, begin);
    return Scatter<float>(numbers, count, result.data, result.stride, begin);
  }
  switch (f.format.storage_bytes()) {
    case 1: return Scatter<std::uint8_t>(codes, count, result.data, result.stride, begin);
    case 2: return Scatter<std::uint16_t>(codes, count, result.data, result.stride, begin);
    default: return Scatter<std::uint32_t>(codes, count, result.data, result.stride, begin);
  }
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // HALFWAY_FORMATS_DECODE_INL_H_
