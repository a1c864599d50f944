// The definitions: one scalar after the other, by round_code.
#include <string>

#include "formats/convert_check.hpp"
#include "halfway/formats/convert.hpp"
#include "halfway/formats/rounding.hpp"

namespace halfway {

namespace {

template <class In, class Out>
void convert_each(std::span<const In> in, std::span<Out> out, Subnormals inputs) {
  detail::require_equal_sizes("convert_ref", in.size(), out.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::uint64_t code = detail::convert_code<format_of<Out>, format_of<In>>(to_code(in[i]), {.inputs = inputs});
    out[i] = from_code<Out>(static_cast<code_type<Out>>(code));
  }
}

}  // namespace

void convert_ref(std::span<const float> in, std::span<float16> out, Subnormals inputs) {
  convert_each(in, out, inputs);
}
void convert_ref(std::span<const float> in, std::span<bfloat16> out, Subnormals inputs) {
  convert_each(in, out, inputs);
}
void convert_ref(std::span<const float16> in, std::span<float> out) { convert_each(in, out, Subnormals::keep); }
void convert_ref(std::span<const bfloat16> in, std::span<float> out) { convert_each(in, out, Subnormals::keep); }

}  // namespace halfway
