// The definition of a split, in integers.
#include <array>

#include "emu/split.hpp"

namespace halfway::emu::detail {
namespace {

constexpr std::array<ComponentPair, 1> one{{{0, 0}}};
constexpr std::array<ComponentPair, 3> three{{{1, 0}, {0, 1}, {0, 0}}};
constexpr std::array<ComponentPair, 9> nine{{{2, 2}, {2, 1}, {1, 2}, {1, 1}, {0, 2}, {2, 0}, {0, 1}, {1, 0}, {0, 0}}};

}  // namespace

std::span<const ComponentPair> primitive_operations(int count) {
  switch (count) {
    case 1: return one;
    case 3: return three;
    case 6: return std::span(nine).last(6);
    case 9: return nine;
    default: return {};
  }
}

void split_ref(const FloatFormat& precision, OperandSplit split, Subnormals inputs, Code code,
               std::span<Code> components) {
  const Codes single(binary32), narrow(precision);
  const Code kept_bits = ~((Code{1} << (single.fraction_bits - narrow.fraction_bits)) - 1);
  const int count = static_cast<int>(components.size());
  for (int i = 0; i < count; ++i) {
    Code& component = components[static_cast<std::size_t>(i)];
    const bool tiny = !single.is_zero(code) && (code & single.magnitude) < single.min_normal;
    if (tiny && inputs == Subnormals::flush) code &= single.sign;
    if (is_cut(precision, split, i, count)) {
      component = code & kept_bits;
    } else {
      Context context{.how = {.overflow = i + 1 < count ? Overflow::saturate : Overflow::infinity}};
      if (single.is_infinity(code)) context.how.overflow = Overflow::infinity;
      component = halfway::detail::convert_code(single, narrow,
                                                halfway::detail::convert_code(narrow, single, code, context), context);
    }
    Context exact;
    code = halfway::detail::add<std::uint64_t>(single, halfway::detail::unpack(single, code),
                                               halfway::detail::unpack(single, component ^ single.sign), exact);
  }
}

}  // namespace halfway::emu::detail
