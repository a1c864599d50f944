#include "formats/math_tables.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "formats/math_to_odd.hpp"
#include "formats/parallel.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::detail {

namespace {

std::uint64_t entry(const TableKey& key, const Codes& from, const Codes& to, std::uint64_t code) {
  Context context{key.how};
  if (key.kind == TableOf::to_odd) {
    const std::uint64_t x = convert_code(codes_of<binary64>, from, code, context);
    return std::bit_cast<std::uint64_t>(to_odd(key.f, std::bit_cast<double>(x)));
  }
  const std::uint64_t result = evaluate_code(to, from, key.f, code, context);
  if (key.kind == TableOf::events) return context.events | static_cast<unsigned>(context.flushed) << 6;
  return element_of(to, key.held, result);
}

template <class Entry>
std::shared_ptr<const void> make_table(const TableKey& key) {
  const Codes from(key.from), to(key.to);
  const auto size = std::int64_t{1} << (8 * key.from.storage_bytes());
  auto table = std::make_shared<std::vector<Entry>>(static_cast<std::size_t>(size));
  constexpr std::int64_t steps = 500;  // of one entry
  parallel_for(size, 64, size * steps, Subnormals::keep, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint64_t code = static_cast<std::uint64_t>(i) & (from.sign | from.magnitude);
      (*table)[static_cast<std::size_t>(i)] = static_cast<Entry>(entry(key, from, to, code));
    }
  });
  return {table, table->data()};
}

std::shared_ptr<const void> make(const TableKey& key) {
  switch (key.entry_bytes()) {
    case 1: return make_table<std::uint8_t>(key);
    case 2: return make_table<std::uint16_t>(key);
    case 4: return make_table<std::uint32_t>(key);
    default: return make_table<std::uint64_t>(key);
  }
}

/// The tables used last, the latest first.
class Cache {
 public:
  std::shared_ptr<const void> find_or_make(const TableKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const Kept& each) { return each.key == key; });
    if (found != tables_.end()) {
      std::rotate(tables_.begin(), found, found + 1);
    } else {
      tables_.insert(tables_.begin(), {key, make(key)});
      std::int64_t bytes = 0;
      const auto is_beyond = [&](const Kept& each) { return (bytes += size_of(each.key)) > most_bytes; };
      tables_.erase(std::find_if(tables_.begin() + 1, tables_.end(), is_beyond), tables_.end());
    }
    return tables_.front().table;
  }

 private:
  struct Kept {
    TableKey key;
    std::shared_ptr<const void> table;
  };
  static constexpr std::int64_t most_bytes = std::int64_t{8} << 20;
  static std::int64_t size_of(const TableKey& key) {
    return std::int64_t{key.entry_bytes()} << (8 * key.from.storage_bytes());
  }

  std::mutex mutex_;
  std::vector<Kept> tables_;
};

}  // namespace

int TableKey::entry_bytes() const {
  if (kind == TableOf::events) return 1;
  if (kind == TableOf::to_odd || held == Held::as_float64) return 8;
  return held == Held::as_float32 ? 4 : to.storage_bytes();
}

std::uint64_t element_of(const Codes& format, Held held, std::uint64_t code) {
  Context exact;
  if (held == Held::as_float32) return convert_code(codes_of<binary32>, format, code, exact);
  if (held == Held::as_float64) return convert_code(codes_of<binary64>, format, code, exact);
  return code;
}

std::shared_ptr<const void> function_table(const TableKey& key) {
  static Cache cache;
  // What does not matter to a table does not make another one.
  TableKey plain = key;
  plain.how.random_bits = 0, plain.how.seed = 0, plain.how.stream = 0;
  if (key.kind == TableOf::to_odd) {
    plain.to = binary64, plain.held = Held::as_codes;
    plain.how = {.inputs = key.how.inputs};
  }
  return cache.find_or_make(plain);
}

}  // namespace halfway::detail
