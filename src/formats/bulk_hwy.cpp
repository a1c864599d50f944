// Bulk operations in Highway lanes; bulk_ref.cpp is the definition. Three stages over blocks that stay in the
// first-level cache: operands become float64 numbers, the operation gives the exact result rounded to odd, and that is
// rounded to the result's format. Conversions from float32 need only the last, in float32 lanes.
#include <mutex>

#include "formats/bulk.hpp"
#include "formats/fast_kernels.hpp"
#include "formats/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/bulk_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/choice-inl.hpp"
#include "formats/decode-inl.hpp"
#include "formats/exact-inl.hpp"
#include "formats/exponent-inl.hpp"
#include "formats/lanes-inl.hpp"
#include "formats/random-inl.hpp"
#include "formats/round-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

constexpr std::int64_t kBlock = detail::bulk_block;

/// Subnormal operands become zeros of their signs; says how many.
inline std::int64_t FlushBlock(const detail::Codes& f, std::int64_t count, double* x) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const auto bound = hn::Set(d, std::bit_cast<double>(static_cast<std::uint64_t>(f.emin + 1023) << 52));
  const auto sign_bit = hn::BitCast(d, hn::Set(du, std::uint64_t{1} << 63));
  std::int64_t flushed = 0;
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    const auto v = hn::Load(d, x + i);
    const auto small = hn::And(hn::Lt(hn::Abs(v), bound), hn::Ne(v, hn::Zero(d)));
    flushed += static_cast<std::int64_t>(hn::CountTrue(d, small));
    hn::Store(hn::IfThenElse(small, hn::And(v, sign_bit), v), d, x + i);
  }
  return flushed;
}

/// x = operation(x, y, z), rounded to odd. The sign of a sum of exactly zero follows the direction.
template <bool counting>
void ComputeBlock(const detail::BulkPlan& plan, std::int64_t count, double* HWY_RESTRICT xs, double* HWY_RESTRICT ys,
                  double* HWY_RESTRICT zs, detail::CaseCounts& cases) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  using V = hn::Vec<decltype(d)>;
  const auto minus_zero = hn::BitCast(d, hn::Set(du, std::uint64_t{1} << 63));
  const bool down = plan.round.how.rounding == Rounding::toward_negative;
  const auto sum = [&](V x, V y) HWY_ATTR {
    const auto s = AddToOdd(d, x, y);
    if (!down) return s;
    return hn::IfThenElse(hn::Eq(s, hn::Zero(d)), hn::And(hn::Or(x, y), minus_zero), s);
  };
  const auto each = [&](auto compute) HWY_ATTR {
    for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
      const auto x = hn::Load(d, xs + i), y = hn::Load(d, ys + i), z = hn::Load(d, zs + i);
      const auto result = compute(x, y, z);
      if constexpr (counting) {
        const auto any_nan = hn::Or(hn::IsNaN(x), hn::Or(hn::IsNaN(y), hn::IsNaN(z)));
        const auto made_nan = hn::AndNot(any_nan, hn::IsNaN(result));
        cases.invalid += static_cast<std::int64_t>(hn::CountTrue(d, made_nan));
        // Of finite operands only a division by zero is infinite: float64 has room for everything else.
        const auto finite = hn::Eq(hn::Mul(hn::Add(x, hn::Add(y, z)), hn::Zero(d)), hn::Zero(d));
        const auto infinite = hn::IsInf(result);
        cases.divided_by_zero += static_cast<std::int64_t>(hn::CountTrue(d, hn::And(finite, infinite)));
      }
      hn::Store(result, d, xs + i);
    }
  };
  switch (plan.operation) {
    case Operation::add: return each([&](V x, V y, V) HWY_ATTR { return sum(x, y); });
    case Operation::subtract: return each([&](V x, V y, V) HWY_ATTR { return sum(x, hn::Xor(y, minus_zero)); });
    case Operation::multiply: return each([&](V x, V y, V) HWY_ATTR { return hn::Mul(x, y); });  // exact
    case Operation::divide: return each([&](V x, V y, V) HWY_ATTR { return DivideToOdd(d, x, y); });
    case Operation::square_root: return each([&](V x, V, V) HWY_ATTR { return SquareRootToOdd(d, x); });
    case Operation::fma: return each([&](V x, V y, V z) HWY_ATTR { return sum(hn::Mul(x, y), z); });
    case Operation::logb: return each([&](V x, V, V) HWY_ATTR { return LogB(d, x); });
    case Operation::ulp: {
      const detail::Codes f(plan.operands[0].format);
      return each([&](V x, V, V) HWY_ATTR { return LastPlace(d, x, f); });
    }
    case Operation::scalb: return each([&](V x, V y, V) HWY_ATTR { return ScaleB(d, x, y); });
    default: return;
  }
}

