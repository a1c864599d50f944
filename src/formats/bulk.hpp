// What the two carriers of evaluate() share: the plan of one call, worked out once from formats and arithmetic.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "halfway/formats/bulk.hpp"
#include "halfway/formats/detail/codes.hpp"

namespace halfway::detail {

/// Elements that a kernel takes at a time: a panel of random_bits_of, and small enough for the first-level cache.
inline constexpr std::int64_t bulk_block = 512;

/// How often each case happened; cheap to count in lanes. events_of() makes EventCounts of them.
struct CaseCounts {
  std::int64_t nans = 0;               ///< NaN before rounding
  std::int64_t invalid = 0;            ///< results that are NaN although no operand is
  std::int64_t divided_by_zero = 0;    ///< infinities from finite operands
  std::int64_t infinities = 0;         ///< infinite before rounding
  std::int64_t overflows[2] = {0, 0};  ///< finite, beyond the format after rounding: positive, negative
  std::int64_t underflows = 0;         ///< tiny and inexact
  std::int64_t inexact = 0;            ///< inexact, without overflows
  std::int64_t flushed = 0;            ///< operands and results
};

/// What stands for a result that no ordinary number does, and the events that one such result is.
struct Special {
  std::uint64_t code;
  EventCounts events;
};

/// A format, and how to round to it.
struct RoundPlan {
  Codes codes;
  Arithmetic how;
  Special infinity[2] = {}, overflow[2] = {}, zero[2] = {};  ///< [1] for results below zero
  Special negative = {};                                     ///< below zero, in an unsigned format

  RoundPlan(const FloatFormat& format, const Arithmetic& how) : RoundPlan(format, how, Later()) { work_out_specials(); }
  /// Without the specials, which plain conversions do without: work_out_specials() makes it whole.
  struct Later {};
  RoundPlan(const FloatFormat& format, const Arithmetic& arithmetic, Later) : codes(format), how(arithmetic) {}
  void work_out_specials();
};

/// One call of evaluate(), checked.
struct BulkPlan {
  Operation operation;
  std::array<ConstArray, 3> operands;
  int operand_count;
  Array result;
  RoundPlan round;
  const std::uint32_t* random;  ///< the caller's random integers, or none
};

/// Throws what evaluate() throws.
BulkPlan plan_bulk(Operation operation, std::span<const ConstArray> operands, const Array& result,
                   const Arithmetic& how, std::span<const std::uint32_t> random = {});

/// Throws what compare() throws.
void check_comparison(Comparison comparison, const ConstArray& x, const ConstArray& y,
                      std::span<const std::uint8_t> out);

/// evaluate_ref on elements [begin, end).
void evaluate_range_ref(const BulkPlan& plan, std::int64_t begin, std::int64_t end, EventCounts& events);

/// compare_ref on elements [begin, end).
void compare_range_ref(Comparison comparison, const ConstArray& x, const ConstArray& y, std::int64_t begin,
                       std::int64_t end, std::uint8_t* out);

/// The events of those cases, `results` rounded in all.
EventCounts events_of(const CaseCounts& cases, const RoundPlan& plan, std::int64_t results);

/// Bytes of an element.
inline int element_bytes(const ConstArray& x) {
  return x.integers.bits != 0 ? x.integers.bits / 8 : x.format.storage_bytes();
}

/// Code (or integer) i of an array, whatever its storage.
inline std::uint64_t load_code(const ConstArray& x, std::int64_t i) {
  const std::int64_t at = i * x.stride;
  switch (element_bytes(x)) {
    case 1: return static_cast<const std::uint8_t*>(x.data)[at];
    case 2: return static_cast<const std::uint16_t*>(x.data)[at];
    case 4: return static_cast<const std::uint32_t*>(x.data)[at];
    default: return static_cast<const std::uint64_t*>(x.data)[at];
  }
}

}  // namespace halfway::detail
