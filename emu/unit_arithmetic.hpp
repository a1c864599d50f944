// The operations that a unit's dot product is made of, each with the unit's rounding, flushing and NaN.
#pragma once
#include <initializer_list>

#include "halfway/emu/dot_model.hpp"
#include "halfway/formats/detail/arithmetic.hpp"

namespace halfway::emu::detail {

using halfway::detail::Codes;
using halfway::detail::Context;
using halfway::detail::Kind;
using halfway::detail::Unpacked;
using Code = std::uint64_t;

/// An operand as the unit reads it. Of a NaN, `significand` is its code widened to float32, quiet.
Unpacked read_operand(const DotModel& model, const FloatFormat& format, Code code);

/// ±significand·2^exponent, an infinity or a NaN: a·b exactly.
Unpacked multiply(const Unpacked& a, const Unpacked& b);

/// Accumulators are codes of model.storage(); W is wide enough for the products of two of its significands.
template <class W>
class UnitArithmetic {
 public:
  /// For one dot product: element number `element` of D.
  UnitArithmetic(const DotModel& model, std::uint64_t element)
      : model_(model),
        result_(model.result),
        storage_(model.storage()),
        pass_result_(storage_.precision > 24 ? model.result : model.pass_result),
        output_(model.output()),
        element_(element) {}

  const DotModel& model() const { return model_; }
  /// An accumulator taken apart; `significand` of a NaN as in read_operand.
  Unpacked unpack(Code code) const { return read_storage(storage_, code); }
  /// c as it comes from outside: flushed where operands are.
  Code read_addend(Code code) const {
    if (model_.inputs == Subnormals::keep || (code & storage_.magnitude) >= storage_.min_normal) return code;
    return model_.flush_to_plus_zero ? 0 : code & storage_.sign;
  }

  /// The finite number ±significand·2^exponent (the last bit may be sticky).
  Code round(bool negative, int exponent, W significand) const {
    Context context = start(model_.rounding);
    return finish(halfway::detail::round_pack(result_, negative, exponent, significand, context), context, result_, {});
  }
  Code infinity(bool negative) const { return storage_.with_sign(negative, storage_.infinity); }
  /// The result where a NaN is among the operands or arose.
  Code nan(std::initializer_list<Unpacked> operands) const { return nan(storage_, operands); }

  Code fma(const Unpacked& x, const Unpacked& y, Code z) const {
    Context context = start(model_.rounding);
    const Unpacked addend = unpack(z);
    return finish(halfway::detail::fma<W>(result_, x, y, addend, context), context, result_, {x, y, addend});
  }
  Code product(const Unpacked& x, const Unpacked& y) const {
    Context context = start(model_.rounding);
    return finish(halfway::detail::multiply<W>(result_, x, y, context), context, result_, {x, y});
  }
  Code add(Code x, Code y, Rounding rounding) const { return add(result_, storage_, x, y, rounding); }
  Code add(Code x, Code y) const { return add(x, y, model_.rounding); }

  /// x + y in the format that passes are joined in.
  Code join(Code x, Code y) const { return add(pass_result_, output_, x, y, Rounding::ties_to_even); }
  /// A pass's sum in that format.
  Code widen(Code x) const {
    if (storage_.precision > 24 || model_.result == model_.pass_result) return x;
    Context context;
    const Unpacked sum = read_storage(storage_, x);
    return finish(halfway::detail::round_number(pass_result_, sum, context), context, pass_result_, {sum}, output_);
  }

 private:
  Context start(Rounding rounding) const {
    Context context{.how = {.rounding = rounding, .results = model_.results, .random_bits = model_.random_bits}};
    if (is_stochastic(rounding)) context.random = random_bits_of(model_, element_, roundings_++);
    return context;
  }
  Unpacked read_storage(const Codes& f, Code code) const {
    Unpacked x = halfway::detail::unpack(f, code);
    if (x.kind == Kind::nan) x.significand = code | (f.hidden >> 1);
    return x;
  }
  Code add(const Codes& to, const Codes& from, Code x, Code y, Rounding rounding) const {
    Context context = start(rounding);
    const Unpacked first = read_storage(from, x), second = read_storage(from, y);
    const Code sum = halfway::detail::add<W>(to, first, second, context);
    return finish(sum, context, to, {first, second}, from);
  }
  Code nan(const Codes& f, std::initializer_list<Unpacked> operands) const {
    if (model_.nan == NanRule::canonical) return f.nan;
    if (model_.nan == NanRule::all_ones) return f.magnitude;
    for (const Unpacked& x : operands)
      if (x.kind == Kind::nan) return x.significand;
    return f.nan | f.sign;
  }
  Code finish(Code code, const Context& context, const Codes& f, std::initializer_list<Unpacked> operands) const {
    return finish(code, context, f, operands, storage_);
  }
  /// Overflow is an infinity in every direction; NaN is the unit's; then from `f` to `storage`, exactly.
  Code finish(Code code, const Context& context, const Codes& f, std::initializer_list<Unpacked> operands,
              const Codes& storage) const {
    if (f.is_nan(code)) return nan(storage, operands);
    if ((context.events & halfway::detail::event_overflow) != 0) code = f.with_sign((code & f.sign) != 0, f.infinity);
    if (f.format == storage.format) return code;
    Context exact;
    return halfway::detail::convert_code(storage, f, code, exact);
  }

  const DotModel& model_;
  Codes result_, storage_, pass_result_, output_;
  std::uint64_t element_;
  mutable std::uint64_t roundings_ = 0;
};

}  // namespace halfway::emu::detail