/// Random integers as numbers.
template <class D>
HWY_INLINE hn::Vec<D> LoadRandom(D d, const std::uint32_t* random) {
  if constexpr (sizeof(hn::TFromD<D>) == 4) {  // at most 16 bits of them
    return hn::ConvertTo(d, hn::LoadU(hn::RebindToSigned<D>(), reinterpret_cast<const std::int32_t*>(random)));
  } else {
    const hn::RebindToUnsigned<D> du;
    const auto magic = hn::Set(d, LaneFormat<double>::integer_magic);
    const auto words = hn::PromoteTo(du, hn::LoadU(hn::Rebind<std::uint32_t, D>(), random));
    return hn::Sub(hn::BitCast(d, hn::Or(words, hn::BitCast(du, magic))), magic);
  }
}

/// The codes that numbers round to, in whole vectors. `codes` are lanes' own integers, or 16-bit ones for float lanes.
template <Direction direction, bool counting, class D, class Out>
void RoundNumbers(D d, Operation operation, const detail::RoundPlan& plan, const hn::TFromD<D>* x,
                  const std::uint32_t* random, std::int64_t count, Out* codes, detail::CaseCounts& cases) {
  const hn::RebindToUnsigned<D> du;
  const LaneRounder<direction, counting, D> rounder(plan);
  const bool to_integral = operation == Operation::round_to_integral;
  const bool flush = sizeof(hn::TFromD<D>) == 4 && plan.how.inputs == Subnormals::flush;
  for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
    auto v = hn::LoadU(d, x + i), bits = hn::Zero(d);
    if constexpr (direction == Direction::stochastic) bits = LoadRandom(d, random + i);
    if constexpr (sizeof(hn::TFromD<D>) == 4) {
      if (flush) {
        const auto kept = FlushSubnormals(d, v);
        if constexpr (counting) {
          const auto changed = hn::Ne(hn::BitCast(du, v), hn::BitCast(du, kept));
          cases.flushed += static_cast<std::int64_t>(hn::CountTrue(du, changed));
        }
        v = kept;
      }
    }
    if (to_integral) v = rounder.RoundToIntegral(d, v, bits);
    const auto rounded = rounder.Round(d, v, bits, cases);
    if constexpr (sizeof(Out) == 2) {
      StoreCodes(d, rounded, codes + i);
    } else {
      hn::StoreU(rounded, du, codes + i);
    }
  }
}

template <class T, class Out>
using RoundFunction = void (*)(hn::ScalableTag<T>, Operation, const detail::RoundPlan&, const T*, const std::uint32_t*,
                               std::int64_t, Out*, detail::CaseCounts&);

template <class T, bool counting, class Out>
RoundFunction<T, Out> ChooseRound(Rounding rounding) {
  using D = hn::ScalableTag<T>;
  switch (direction_of(rounding)) {
    case Direction::ties_to_even: return &RoundNumbers<Direction::ties_to_even, counting, D, Out>;
    case Direction::ties_to_away: return &RoundNumbers<Direction::ties_to_away, counting, D, Out>;
    case Direction::toward_zero: return &RoundNumbers<Direction::toward_zero, counting, D, Out>;
    case Direction::directed: return &RoundNumbers<Direction::directed, counting, D, Out>;
    case Direction::to_odd: return &RoundNumbers<Direction::to_odd, counting, D, Out>;
    case Direction::stochastic: break;
  }
  return &RoundNumbers<Direction::stochastic, counting, D, Out>;
}

/// The random integers of a block.
inline void LoadPanel(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t count,
                      std::uint32_t* HWY_RESTRICT out) {
  if (plan.random == nullptr) return RandomPanel(plan.round.how, static_cast<std::uint64_t>(begin), out);
  for (std::int64_t i = 0; i < count; ++i) out[i] = plan.random[begin + i];
}

