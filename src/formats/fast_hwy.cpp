// float32 to and from the 16-bit formats, and 16-bit arithmetic to nearest even: whole kernels in float32 lanes.
//
// + − × ÷ √ of float16 or bfloat16 numbers in float32, rounded again, is rounded right: 24 ≥ 2p + 2 (Figueroa 1995;
// with subnormal numbers Roux 2014). All 2^32 pairs are tested.
#include "formats/fast_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/fast_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

template <Subnormals inputs>
struct Convert {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D d, hn::Vec<D> x) const {
    if constexpr (inputs == Subnormals::flush) return FlushSubnormals(d, x);
    return x;
  }
};
struct SquareRoot {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> x) const {
    return hn::Sqrt(x);
  }
};
struct Add {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> x, hn::Vec<D> y) const {
    return hn::Add(x, y);
  }
};
struct Subtract {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> x, hn::Vec<D> y) const {
    return hn::Sub(x, y);
  }
};
struct Multiply {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> x, hn::Vec<D> y) const {
    return hn::Mul(x, y);
  }
};
struct Divide {
  template <class D>
  HWY_INLINE hn::Vec<D> operator()(D, hn::Vec<D> x, hn::Vec<D> y) const {
    return hn::Div(x, y);
  }
};

template <class Compute, class In, class Out>
void Unary(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t end) {
  const auto* in = static_cast<const In*>(plan.operands[0].data) + begin;
  auto* out = static_cast<Out*>(plan.result.data) + begin;
  const std::int64_t size = end - begin;
  const Compute compute;
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  if (size >= 2 * lanes) {
    // Loads run one step ahead; else g++ would read a vector from memory again for each of its uses.
    auto next_first = LoadAsFloat(d, in), next_second = LoadAsFloat(d, in + lanes);
    for (; i + 4 * lanes <= size; i += 2 * lanes) {
      const auto first = next_first, second = next_second;
      next_first = LoadAsFloat(d, in + i + 2 * lanes);
      next_second = LoadAsFloat(d, in + i + 3 * lanes);
      StoreRounded2(d, compute(d, first), compute(d, second), out + i);
    }
    StoreRounded2(d, compute(d, next_first), compute(d, next_second), out + i);
    i += 2 * lanes;
  }
  const hn::CappedTag<float, 1> one;
  for (; i < size; ++i) StoreRounded(one, compute(one, LoadAsFloat(one, in + i)), out + i);
}

template <class Compute, class T>
void Binary(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t end) {
  const auto* x = static_cast<const T*>(plan.operands[0].data) + begin;
  const auto* y = static_cast<const T*>(plan.operands[1].data) + begin;
  auto* out = static_cast<T*>(plan.result.data) + begin;
  const std::int64_t size = end - begin;
  const Compute compute;
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    const auto first = compute(d, LoadAsFloat(d, x + i), LoadAsFloat(d, y + i));
    const auto second = compute(d, LoadAsFloat(d, x + i + lanes), LoadAsFloat(d, y + i + lanes));
    StoreRounded2(d, first, second, out + i);
  }
  const hn::CappedTag<float, 1> one;
  for (; i < size; ++i) StoreRounded(one, compute(one, LoadAsFloat(one, x + i), LoadAsFloat(one, y + i)), out + i);
}

template <class T>
detail::FastKernel Arithmetic16(Operation operation) {
  switch (operation) {
    case Operation::square_root: return &Unary<SquareRoot, T, T>;
    case Operation::add: return &Binary<Add, T>;
    case Operation::subtract: return &Binary<Subtract, T>;
    case Operation::multiply: return &Binary<Multiply, T>;
    case Operation::divide: return &Binary<Divide, T>;
    default: return nullptr;
  }
}

template <class T>
detail::FastKernel Narrow(Subnormals inputs) {
  return inputs == Subnormals::keep ? &Unary<Convert<Subnormals::keep>, float, T>
                                    : &Unary<Convert<Subnormals::flush>, float, T>;
}

detail::FastKernel FindKernel(const detail::BulkPlan& plan) {
  const FloatFormat &from = plan.operands[0].format, &to = plan.result.format;
  const Subnormals inputs = plan.round.how.inputs;
  if (plan.operation == Operation::convert) {
    if (from == binary32 && to == binary16) return Narrow<float16>(inputs);
    if (from == binary32 && to == bfloat) return Narrow<bfloat16>(inputs);
    if (inputs == Subnormals::flush) return nullptr;
    if (from == binary16 && to == binary32) return &Unary<Convert<Subnormals::keep>, float16, float>;
    if (from == bfloat && to == binary32) return &Unary<Convert<Subnormals::keep>, bfloat16, float>;
    return nullptr;
  }
  if (inputs == Subnormals::flush || !(from == to) || !(plan.operands[1].format == to)) return nullptr;
  if (to == binary16) return Arithmetic16<float16>(plan.operation);
  return to == bfloat ? Arithmetic16<bfloat16>(plan.operation) : nullptr;
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway::detail {

HWY_EXPORT(FindKernel);

FastKernel find_fast_kernel(const BulkPlan& plan) {
  const Arithmetic& how = plan.round.how;
  bool contiguous = plan.result.stride == 1 && plan.result.held == Held::as_codes;
  for (int k = 0; k < plan.operand_count; ++k)
    contiguous = contiguous && plan.operands[static_cast<std::size_t>(k)].stride == 1;
  if (!contiguous || how.rounding != Rounding::ties_to_even || how.results == Subnormals::flush ||
      how.overflow == Overflow::saturate)
    return nullptr;
  return HWY_DYNAMIC_DISPATCH(FindKernel)(plan);
}

}  // namespace halfway::detail
#endif  // HWY_ONCE
