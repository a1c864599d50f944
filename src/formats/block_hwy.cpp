// Block formats in Highway lanes; block_ref.cpp is the definition. A strip of blocks stays in the first-level cache:
// its largest magnitudes, its scales, then its elements, divided and rounded.
#include <algorithm>
#include <array>
#include <limits>

#include "formats/block.hpp"
#include "formats/bulk.hpp"
#include "formats/parallel.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "formats/block_hwy.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "formats/lanes-inl.hpp"
#include "formats/random-inl.hpp"
#include "formats/round-inl.hpp"

#ifndef HALFWAY_FORMATS_BLOCK_JOB
#define HALFWAY_FORMATS_BLOCK_JOB
namespace halfway::detail {

/// One call of quantize().
struct BlockJob {
  const BlockGrid& grid;
  const BlockScaling& scaling;
  const RoundPlan& plan;
  const float* x;
  std::uint8_t* codes;
  std::uint8_t* scales;
  const double* factors;  ///< of each scale's code: what to multiply its elements by, or to divide them by
  bool powers_of_two;     ///< the scales: x / scale is x · (1 / scale)

  /// Elements that are rounded at a time.
  static constexpr std::int64_t run = bulk_block;
  /// Strips are: of blocks along the last axis, so many that they have `run` elements; along another one, `run` of the
  /// blocks that stand side by side.
  std::int64_t blocks_in_strip() const { return std::max<std::int64_t>(1, run / grid.size); }
  std::int64_t strips_in_line() const {
    return grid.inner == 1 ? (grid.blocks + blocks_in_strip() - 1) / blocks_in_strip()
                           : grid.blocks * ((grid.inner + run - 1) / run);
  }
};

}  // namespace halfway::detail
#endif  // HALFWAY_FORMATS_BLOCK_JOB

HWY_BEFORE_NAMESPACE();
namespace halfway::HWY_NAMESPACE {

using detail::BlockJob;

/// Quantises strips in lanes of T: float, where nothing is lost in it, or double.
template <class T, Direction direction>
class StripQuantizer {
  using D = hn::ScalableTag<T>;

 public:
  explicit StripQuantizer(const BlockJob& job) : job_(job), grid_(job.grid), rounder_(job.plan) {}

  void Strip(std::int64_t strip) {
    const std::int64_t line = strip / job_.strips_in_line(), part = strip % job_.strips_in_line();
    if (grid_.inner == 1) return Blocks(line, part * job_.blocks_in_strip());
    const std::int64_t parts = (grid_.inner + BlockJob::run - 1) / BlockJob::run;
    Columns(line, part / parts, part % parts * BlockJob::run);
  }

 private:
  /// Blocks from `first_block` on of a line of neighbours.
  void Blocks(std::int64_t line, std::int64_t first_block) {
    const std::int64_t last_block = std::min(first_block + job_.blocks_in_strip(), grid_.blocks);
    const std::int64_t begin = first_block * grid_.size, end = std::min(last_block * grid_.size, grid_.length);
    for (std::int64_t block = first_block; block < last_block; ++block) {
      const std::int64_t at = block * grid_.size, count = std::min(grid_.size, grid_.length - at);
      const float* x = job_.x + line * grid_.length + at;
      std::uint32_t amax = 0;
      for (std::int64_t i = 0; i < count; ++i) amax = std::max(amax, detail::magnitude_bits(x[i], Subnormals::keep));
      const T factor = ScaleBlock(line * grid_.blocks + block, amax);
      std::fill_n(factors_ + (at - begin), std::min(count, BlockJob::run), factor);
    }
    // A block of more than a run is alone in its strip: the same factors serve all of it.
    for (std::int64_t i = begin; i < end; i += BlockJob::run)
      Run(line * grid_.length + i, std::min(BlockJob::run, end - i));
  }