/// Through float64.
template <bool counting>
void RunDouble(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t end, detail::CaseCounts& cases) {
  const auto round = ChooseRound<double, counting, std::uint64_t>(plan.round.how.rounding);
  const detail::Codes formats[3] = {detail::Codes(plan.operands[0].format), detail::Codes(plan.operands[1].format),
                                    detail::Codes(plan.operands[2].format)};
  HWY_ALIGN double x[3][kBlock] = {};
  HWY_ALIGN std::uint64_t codes[kBlock] = {};
  HWY_ALIGN std::uint32_t random[kBlock];
  for (std::int64_t i = begin; i < end; i += kBlock) {
    const std::int64_t count = HWY_MIN(kBlock, end - i);
    for (int k = 0; k < plan.operand_count; ++k) {
      DecodeBlock(plan.operands[static_cast<std::size_t>(k)], formats[k], i, count, x[k]);
      if (plan.round.how.inputs == Subnormals::flush && plan.operands[0].integers.bits == 0)
        cases.flushed += FlushBlock(formats[k], count, x[k]);
    }
    ComputeBlock<counting>(plan, count, x[0], x[1], x[2], cases);
    if (is_stochastic(plan.round.how.rounding)) LoadPanel(plan, i, count, random);
    round({}, plan.operation, plan.round, x[0], random, count, codes, cases);
    StoreBlock(plan.round.codes, codes, count, plan.result, i);
  }
}

/// Conversions from float32.
template <bool counting>
void RunFloat(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t end, detail::CaseCounts& cases) {
  const auto* x = static_cast<const float*>(plan.operands[0].data);
  const Rounding rounding = plan.round.how.rounding;
  const bool direct =
      plan.result.held == Held::as_codes && plan.result.stride == 1 && plan.result.format.storage_bytes() == 2;
  HWY_ALIGN std::uint32_t random[kBlock];
  HWY_ALIGN std::uint32_t codes[kBlock];
  HWY_ALIGN std::uint64_t wide[kBlock] = {};
  for (std::int64_t i = begin; i < end; i += kBlock) {
    const std::int64_t count = HWY_MIN(kBlock, end - i);
    if (is_stochastic(rounding)) LoadPanel(plan, i, count, random);
    if (direct) {
      auto* out = static_cast<std::uint16_t*>(plan.result.data) + i;
      ChooseRound<float, counting, std::uint16_t>(rounding)({}, plan.operation, plan.round, x + i, random, count, out,
                                                            cases);
    } else {
      ChooseRound<float, counting, std::uint32_t>(rounding)({}, plan.operation, plan.round, x + i, random, count, codes,
                                                            cases);
      for (std::int64_t k = 0; k < count; ++k) wide[k] = codes[k];
      StoreBlock(plan.round.codes, wide, count, plan.result, i);
    }
  }
}

/// Operations that move codes.
void RunChoice(const detail::BulkPlan& plan, std::int64_t begin, std::int64_t end) {
  const hn::ScalableTag<std::uint32_t> du;
  const detail::Codes& f = plan.round.codes;
  const ChoiceLanes<decltype(du)> choice(f);
  HWY_ALIGN std::uint32_t codes[2][kBlock] = {};
  const auto all = static_cast<std::uint32_t>(f.sign | f.magnitude);
  for (std::int64_t i = begin; i < end; i += kBlock) {
    const std::int64_t count = HWY_MIN(kBlock, end - i);
    for (int k = 0; k < plan.operand_count; ++k) {
      const ConstArray& x = plan.operands[static_cast<std::size_t>(k)];
      GatherCodes(x, i, count, codes[k]);
      for (std::int64_t j = 0; j < count; ++j) codes[k][j] &= all;
    }
    for (std::int64_t j = 0; j < count; j += static_cast<std::int64_t>(hn::Lanes(du)))
      hn::Store(choice.Apply(du, plan.operation, hn::Load(du, codes[0] + j), hn::Load(du, codes[1] + j)), du,
                codes[0] + j);
    HWY_ALIGN std::uint64_t wide[kBlock] = {};
    for (std::int64_t j = 0; j < count; ++j) wide[j] = codes[0][j];
    StoreBlock(f, wide, count, plan.result, i);
  }
}

/// Elements [begin, …) in whole vectors; returns how far it came. `begin` is a multiple of a block.
std::int64_t RunBulk(const detail::BulkPlan& plan, bool counting, std::int64_t begin, std::int64_t end,
                     detail::CaseCounts& cases) {
  if (is_choice(plan.operation)) {
    RunChoice(plan, begin, end);
    return end;
  }
  const bool in_float = plan.operation == Operation::convert && plan.operands[0].format == binary32 &&
                        plan.operands[0].integers.bits == 0 && plan.operands[0].stride == 1 &&
                        rounds_in_lanes<float>(plan.round);
  const auto lanes =
      static_cast<std::int64_t>(in_float ? hn::Lanes(hn::ScalableTag<float>()) : hn::Lanes(hn::ScalableTag<double>()));
  end = begin + (end - begin) / lanes * lanes;
  if (in_float) {
    counting ? RunFloat<true>(plan, begin, end, cases) : RunFloat<false>(plan, begin, end, cases);
  } else {
    counting ? RunDouble<true>(plan, begin, end, cases) : RunDouble<false>(plan, begin, end, cases);
  }
  return end;
}

