// Functions of formats of up to 16 bits as tables over all codes, made on first use and kept.
#pragma once
#include <cstdint>
#include <memory>

#include "halfway/formats/bulk.hpp"
#include "halfway/formats/detail/codes.hpp"
#include "halfway/formats/math.hpp"

namespace halfway::detail {

/// What a table holds for each code of its operand.
enum class TableOf : std::uint8_t {
  results,  ///< as elements of the result's array
  events,   ///< 8 bits: Context::events, Context::flushed above them
  to_odd    ///< binary64 results, rounded to odd; the result's format and rounding do not matter
};

struct TableKey {
  TableOf kind;
  Function f;
  FloatFormat from, to;
  Held held;
  Arithmetic how;

  bool operator==(const TableKey&) const = default;
  /// Of an entry, in bytes: 1, 2, 4 or 8.
  int entry_bytes() const;
};

/// Entries for every value of the operand's storage (bits above a code are ignored), in the unsigned integer of
/// entry_bytes(). From any thread; tables of 8 MiB in all are kept, those used last.
std::shared_ptr<const void> function_table(const TableKey& key);

/// The element of an array that stands for a code.
std::uint64_t element_of(const Codes& format, Held held, std::uint64_t code);

}  // namespace halfway::detail
