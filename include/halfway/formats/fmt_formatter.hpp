// Every number of the library in fmt::format, with the specifications of formatter.hpp. The one header that needs
// {fmt}.
#pragma once
#include <fmt/format.h>

#include "halfway/formats/formatter.hpp"

template <halfway::FloatFormat F>
struct fmt::formatter<halfway::basic_float<F>, char> {
  constexpr auto parse(fmt::format_parse_context& context) {
    return halfway::detail::read_spec(context.begin(), context.end(), spec_,
                                      [](const char* what) { throw fmt::format_error(what); });
  }
  template <class Context>
  auto format(halfway::basic_float<F> x, Context& context) const {
    return std::ranges::copy(halfway::detail::format_number(spec_, F, x.bits()), context.out()).out;
  }

 private:
  halfway::detail::FormatSpec spec_;
};
