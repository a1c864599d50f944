// Bulk conversion between any two formats.
//
// Each is IEEE 754 convertFormat under any Arithmetic: right for all inputs, subnormals, ties and overflow included,
// the same bits on every instruction set and thread count, whatever the caller left in the floating-point environment.
// A NaN becomes the destination's canonical NaN (0x7E00, 0x7FC0, 0x7FC00000). Cost and errors: see evaluate in
// bulk.hpp.
#pragma once
#include "halfway/formats/bulk.hpp"

namespace halfway {

/// out[i] = in[i], rounded to the format of `out`: convert(floats, halves, {.rounding = Rounding::toward_zero}).
template <NumberRange In, NumberRange Out>
void convert(const In& in, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const ConstArray operand = array_of(in);
  evaluate(Operation::convert, {&operand, 1}, result_array(out), how, events);
}
/// x[i] becomes the nearest (in the direction of `how`) number of `format`, in place: numbers of that format, held as
/// float32.
inline void round_values(std::span<float> x, const FloatFormat& format, const Arithmetic& how = {},
                         EventCounts* events = nullptr) {
  const ConstArray operand = array_of(x);
  evaluate(Operation::convert, {&operand, 1}, {x.data(), format, operand.size, 1, Held::as_float32}, how, events);
}

/// The definition of convert.
template <NumberRange In, NumberRange Out>
void convert_ref(const In& in, Out&& out, const Arithmetic& how = {}, EventCounts* events = nullptr) {
  const ConstArray operand = array_of(in);
  evaluate_ref(Operation::convert, {&operand, 1}, result_array(out), how, events);
}

}  // namespace halfway
