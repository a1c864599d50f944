// Functions on arrays of any format, correctly rounded: by tables where the operand has up to 16 bits.
#include <array>
#include <mutex>
#include <string>

#include "formats/bulk.hpp"
#include "formats/math_tables.hpp"
#include "formats/math_to_odd.hpp"
#include "formats/parallel.hpp"
#include "halfway/errors.hpp"
#include "halfway/formats/detail/operations.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway {

namespace {

using namespace detail;  // NOLINT(google-build-using-namespace): this is its definition

void require(const ConstArray& x, const Array& result, const Arithmetic& how) {
  constexpr std::string_view caller = "evaluate";
  if (x.size != result.size)
    throw ShapeError(caller, "the operand has " + std::to_string(x.size) + " elements and the result " +
                                 std::to_string(result.size) + ", which differ; pass arrays of equal size");
  for (const FloatFormat& format : {x.format, result.format})
    if (!is_supported(format) || format == binary64)
      throw ValueError(caller, "functions got the format " + to_string(format) +
                                   ", which they do not know; use formats of up to 32 bits (see is_supported)");
  if (how.random_bits < 0 || how.random_bits > 32)
    throw ValueError(caller, "random_bits is " + std::to_string(how.random_bits) + "; use 0 to 32");
}

template <class Entry>
void store(const Array& result, std::int64_t i, std::uint64_t element) {
  static_cast<Entry*>(result.data)[i * result.stride] = static_cast<Entry>(element);
}
void store(const Array& result, int bytes, std::int64_t i, std::uint64_t element) {
  switch (bytes) {
    case 1: return store<std::uint8_t>(result, i, element);
    case 2: return store<std::uint16_t>(result, i, element);
    case 4: return store<std::uint32_t>(result, i, element);
    default: return store<std::uint64_t>(result, i, element);
  }
}

using Lookup = void (*)(const void* table, const ConstArray& x, const Array& result, std::int64_t begin,
                        std::int64_t end);

template <class Index, class Entry>
void look_up(const void* table, const ConstArray& x, const Array& result, std::int64_t begin, std::int64_t end) {
  const auto* const entries = static_cast<const Entry*>(table);
  const auto* const in = static_cast<const Index*>(x.data);
  auto* const out = static_cast<Entry*>(result.data);
  if (x.stride == 1 && result.stride == 1) {
    std::int64_t i = begin;
    for (; i + 4 <= end; i += 4) {  // four at a time: no store waits between the loads
      const Entry a = entries[in[i]], b = entries[in[i + 1]], c = entries[in[i + 2]], d = entries[in[i + 3]];
      out[i] = a, out[i + 1] = b, out[i + 2] = c, out[i + 3] = d;
    }
    for (; i < end; ++i) out[i] = entries[in[i]];
  } else {
    for (std::int64_t i = begin; i < end; ++i) out[i * result.stride] = entries[in[i * x.stride]];
  }
}

template <class Index>
Lookup lookup_of(int entry_bytes) {
  switch (entry_bytes) {
    case 1: return look_up<Index, std::uint8_t>;
    case 2: return look_up<Index, std::uint16_t>;
    case 4: return look_up<Index, std::uint32_t>;
    default: return look_up<Index, std::uint64_t>;
  }
}

/// The events of patterns as TableOf::events has them, the first one that often, and so on.
EventCounts events_of(const std::array<std::int64_t, 256>& counts) {
  EventCounts events;
  for (unsigned pattern = 0; pattern < 256; ++pattern) {
    const std::int64_t n = counts[pattern];
    events.results += n;
    events.invalid += (pattern & event_invalid) != 0 ? n : 0;
    events.divided_by_zero += (pattern & event_divided_by_zero) != 0 ? n : 0;
    events.overflow += (pattern & event_overflow) != 0 ? n : 0;
    events.underflow += (pattern & event_underflow) != 0 ? n : 0;
    events.inexact += (pattern & event_inexact) != 0 ? n : 0;
    events.nan += (pattern & event_nan) != 0 ? n : 0;
    events.flushed += n * (pattern >> 6);
  }
  return events;
}

/// Counts of a range are added to those of the others.
class SharedCounts {
 public:
  void add(const EventCounts& part) {
    const std::lock_guard lock(mutex_);
    total_ += part;
  }
  const EventCounts& total() const { return total_; }

 private:
  std::mutex mutex_;
  EventCounts total_;
};

EventCounts count_events(const TableKey& results, const ConstArray& x) {
  TableKey key = results;
  key.kind = TableOf::events;
  const auto table = function_table(key);
  const auto* const patterns = static_cast<const std::uint8_t*>(table.get());
  SharedCounts counts;
  parallel_for(x.size, 64, x.size, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    std::array<std::int64_t, 256> of_pattern{};
    for (std::int64_t i = begin; i < end; ++i) ++of_pattern[patterns[load_code(x, i)]];
    counts.add(events_of(of_pattern));
  });
  return counts.total();
}

/// One element after the other: where the result depends on more than the code, or a table would be too large.
EventCounts evaluate_each(const TableKey& key, const ConstArray& x, const Array& result) {
  const Codes from(key.from), to(key.to);
  const bool has_table = key.from.bits() <= 16;
  const auto table =
      has_table ? function_table({TableOf::to_odd, key.f, key.from, key.to, key.held, key.how}) : nullptr;
  const auto* const odd = static_cast<const double*>(table.get());
  SharedCounts counts;
  parallel_for(x.size, 64, x.size * (has_table ? 30 : 500), Subnormals::keep,
               [&](std::int64_t begin, std::int64_t end) {
                 EventCounts part;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::uint64_t code = load_code(x, i) & (from.sign | from.magnitude);
                   Context context{key.how};
                   if (is_stochastic(key.how.rounding))
                     context.random = random_bits_of(key.how, static_cast<std::uint64_t>(i));
                   const std::uint64_t y = has_table ? round_to_odd_result(to, from, odd[code], code, context)
                                                     : evaluate_code(to, from, key.f, code, context);
                   store(result, key.entry_bytes(), i, element_of(to, key.held, y));
                   part += counted(context);
                 }
                 counts.add(part);
               });
  return counts.total();
}

}  // namespace

void evaluate(Function f, const ConstArray& x, const Array& result, const Arithmetic& how, EventCounts* events) {
  require(x, result, how);
  const TableKey key{TableOf::results, f, x.format, result.format, result.held, how};
  EventCounts counts;
  if (x.format.bits() > 16 || is_stochastic(how.rounding)) {
    counts = evaluate_each(key, x, result);
  } else {
    if (events != nullptr) counts = count_events(key, x);  // first: the result may lie where the operand does
    const auto table = function_table(key);
    const Lookup look_up = x.format.storage_bytes() == 1 ? lookup_of<std::uint8_t>(key.entry_bytes())
                                                         : lookup_of<std::uint16_t>(key.entry_bytes());
    parallel_for(x.size, 64, x.size, Subnormals::keep,
                 [&](std::int64_t begin, std::int64_t end) { look_up(table.get(), x, result, begin, end); });
  }
  if (events != nullptr) *events += counts;
}

}  // namespace halfway