void RunCompare(Comparison comparison, const ConstArray& x, const ConstArray& y, std::int64_t begin, std::int64_t end,
                std::uint8_t* HWY_RESTRICT out) {
  const detail::Codes x_codes(x.format), y_codes(y.format);
  HWY_ALIGN double a[kBlock], b[kBlock];
  for (std::int64_t i = begin; i < end; i += kBlock) {
    const std::int64_t count = HWY_MIN(kBlock, end - i);
    DecodeBlock(x, x_codes, i, count, a);
    DecodeBlock(y, y_codes, i, count, b);
    const auto each = [&](auto holds) HWY_ATTR {
      for (std::int64_t k = 0; k < count; ++k) out[i + k] = holds(a[k], b[k]);
    };
    switch (comparison) {
      case Comparison::equal: each([](double p, double q) { return p == q; }); break;
      case Comparison::not_equal: each([](double p, double q) { return p != q; }); break;
      case Comparison::less: each([](double p, double q) { return p < q; }); break;
      case Comparison::less_equal: each([](double p, double q) { return p <= q; }); break;
      case Comparison::greater: each([](double p, double q) { return p > q; }); break;
      case Comparison::greater_equal: each([](double p, double q) { return p >= q; }); break;
      default: each([](double p, double q) { return p != p || q != q; }); break;
    }
  }
}

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(RunBulk);
HWY_EXPORT(RunCompare);

namespace {

/// Whether the three stages know the operation, and float64 holds what it needs.
bool runs_in_lanes(const detail::BulkPlan& plan, bool counting) {
  const FloatFormat& f = plan.result.format;
  if (plan.result.integers.bits != 0) return false;
  if (is_choice(plan.operation)) return !(f == binary64);
  switch (plan.operation) {
    case Operation::convert:
    case Operation::square_root:
    case Operation::add:
    case Operation::subtract:
    case Operation::multiply:
    case Operation::divide:
    case Operation::fma:
    case Operation::logb:
    case Operation::ulp:
    case Operation::scalb: break;
    case Operation::round_to_integral:  // an event of the integer may be one of its rounding too: counted once
      if (counting) return false;
      break;
    default: return false;
  }
  const int random_bits = is_stochastic(plan.round.how.rounding) ? plan.round.how.random_bits + 2 : 0;
  return f.precision + random_bits <= 51 && (f.is_signed || !counting);
}

}  // namespace

void evaluate(Operation operation, std::span<const ConstArray> operands, const Array& result, const Arithmetic& how,
              EventCounts* events, std::span<const std::uint32_t> random) {
  detail::BulkPlan plan = detail::plan_bulk(operation, operands, result, how, random);
  const bool counting = events != nullptr;
  const detail::FastKernel fast = detail::find_fast_kernel(plan, counting);
  if (fast == nullptr || counting || how.rounding >= Rounding::to_odd) plan.round.work_out_specials();
  const bool in_lanes = fast != nullptr || runs_in_lanes(plan, counting);
  const std::int64_t work = in_lanes ? result.size : 16 * result.size;
  std::mutex mutex;
  detail::parallel_for(result.size, detail::bulk_block, work, Subnormals::keep,
                       [&](std::int64_t begin, std::int64_t end) {
                         detail::CaseCounts cases;
                         std::int64_t done = begin;
                         if (fast != nullptr) {
                           done = fast(plan, begin, end, cases);
                         } else if (in_lanes) {
                           done = HWY_DYNAMIC_DISPATCH(RunBulk)(plan, counting, begin, end, cases);
                         }
                         EventCounts counts = detail::events_of(cases, plan.round, done - begin);
                         detail::evaluate_range_ref(plan, done, end, counts);
                         if (counting) {
                           const std::lock_guard lock(mutex);
                           *events += counts;
                         }
                       });
}

void compare(Comparison comparison, const ConstArray& x, const ConstArray& y, std::span<std::uint8_t> out) {
  detail::check_comparison(comparison, x, y, out);
  const auto size = static_cast<std::int64_t>(out.size());
  detail::parallel_for(size, detail::bulk_block, size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    if (comparison == Comparison::total_order)
      return detail::compare_range_ref(comparison, x, y, begin, end, out.data());
    HWY_DYNAMIC_DISPATCH(RunCompare)(comparison, x, y, begin, end, out.data());
  });
}

}  // namespace halfway
#endif  // HWY_ONCE