  /// Blocks that stand side by side, from `column` on.
  void Columns(std::int64_t line, std::int64_t block, std::int64_t column) {
    const std::int64_t width = std::min(BlockJob::run, grid_.inner - column);
    const std::int64_t first = block * grid_.size, last = std::min(first + grid_.size, grid_.length);
    std::fill_n(amax_, width, 0u);
    for (std::int64_t row = first; row < last; ++row) {
      const float* x = job_.x + (line * grid_.length + row) * grid_.inner + column;
      for (std::int64_t i = 0; i < width; ++i)
        amax_[i] = std::max(amax_[i], detail::magnitude_bits(x[i], Subnormals::keep));
    }
    for (std::int64_t i = 0; i < width; ++i)
      factors_[i] = ScaleBlock((line * grid_.blocks + block) * grid_.inner + column + i, amax_[i]);
    for (std::int64_t row = first; row < last; ++row) Run((line * grid_.length + row) * grid_.inner + column, width);
  }

  /// Stores the scale of block `at`; returns its factor.
  T ScaleBlock(std::int64_t at, std::uint32_t amax_bits) {
    if (job_.plan.how.inputs == Subnormals::flush && amax_bits < 0x00800000) amax_bits = 0;
    const std::uint8_t code = job_.scaling.scale_of(amax_bits);
    job_.scales[at] = code;
    return static_cast<T>(job_.factors[code]);
  }

  /// Elements first, … of the array, by the factors.
  void Run(std::int64_t first, std::int64_t count) {
    const D d;
    const hn::RebindToUnsigned<D> du;
    std::copy_n(job_.x + first, count, x_);
    if (direction == Direction::stochastic) FillRandom(first, count);
    const hn::Rebind<float, D> df;
    const bool flush = job_.plan.how.inputs == Subnormals::flush;
    for (std::int64_t i = 0; i < count; i += static_cast<std::int64_t>(hn::Lanes(d))) {
      auto x = hn::Load(df, x_ + i);
      if (flush) x = FlushSubnormals(df, x);
      auto random = hn::Zero(d);
      if constexpr (direction == Direction::stochastic) random = hn::Load(d, random_ + i);
      hn::Store(rounder_.Round(d, Scaled(d, x, hn::Load(d, factors_ + i)), random, cases_), du, rounded_ + i);
    }
    for (std::int64_t i = 0; i < count; ++i) job_.codes[first + i] = static_cast<std::uint8_t>(rounded_[i]);
  }

  /// x / scale. In float lanes a number that is too small for them only has to be seen to be there. In double lanes the
  /// quotient by a scale of s bits is on the side of any number of 52 − s bits, on which the exact one is.
  hn::Vec<D> Scaled(D d, hn::Vec<hn::Rebind<float, D>> x, hn::Vec<D> factor) const {
    if constexpr (sizeof(T) == 4) {
      const auto scaled = hn::Mul(x, factor), least = hn::Set(d, 0x1p-100f);
      const auto vanishes = hn::AndNot(hn::Eq(x, hn::Zero(d)), hn::Lt(hn::Abs(scaled), least));
      return hn::IfThenElse(vanishes, hn::CopySign(least, x), scaled);
    } else {
      const auto number = hn::PromoteTo(d, x);
      return job_.powers_of_two ? hn::Mul(number, factor) : hn::Div(number, factor);
    }
  }

  /// random_bits_of elements first, …: of one panel or two.
  void FillRandom(std::int64_t first, std::int64_t count) {
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t at = first + done, panel = at / BlockJob::run * BlockJob::run;
      if (panel != panel_) RandomPanel(job_.plan.how, static_cast<std::uint64_t>(panel), words_), panel_ = panel;
      const std::int64_t end = std::min(count, done + panel + BlockJob::run - at);
      for (; done < end; ++done) random_[done] = static_cast<T>(words_[first + done - panel]);
    }
  }

  const BlockJob& job_;
  const detail::BlockGrid& grid_;
  LaneRounder<direction, false, D> rounder_;
  detail::CaseCounts cases_;
  std::int64_t panel_ = -1;  // of which words_ are
  HWY_ALIGN float x_[BlockJob::run] = {};
  HWY_ALIGN T factors_[BlockJob::run] = {};
  HWY_ALIGN T random_[BlockJob::run] = {};
  HWY_ALIGN std::uint32_t words_[BlockJob::run];
  HWY_ALIGN std::uint32_t amax_[BlockJob::run];
  HWY_ALIGN typename LaneFormat<T>::Bits rounded_[BlockJob::run];
};

template <class T, Direction direction>
void QuantizeStrips(const BlockJob& job, std::int64_t begin, std::int64_t end) {
  StripQuantizer<T, direction> quantizer(job);
  for (std::int64_t strip = begin; strip < end; ++strip) quantizer.Strip(strip);
}

template <class T>
void QuantizeIn(const BlockJob& job, std::int64_t begin, std::int64_t end) {
  switch (direction_of(job.plan.how.rounding)) {
    case Direction::ties_to_even: return QuantizeStrips<T, Direction::ties_to_even>(job, begin, end);
    case Direction::ties_to_away: return QuantizeStrips<T, Direction::ties_to_away>(job, begin, end);
    case Direction::toward_zero: return QuantizeStrips<T, Direction::toward_zero>(job, begin, end);
    case Direction::directed: return QuantizeStrips<T, Direction::directed>(job, begin, end);
    case Direction::to_odd: return QuantizeStrips<T, Direction::to_odd>(job, begin, end);
    case Direction::stochastic: return QuantizeStrips<T, Direction::stochastic>(job, begin, end);
  }
}

void QuantizeInFloat(const BlockJob& job, std::int64_t begin, std::int64_t end) { QuantizeIn<float>(job, begin, end); }
void QuantizeInDouble(const BlockJob& job, std::int64_t begin, std::int64_t end) {
  QuantizeIn<double>(job, begin, end);
}

bool FitsFloat(const detail::RoundPlan& plan) { return rounds_in_lanes<float>(plan); }
bool FitsDouble(const detail::RoundPlan& plan) { return rounds_in_lanes<double>(plan); }

}  // namespace halfway::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace halfway {

HWY_EXPORT(QuantizeInFloat);
HWY_EXPORT(QuantizeInDouble);
HWY_EXPORT(FitsFloat);
HWY_EXPORT(FitsDouble);

BlockArray quantize(std::span<const float> x, const std::vector<std::int64_t>& shape, int axis,
                    const BlockFormat& format, const Arithmetic& how, std::optional<float> tensor_scale) {
  detail::BlockGrid grid;
  BlockArray array = detail::unfilled_block_array("quantize", x, shape, axis, format, how, tensor_scale, grid);
  const detail::BlockScaling scaling(format, array.tensor_scale);
  const detail::RoundPlan plan(format.element, how);
  const bool powers_of_two = format.scale.precision == 1 && !format.has_tensor_scale;
  const int scale_bits = format.scale.precision + (format.has_tensor_scale ? binary32.precision : 0);
  const int rounded_bits = format.element.precision + (is_stochastic(how.rounding) ? how.random_bits + 2 : 1);
  const bool inverses_fit = format.scale.emin() >= -127 && format.scale.emax() <= 127;
  if (!HWY_DYNAMIC_DISPATCH(FitsDouble)(plan) || (!powers_of_two && scale_bits + rounded_bits > 52))
    return quantize_ref(x, shape, axis, format, how, array.tensor_scale);
  std::array<double, 256> factors{};
  for (std::size_t code = 0; code < factors.size(); ++code) {
    const double scale = scaling.number_of(static_cast<std::uint8_t>(code));
    factors[code] = powers_of_two ? 1 / scale : scale == 0 ? std::numeric_limits<double>::infinity() : scale;
  }  // x / ∞ is a zero of the sign of x
  const detail::BlockJob job{grid,           scaling,      plan, x.data(), array.codes.data(), array.scales.data(),
                             factors.data(), powers_of_two};
  const bool in_float = powers_of_two && inverses_fit && HWY_DYNAMIC_DISPATCH(FitsFloat)(plan);
  const auto kernel = in_float ? &HWY_DYNAMIC_DISPATCH(QuantizeInFloat) : &HWY_DYNAMIC_DISPATCH(QuantizeInDouble);
  const std::int64_t lines = grid.elements() == 0 ? 0 : grid.outer;
  detail::parallel_for(lines * job.strips_in_line(), 1, grid.elements(), Subnormals::keep,
                       [&](std::int64_t begin, std::int64_t end) { kernel(job, begin, end); });
  return array;
}

}  // namespace halfway
#endif  // HWY_ONCE
